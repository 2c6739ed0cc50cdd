// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;
import org.quadgate.network.Architecture;
import org.quadgate.network.WeightArrays;
import org.quadgate.options.ModelOptions;
import org.quadgate.options.Precision;

/** That a warm step allocates nothing, and that this test would notice if it did. */
class AllocationTest {
  private static final int STEPS = 20_000;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Bytes allocated by {@code STEPS} runs of {@code body}, the best of some attempts. */
  static long allocated(Runnable body) {
    return allocated(STEPS, body);
  }

  private static long allocated(int runs, Runnable body) {
    long fewest = Long.MAX_VALUE;
    // early attempts run interpreted, where the Vector API boxes; they are the warm-up
    for (int attempt = 0; attempt < 40 && fewest > 0; attempt++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < runs; i++) {
        body.run();
      }
      fewest = Math.min(fewest, THREADS.getCurrentThreadAllocatedBytes() - before);
    }
    return fewest;
  }

  @Test
  void aStepAllocatesNothing() {
    for (Architecture config :
        new Architecture[] {
          Architecture.builder(8).lstm(32).linear(1).build(),
          Architecture.builder(3).lstm(13).rnn(20).linear(4).linear(2).build()
        }) {
      WeightArrays weights = RandomWeights.of(config, 1);
      weights.inputMean[0] = 1;
      weights.outputMean[0] = 1;
      Model model = Model.of(weights.toNetwork());
      StreamState state = model.newState();
      float[] x = RandomWeights.inputs(config.inputSize(), 2);
      float[] y = new float[config.outputSize()];
      assertEquals(0, allocated(() -> model.step(state, x, y)), config.describe());
      assertEquals(0, allocated(() -> model.prepareNext(state)), "prepareNext");
      assertEquals(0, allocated(state::reset), "reset");
    }
  }

  @Test
  void aBatchAndASequenceAllocateNothing() {
    for (Precision precision : Precision.values()) {
      Architecture config = Architecture.builder(3).lstm(20).rnn(5).linear(2).build();
      Model model =
          Model.of(
              RandomWeights.of(config, 1).toNetwork(),
              ModelOptions.DEFAULT.withPrecision(precision));
      StreamBatch batch = model.newBatch(8);
      for (int s = 0; s < 7; s++) {
        batch.add();
      }
      StreamState state = model.newState();
      int[] streams = {6, 0, 3, 4, 5};
      float[] xs = RandomWeights.inputs(21, 2);
      float[] ys = new float[14];
      assertEquals(0, allocated(() -> batch.step(streams, 5, xs, ys)), "step");
      assertEquals(0, allocated(() -> batch.stepAll(xs, ys)), "stepAll");
      assertEquals(0, allocated(() -> model.run(state, xs, 7, ys)), "run");
      assertEquals(
          0,
          allocated(
              () -> {
                batch.remove(3);
                batch.add();
                batch.reset(1);
                batch.copy(1, 2);
                batch.save(2, state);
                batch.restore(4, state);
              }),
          "streams that come and go");
    }
  }

  /** Large enough for several pieces, reading ahead, and the kernels that take many panels. */
  @Test
  void aLargeLayerAllocatesNothing() {
    for (Precision precision : Precision.values()) {
      int units = precision == Precision.FP32 ? 232 : precision == Precision.BF16 ? 328 : 456;
      Architecture config = Architecture.builder(3).lstm(units).build();
      Model model =
          Model.of(
              RandomWeights.of(config, 1).toNetwork(),
              ModelOptions.DEFAULT.withPrecision(precision));
      assertTrue(model.packedBytes() > 3 << 18);
      StreamState state = model.newState();
      StreamBatch batch = model.newBatch(7);
      for (int s = 0; s < 7; s++) {
        batch.add();
      }
      float[] xs = RandomWeights.inputs(7 * 3, 2);
      float[] x = RandomWeights.inputs(3, 2);
      float[] ys = new float[7 * units];
      float[] y = new float[units];
      assertEquals(0, allocated(400, () -> model.step(state, x, y)), precision + " step");
      assertEquals(0, allocated(400, () -> batch.stepAll(xs, ys)), precision + " stepAll");
      assertEquals(0, allocated(100, () -> model.run(state, xs, 7, ys)), precision + " run");
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
