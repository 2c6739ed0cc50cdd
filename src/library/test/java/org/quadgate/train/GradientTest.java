// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.quadgate.network.Architecture;
import org.quadgate.network.WeightArrays;
import org.quadgate.train.tape.Minibatch;
import org.quadgate.train.tape.PassOptions;
import org.quadgate.train.tape.TrainingNetwork;

/**
 * The engine's gradient of every parameter against central differences in double precision: at most
 * 1e-6 of the length of each tensor's gradient apart. Where a tensor's gradient has all but
 * vanished, single precision cannot resolve it so finely; below {@link #FLOOR} of the whole
 * gradient's length, that is what the difference is relative to.
 */
class GradientTest {
  private static final double RELATIVE = 1e-6;
  private static final double FLOOR = 0.02;

  static Stream<Architecture> networks() {
    return Stream.of(
        Architecture.builder(3).lstm(13).linear(2).build(),
        Architecture.builder(1).lstm(1).build(),
        Architecture.builder(2).lstm(1).linear(1).build(),
        Architecture.builder(5).lstm(20).lstm(7).linear(3).build(),
        Architecture.builder(4).lstm(1).lstm(20).lstm(13).linear(6).linear(2).build(),
        Architecture.builder(3).rnn(13).linear(2).build(),
        Architecture.builder(2).rnn(20).rnn(5).build(),
        Architecture.builder(2).lstm(9).rnn(11).lstm(6).linear(3).build());
  }

  @ParameterizedTest
  @MethodSource("networks")
  void ofEveryParameter(Architecture architecture) {
    LossFunction loss = new LossFunction.Mse();
    Minibatch batch = RandomTraining.batch(architecture, loss, 5, 7, 3);
    check(architecture, loss, batch);
  }

  @ParameterizedTest
  @MethodSource("networks")
  void withPaddedAndUnscoredRows(Architecture architecture) {
    LossFunction loss = new LossFunction.Mse();
    Minibatch batch = RandomTraining.batch(architecture, loss, 4, 6, 4);
    RandomTraining.pad(batch, architecture, 6, 1, 4, 3);
    batch.weight[2] = 0; // t 0, sequence 2
    batch.weight[4] = 0.25f;
    check(architecture, loss, batch);
    // scored at the last row alone
    Arrays.fill(batch.weight, 0, 20, 0f);
    batch.weight[20] = 1;
    check(architecture, loss, batch);
  }

  static Stream<LossFunction> losses() {
    return Stream.of(
        new LossFunction.Mse(),
        new LossFunction.Mae(),
        new LossFunction.Huber(0.7),
        new LossFunction.Quantile(0.9),
        new LossFunction.BinaryCrossEntropy(),
        new LossFunction.SoftmaxCrossEntropy());
  }

  @ParameterizedTest
  @MethodSource("losses")
  void ofEveryLoss(LossFunction loss) {
    Architecture architecture = Architecture.builder(3).lstm(6).linear(19).build();
    check(architecture, loss, RandomTraining.batch(architecture, loss, 3, 5, 11));
  }

  private static void check(Architecture architecture, LossFunction loss, Minibatch batch) {
    WeightArrays weights = RandomTraining.weights(architecture, 1);
    PassOptions options = new PassOptions(0, 0, true, 0, 1);
    try (TrainingNetwork network = new TrainingNetwork(weights, options)) {
      LossFormula formula = new LossFormula(loss);
      double normaliser = RandomTraining.totalWeight(batch);
      double value = network.lossAndGradient(batch, formula, normaliser, 0);
      DoubleNetwork reference = new DoubleNetwork(weights);
      double expectedLoss = reference.loss(batch, loss, normaliser);
      assertEquals(expectedLoss, value, RELATIVE * expectedLoss, "loss");
      assertEquals(value, network.loss(batch, formula, normaliser), "loss alone");
      List<float[]> found = DoubleNetwork.tensors(network.unpacked(network.gradient()));
      List<double[]> expected = reference.gradient(batch, loss, normaliser);
      double whole = 0;
      for (double[] tensor : expected) {
        whole += square(tensor);
      }
      for (int i = 0; i < expected.size(); i++) {
        double scale = Math.sqrt(Math.max(square(expected.get(i)), FLOOR * FLOOR * whole));
        double error = distance(expected.get(i), found.get(i)) / scale;
        assertTrue(error <= RELATIVE, reference.names().get(i) + ": " + error);
      }
    }
  }

  private static double distance(double[] expected, float[] found) {
    assertEquals(expected.length, found.length);
    double sum = 0;
    for (int i = 0; i < expected.length; i++) {
      sum += (found[i] - expected[i]) * (found[i] - expected[i]);
    }
    return Math.sqrt(sum);
  }

  private static double square(double[] values) {
    double sum = 0;
    for (double v : values) {
      sum += v * v;
    }
    return sum;
  }

  @Test
  void aWrongParameterWouldShow() {
    Architecture architecture = Architecture.builder(3).lstm(13).linear(2).build();
    LossFunction loss = new LossFunction.Mse();
    Minibatch batch = RandomTraining.batch(architecture, loss, 5, 7, 3);
    WeightArrays weights = RandomTraining.weights(architecture, 1);
    List<double[]> right = new DoubleNetwork(weights).gradient(batch, loss, 35);
    weights.layers().getFirst().recurrent[5] *= 1.01f;
    List<double[]> moved = new DoubleNetwork(weights).gradient(batch, loss, 35);
    float[] found = new float[moved.get(1).length];
    for (int i = 0; i < found.length; i++) {
      found[i] = (float) moved.get(1)[i];
    }
    double error = distance(right.get(1), found) / Math.sqrt(square(right.get(1)));
    assertTrue(error > RELATIVE, "one weight off by 1 % gave " + error);
  }
}
