// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.quadgate.RandomWeights;
import org.quadgate.network.Architecture;
import org.quadgate.options.TeamOptions;
import org.quadgate.team.Team;
import org.quadgate.team.TeamKind;
import org.quadgate.train.tape.Minibatch;
import org.quadgate.train.tape.PassOptions;
import org.quadgate.train.tape.TrainingNetwork;

/** That a warm iteration allocates nothing on any thread, and that this test would notice. */
class TrainingAllocationTest {
  private static final int ITERATIONS = 300;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** The calling thread and the network's workers. */
  private static long[] threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(t -> t == Thread.currentThread() || t.getName().startsWith("qg-train-"))
        .mapToLong(Thread::threadId)
        .toArray();
  }

  /** Bytes that {@code ITERATIONS} runs of {@code body} allocate, the best of some attempts. */
  private static long allocated(long[] threads, Runnable body) {
    long[] before = new long[threads.length];
    long fewest = Long.MAX_VALUE;
    // early attempts run interpreted, where the Vector API boxes; they are the warm-up
    for (int attempt = 0; attempt < 60 && fewest > 0; attempt++) {
      for (int i = 0; i < threads.length; i++) {
        before[i] = THREADS.getThreadAllocatedBytes(threads[i]);
      }
      for (int i = 0; i < ITERATIONS; i++) {
        body.run();
      }
      long sum = 0;
      for (int i = 0; i < threads.length; i++) {
        sum += THREADS.getThreadAllocatedBytes(threads[i]) - before[i];
      }
      fewest = Math.min(fewest, sum);
    }
    return fewest;
  }

  @Test
  void anIterationAllocatesNothing() {
    LossFunction softmax = new LossFunction.SoftmaxCrossEntropy();
    LossFormula formula = new LossFormula(softmax);
    Architecture architecture =
        Architecture.builder(5).lstm(20).rnn(9).linear(18).linear(7).build();
    Minibatch batch = RandomTraining.batch(architecture, softmax, 6, 5, 1);
    for (int workers = 1; workers <= 2; workers++) {
      PassOptions options = new PassOptions(0.2, 0.2, true, 1, workers);
      try (TrainingNetwork network =
          new TrainingNetwork(RandomTraining.weights(architecture, 1), options)) {
        long[] threads = threads();
        assertEquals(workers, threads.length, Arrays.toString(threads));
        assertEquals(
            0, allocated(threads, () -> network.lossAndGradient(batch, formula, 30, 1)), "train");
        assertEquals(0, allocated(threads, () -> network.loss(batch, formula, 30)), "loss");
      }
    }
  }

  @Test
  void aTokenNetworkAllocatesNothing() {
    LossFunction softmax = new LossFunction.SoftmaxCrossEntropy();
    LossFormula formula = new LossFormula(softmax);
    Architecture architecture = Architecture.builder(8).lstm(20).linear(21).build();
    Minibatch batch = RandomTraining.batch(architecture, softmax, 6, 5, 1);
    for (int row = 0; row < 30; row++) {
      batch.x[row] = row % 21;
    }
    float[] vectors = RandomWeights.inputs(21 * 8, 1);
    try (TrainingNetwork network =
        new TrainingNetwork(RandomTraining.weights(architecture, 1), vectors, PassOptions.PLAIN)) {
      assertEquals(
          0, allocated(threads(), () -> network.lossAndGradient(batch, formula, 30, 1)), "tokens");
    }
  }

  @Test
  void theDetectorSeesOneSmallObjectOnAWorker() {
    Object[] sink = new Object[1];
    try (Team team = new Team(TeamKind.TRAINING, TeamOptions.of(2))) {
      Team.Work work =
          thread -> {
            if (thread == 1) {
              sink[0] = new float[1];
            }
          };
      team.begin();
      long bytes = allocated(threads(), () -> team.run(work));
      team.end();
      assertTrue(bytes >= 16L * ITERATIONS, "saw " + bytes);
      assertTrue(sink[0] instanceof float[]);
    }
  }
}
