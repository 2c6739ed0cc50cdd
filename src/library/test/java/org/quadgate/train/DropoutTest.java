// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.quadgate.network.Architecture;
import org.quadgate.network.WeightArrays;
import org.quadgate.train.tape.Minibatch;
import org.quadgate.train.tape.PassOptions;
import org.quadgate.train.tape.TrainingNetwork;

/** That the gradient with dropout is that of the network as it was dropped. */
class DropoutTest {
  private static final LossFunction MSE = new LossFunction.Mse();
  private static final LossFormula FORMULA = new LossFormula(MSE);

  /**
   * Along the gradient the loss has to change by its squared length. Differences of a loss in
   * single precision are good to some 1e-4; a mask left out of the backward pass is off by far
   * more.
   */
  @Test
  void theGradientIsThatOfTheDroppedNetwork() {
    for (Architecture architecture :
        List.of(
            Architecture.builder(3).lstm(12).lstm(20).linear(2).build(),
            Architecture.builder(3).rnn(12).lstm(20).rnn(8).linear(2).build())) {
      for (double[] p : new double[][] {{0.4, 0}, {0, 0.4}, {0.3, 0.3}}) {
        WeightArrays weights = RandomTraining.weights(architecture, 1);
        Minibatch batch = RandomTraining.batch(architecture, MSE, 4, 6, 2);
        PassOptions options = new PassOptions(p[0], p[1], true, 3, 1);
        try (TrainingNetwork network = new TrainingNetwork(weights, options)) {
          double plain = network.loss(batch, FORMULA, 24);
          double dropped = network.lossAndGradient(batch, FORMULA, 24, 9);
          assertNotEquals(plain, dropped);
          assertEquals(dropped, network.lossAndGradient(batch, FORMULA, 24, 9));
          assertNotEquals(dropped, network.lossAndGradient(batch, FORMULA, 24, 10));
          network.lossAndGradient(batch, FORMULA, 24, 9);
          float[] gradient = network.gradient().clone();
          double square = 0;
          for (float g : gradient) {
            square += (double) g * g;
          }
          float step = (float) (0.01 / Math.sqrt(square));
          move(network.parameters(), gradient, step);
          double up = network.lossAndGradient(batch, FORMULA, 24, 9);
          move(network.parameters(), gradient, -2 * step);
          double down = network.lossAndGradient(batch, FORMULA, 24, 9);
          assertEquals(1, (up - down) / (2 * step) / square, 2e-3, architecture.describe());
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
