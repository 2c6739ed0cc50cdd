// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;
import org.quadgate.engine.CoreStep;
import org.quadgate.network.Architecture;
import org.quadgate.options.TeamOptions;
import org.quadgate.team.PhaseBarrier;

/** That a warm step on several cores allocates nothing in any thread, and that it would show. */
class ModelCoresAllocationTest {
  private static final int STEPS = 2_000;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final Model model =
      Model.of(
          RandomWeights.of(Architecture.builder(20).lstm(64).lstm(20).linear(700).build(), 1)
              .toNetwork());
  private final StreamState state = model.newState();
  private final float[] dense = RandomWeights.inputs(20, 2);
  private final float[] sparse = new float[20];
  private final float[] y = new float[700];

  private Object sink;

  /** Bytes that the caller's and the cores' threads allocate in some steps, the best attempt's. */
  private long allocated(ModelCores cores, int attempts) {
    long[] ids =
        Thread.getAllStackTraces().keySet().stream()
            .filter(t -> t == Thread.currentThread() || t.getName().startsWith("qg-core-"))
            .mapToLong(Thread::threadId)
            .toArray();
    assertEquals(2, ids.length);
    long fewest = Long.MAX_VALUE;
    // early attempts run interpreted, where the Vector API boxes; they are the warm-up
    for (int attempt = 0; attempt < attempts && fewest > 0; attempt++) {
      long before = sum(ids);
      for (int i = 0; i < STEPS; i++) {
        cores.step(state, i % 3 == 0 ? sparse : dense, y);
        if (i % 2 == 0) {
          cores.prepareNext(state);
        }
      }
      fewest = Math.min(fewest, sum(ids) - before);
    }
    return fewest;
  }

  private static long sum(long[] ids) {
    long sum = 0;
    for (long id : ids) {
      sum += THREADS.getThreadAllocatedBytes(id);
    }
    return sum;
  }

  @Test
  void aStepAllocatesNothing() {
    try (ModelCores cores = new ModelCores(model, 2)) {
      assertEquals(0, allocated(cores, 100));
    }
  }

  @Test
  void oneObjectAStepInTheOtherThreadWouldShow() {
    CoreStep.Hook hook =
        (core, layer) -> {
          if (core == 1 && layer == 0) {
            sink = new float[1];
          }
        };
    try (ModelCores cores = new ModelCores(model, TeamOptions.of(2), hook, PhaseBarrier::new)) {
      assertTrue(allocated(cores, 3) >= 16L * STEPS);
      assertNotNull(sink);
    }
  }
}
