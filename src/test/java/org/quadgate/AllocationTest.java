// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** That a warm step allocates nothing, and that this test would notice if it did. */
class AllocationTest {
  private static final int STEPS = 20_000;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Bytes allocated by {@code STEPS} runs of {@code body}, the best of some attempts. */
  static long allocated(Runnable body) {
    long fewest = Long.MAX_VALUE;
    // early attempts run interpreted, where the Vector API boxes; they are the warm-up
    for (int attempt = 0; attempt < 40 && fewest > 0; attempt++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < STEPS; i++) {
        body.run();
      }
      fewest = Math.min(fewest, THREADS.getCurrentThreadAllocatedBytes() - before);
    }
    return fewest;
  }

  @Test
  void aStepAllocatesNothing() {
    for (LstmConfig config :
        new LstmConfig[] {
          LstmConfig.builder(8).lstm(32).linear(1).build(),
          LstmConfig.builder(3).lstm(13).rnn(20).linear(4).linear(2).build()
        }) {
      LstmWeights weights = RandomWeights.of(config, 1);
      weights.inputMean[0] = 1;
      weights.outputMean[0] = 1;
      LstmModel model = LstmModel.of(weights);
      LstmState state = model.newState();
      float[] x = RandomWeights.inputs(config.inputSize(), 2);
      float[] y = new float[config.outputSize()];
      assertEquals(0, allocated(() -> model.step(state, x, y)), config.describe());
      assertEquals(0, allocated(() -> model.prepareNext(state)), "prepareNext");
      assertEquals(0, allocated(state::reset), "reset");
    }
  }

  private Object sink;

  @Test
  void theDetectorSeesOneSmallObjectAStep() {
    long bytes = allocated(() -> sink = new float[1]);
    assertTrue(bytes >= 16L * STEPS, "saw " + bytes);
  }

  @Test
  void theDetectorSeesASingleObject() {
    int[] calls = new int[1];
    long bytes =
        allocated(
            () -> {
              if (calls[0]++ % STEPS == 0) {
                sink = new float[1];
              }
            });
    assertTrue(bytes >= 16, "saw " + bytes);
  }
}
