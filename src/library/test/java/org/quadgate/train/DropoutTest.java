// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.quadgate.LstmConfig;
import org.quadgate.LstmWeights;

/** Masks, and that the gradient is that of the network as it was dropped. */
class DropoutTest {
  private static final LossFunction MSE = new LossFunction.Mse();

  @Test
  void masksKeepTheirShareAndTheMean() {
    DropoutMask source = new DropoutMask(0.3, 1, 0);
    source.step(5);
    float[] mask = new float[100_000];
    for (int row = 0; row < 1000; row++) {
      source.fill(row, mask, row * 100, 100);
    }
    int dropped = 0;
    for (float m : mask) {
      dropped += m == 0 ? 1 : 0;
      assertTrue(m == 0 || m == (float) (1 / 0.7));
    }
    assertEquals(0.3, dropped / 1e5, 0.006, "four standard deviations");
  }

  @Test
  void masksDependOnWhatTheyAreForAlone() {
    float[] first = mask(1, 0, 5, 3);
    assertArrayEquals(first, mask(1, 0, 5, 3));
    for (float[] other :
        List.of(mask(2, 0, 5, 3), mask(1, 1, 5, 3), mask(1, 0, 6, 3), mask(1, 0, 5, 4))) {
      assertFalse(Arrays.equals(first, other));
    }
  }

  private static float[] mask(long seed, int layer, long step, int row) {
    DropoutMask source = new DropoutMask(0.5, seed, layer);
    source.step(step);
    float[] mask = new float[64];
    source.fill(row, mask, 0, 64);
    return mask;
  }

  /**
   * Along the gradient the loss has to change by its squared length. Differences of a loss in
   * single precision are good to some 1e-4; a mask left out of the backward pass is off by far
   * more.
   */
  @Test
  void theGradientIsThatOfTheDroppedNetwork() {
    for (LstmConfig config :
        List.of(
            LstmConfig.builder(3).lstm(12).lstm(20).linear(2).build(),
            LstmConfig.builder(3).rnn(12).lstm(20).rnn(8).linear(2).build())) {
      for (double[] p : new double[][] {{0.4, 0}, {0, 0.4}, {0.3, 0.3}}) {
        LstmWeights weights = RandomTraining.weights(config, 1);
        Minibatch batch = RandomTraining.batch(config, MSE, 4, 6, 2);
        TrainingOptions options = new TrainingOptions(p[0], p[1], true, 3, 1);
        try (TrainingNetwork network = new TrainingNetwork(weights, options)) {
          double plain = network.loss(batch, MSE, 24);
          double dropped = network.lossAndGradient(batch, MSE, 24, 9);
          assertNotEquals(plain, dropped);
          assertEquals(dropped, network.lossAndGradient(batch, MSE, 24, 9));
          assertNotEquals(dropped, network.lossAndGradient(batch, MSE, 24, 10));
          network.lossAndGradient(batch, MSE, 24, 9);
          float[] gradient = network.gradient().clone();
          double square = 0;
          for (float g : gradient) {
            square += (double) g * g;
          }
          float step = (float) (0.01 / Math.sqrt(square));
          move(network.parameters(), gradient, step);
          double up = network.lossAndGradient(batch, MSE, 24, 9);
          move(network.parameters(), gradient, -2 * step);
          double down = network.lossAndGradient(batch, MSE, 24, 9);
          assertEquals(1, (up - down) / (2 * step) / square, 2e-3, config.describe());
        }
      }
    }
  }

  private static void move(float[] parameters, float[] direction, float step) {
    for (int i = 0; i < parameters.length; i++) {
      parameters[i] += step * direction[i];
    }
  }
}
