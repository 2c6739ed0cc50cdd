// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.quadgate.RandomWeights;
import org.quadgate.network.Architecture;
import org.quadgate.network.WeightArrays;
import org.quadgate.options.TeamOptions;
import org.quadgate.team.FailingFactory;
import org.quadgate.train.tape.Minibatch;
import org.quadgate.train.tape.PassOptions;
import org.quadgate.train.tape.TrainingNetwork;

/** Threads of training that cannot start, fail or end. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TrainingTeamTest {
  private static final Architecture ARCHITECTURE = Architecture.builder(5).lstm(20).build();
  private static final LossFunction MSE = new LossFunction.Mse();
  private static final LossFormula FORMULA = new LossFormula(MSE);

  private final WeightArrays weights = RandomTraining.weights(ARCHITECTURE, 1);
  private final Minibatch batch = RandomTraining.batch(ARCHITECTURE, MSE, 6, 5, 1);

  private TrainingNetwork network(TeamOptions team) {
    return new TrainingNetwork(weights, new PassOptions(0, 0, false, 1, team));
  }

  private static Trainer trainer(TeamOptions team) {
    Dataset data =
        Dataset.builder(1, 1)
            .series("a", RandomWeights.inputs(50, 1), RandomWeights.inputs(50, 2))
            .build();
    Architecture small = Architecture.builder(1).lstm(4).linear(1).build();
    return Trainer.builder(small).training(data).epochs(2).team(team).build();
  }

  @Test
  void aNetworkWhoseThreadsCannotStartLeavesNone() throws InterruptedException {
    FailingFactory.assertNoThreadStays(team -> network(team).close());
  }

  @Test
  void aRunWhoseThreadsCannotStartLeavesNone() throws InterruptedException {
    FailingFactory.assertNoThreadStays(
        team -> {
          try {
            trainer(team).run();
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
  }

  @Test
  void aRunTakesItsThreadsFromTheFactoryAndEndsThem() throws IOException {
    List<Thread> made = new ArrayList<>();
    TeamOptions team =
        TeamOptions.of(3)
            .withThreadFactory(
                task -> {
                  made.add(new Thread(task));
                  return made.getLast();
                });
    TrainingResult own = trainer(team).run();
    assertEquals(2, made.size());
    assertTrue(made.stream().noneMatch(Thread::isAlive));
    assertEquals(trainer(TeamOptions.of(1)).run().epochs(), own.epochs());
  }

  /** It used to be kept for the next call, if the caller's own part failed as well. */
  @Test
  void aFailureIsThrownByItsOwnCall() {
    for (int threads = 1; threads <= 3; threads++) {
      try (TrainingNetwork network = network(TeamOptions.of(threads))) {
        network.lossAndGradient(batch, FORMULA, 30, 1);
        float[] before = network.parameters().clone();
        float[] inputs = batch.x;
        batch.x = new float[0]; // every thread fails
        var e =
            assertThrows(
                IllegalStateException.class, () -> network.lossAndGradient(batch, FORMULA, 30, 2));
        batch.x = inputs;
        assertTrue(e.getCause() instanceof IndexOutOfBoundsException, e.toString());
        for (int again = 0; again < 2; again++) {
          var later =
              assertThrows(IllegalStateException.class, () -> network.loss(batch, FORMULA, 30));
          assertSame(e.getCause(), later.getCause());
        }
        assertArrayEquals(before, network.parameters());
      }
    }
  }

  @Test
  void whatIsRefusedLeavesTheNetworkAsGoodAsBefore() {
    TrainingNetwork closed;
    try (TrainingNetwork network = network(TeamOptions.of(2))) {
      double loss = network.loss(batch, FORMULA, 30);
      assertThrows(
          IllegalArgumentException.class, () -> network.lossAndGradient(batch, FORMULA, 0, 1));
      assertEquals(loss, network.loss(batch, FORMULA, 30));
      closed = network;
    }
    var e = assertThrows(IllegalStateException.class, () -> closed.loss(batch, FORMULA, 30));
    assertEquals("the network is closed", e.getMessage());
  }
}
