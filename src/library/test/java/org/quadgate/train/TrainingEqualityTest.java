// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.quadgate.LstmConfig;
import org.quadgate.LstmModel;
import org.quadgate.LstmState;
import org.quadgate.LstmWeights;
import org.quadgate.kernel.provider.KernelProvider;

/** Same bits: as the model's step, with any kernels, with any number of threads, cut anywhere. */
class TrainingEqualityTest {
  private static final LossFunction MSE = new LossFunction.Mse();

  static Stream<LstmConfig> networks() {
    return Stream.of(
        LstmConfig.builder(3).lstm(13).linear(2).build(),
        LstmConfig.builder(1).lstm(1).build(),
        LstmConfig.builder(16).lstm(64).linear(1).build(),
        LstmConfig.builder(5).lstm(100).lstm(33).linear(7).linear(5).build(),
        LstmConfig.builder(2).lstm(49).lstm(1).lstm(20).linear(3).build(),
        LstmConfig.builder(3).rnn(70).rnn(13).linear(2).build(),
        LstmConfig.builder(2).lstm(9).rnn(11).lstm(6).build());
  }

  @ParameterizedTest
  @MethodSource("networks")
  void lossAndStatesAreThoseOfTheModel(LstmConfig config) {
    int sequences = 5;
    int steps = 9;
    LstmWeights weights = RandomTraining.weights(config, 2);
    Minibatch batch = RandomTraining.batch(config, MSE, sequences, steps, 3);
    LstmModel model = LstmModel.of(weights);
    int outputs = config.outputSize();
    double[] rowLosses = new double[steps * sequences];
    LstmState[] states = new LstmState[sequences];
    for (int b = 0; b < sequences; b++) {
      states[b] = model.newState();
      float[] y = new float[outputs];
      for (int t = 0; t < steps; t++) {
        int row = t * sequences + b;
        int in = config.inputSize();
        model.step(states[b], Arrays.copyOfRange(batch.x, row * in, (row + 1) * in), y);
        for (int o = 0; o < outputs; o++) {
          double d = (double) y[o] - batch.target[row * outputs + o];
          rowLosses[row] += d * d;
        }
        rowLosses[row] /= outputs;
      }
    }
    double sum = 0;
    for (double loss : rowLosses) {
      sum += loss;
    }
    try (TrainingNetwork network = new TrainingNetwork(weights, TrainingOptions.PLAIN)) {
      assertEquals(sum / 7, network.loss(batch, MSE, 7));
      float[] found = network.carriedState();
      int at = 0;
      for (int i = 0; i < config.layers().size(); i++) {
        for (LstmState state : states) {
          float[] h = state.hidden(i);
          assertArrayEquals(h, Arrays.copyOfRange(found, at, at + h.length));
          at += h.length;
        }
        for (int b = 0; b < sequences && config.layers().get(i).cell().hasCellState(); b++) {
          float[] c = states[b].cell(i);
          assertArrayEquals(c, Arrays.copyOfRange(found, at, at + c.length));
          at += c.length;
        }
      }
      assertEquals(found.length, at);
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void kernelsAndThreadsChangeNoBit(LstmConfig config) {
    LstmWeights weights = RandomTraining.weights(config, 5);
    Minibatch batch = RandomTraining.batch(config, MSE, 7, 21, 6);
    RandomTraining.pad(batch, config, 21, 20, 3, 21, 9, 1, 14);
    TrainingOptions plain = new TrainingOptions(0, 0, true, 1, 1);
    TrainingOptions dropping = new TrainingOptions(0.3, 0.2, true, 1, 1);
    for (TrainingOptions options : new TrainingOptions[] {plain, dropping}) {
      Run expected = run(weights, batch, options, 1, true);
      for (int threads : new int[] {1, 2, 3, 8}) {
        Run found = run(weights, batch, options, threads, false);
        assertArrayEquals(expected.gradient, found.gradient, threads + " threads");
        assertArrayEquals(expected.states, found.states, threads + " threads");
        assertEquals(expected.loss, found.loss);
      }
    }
    assertFalse(
        Arrays.equals(
            run(weights, batch, plain, 1, false).gradient,
            run(weights, batch, dropping, 1, false).gradient),
        "dropout did nothing");
  }

  private static final class Run {
    final double loss;
    final float[] gradient;
    final float[] states;

    Run(double loss, float[] gradient, float[] states) {
      this.loss = loss;
      this.gradient = gradient;
      this.states = states;
    }
  }

  private static Run run(
      LstmWeights weights, Minibatch batch, TrainingOptions options, int threads, boolean scalar) {
    TrainingOptions with =
        new TrainingOptions(
            options.dropout(), options.recurrentDropout(), true, options.seed(), threads);
    var kernels = scalar ? KernelProvider.scalar("test") : KernelProvider.chosen();
    try (TrainingNetwork network =
        new TrainingNetwork(weights, new float[0], with, kernels.kernels())) {
      // twice: what the first left in the buffers must not matter
      network.lossAndGradient(batch, MSE, 3, 8);
      double loss = network.lossAndGradient(batch, MSE, 3, 9);
      return new Run(loss, network.gradient().clone(), network.carriedState());
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void windowsWithCarriedStatesAreTheWholeSequence(LstmConfig config) {
    LstmWeights weights = RandomTraining.weights(config, 7);
    int sequences = 3;
    int steps = 10;
    Minibatch whole = RandomTraining.batch(config, MSE, sequences, steps, 8);
    try (TrainingNetwork network = new TrainingNetwork(weights, TrainingOptions.PLAIN)) {
      double expectedLoss = network.loss(whole, MSE, 1);
      float[] expected = network.carriedState();
      double first = network.loss(window(whole, config, 0, 4), MSE, 1);
      float[] between = network.carriedState();
      Minibatch rest = window(whole, config, 4, steps);
      rest.carriesState = true;
      double second = network.lossAndGradient(rest, MSE, 1, 0);
      assertArrayEquals(expected, network.carriedState());
      assertEquals(expectedLoss, first + second, 1e-12 * expectedLoss);

      network.loss(whole, MSE, 1);
      network.restoreCarriedState(between);
      assertEquals(second, network.loss(rest, MSE, 1));
      assertArrayEquals(expected, network.carriedState());
    }
  }

  private static Minibatch window(Minibatch whole, LstmConfig config, int from, int to) {
    Minibatch part = new Minibatch();
    int rows = whole.sequences();
    int in = rows * config.inputSize();
    int out = rows * config.outputSize();
    part.reshape(rows, to - from, config.inputSize(), config.outputSize());
    System.arraycopy(whole.x, from * in, part.x, 0, (to - from) * in);
    System.arraycopy(whole.target, from * out, part.target, 0, (to - from) * out);
    System.arraycopy(whole.weight, from * rows, part.weight, 0, (to - from) * rows);
    return part;
  }

  @ParameterizedTest
  @MethodSource("networks")
  void paddingOfParametersAndGradientIsZero(LstmConfig config) {
    LstmWeights weights = RandomTraining.weights(config, 9);
    Minibatch batch = RandomTraining.batch(config, MSE, 5, 6, 10);
    TrainingOptions options = new TrainingOptions(0.2, 0.2, true, 3, 1);
    try (TrainingNetwork network = new TrainingNetwork(weights, options)) {
      network.lossAndGradient(batch, MSE, 30, 0);
      float[] gradient = network.gradient().clone();
      LstmWeights unpacked = network.unpacked(gradient);
      network.load(unpacked);
      // packing writes zeros wherever there is no parameter
      for (int i = 0; i < gradient.length; i++) {
        assertEquals(network.parameters()[i] + 0f, gradient[i] + 0f, "entry " + i);
      }
    }
  }

  @Test
  void weightsComeBackAsTheyWent() {
    LstmConfig config = LstmConfig.builder(3).lstm(13).rnn(20).linear(4).linear(2).build();
    LstmWeights weights = RandomTraining.weights(config, 11);
    weights.inputMean[1] = 4;
    weights.outputStd[0] = 3;
    try (TrainingNetwork network = new TrainingNetwork(weights, TrainingOptions.PLAIN)) {
      LstmWeights back = network.weights();
      var expected = DoubleNetwork.tensors(weights);
      var found = DoubleNetwork.tensors(back);
      for (int i = 0; i < expected.size(); i++) {
        assertArrayEquals(expected.get(i), found.get(i));
      }
      assertArrayEquals(weights.inputMean, back.inputMean);
      assertArrayEquals(weights.outputStd, back.outputStd);
    }
  }

  @Test
  void decayTouchesMatricesAlone() {
    LstmConfig config = LstmConfig.builder(3).lstm(13).linear(2).build();
    LstmWeights weights = RandomTraining.weights(config, 12);
    try (TrainingNetwork network = new TrainingNetwork(weights, TrainingOptions.PLAIN)) {
      int[] ranges = network.decayed();
      for (int i = 0; i < ranges.length; i += 2) {
        Arrays.fill(network.parameters(), ranges[i], ranges[i + 1], 0);
      }
      LstmWeights left = network.weights();
      float[] zeros = new float[4 * 13 * 13];
      assertArrayEquals(Arrays.copyOf(zeros, 4 * 13 * 3), left.layers().getFirst().input);
      assertArrayEquals(zeros, left.layers().getFirst().recurrent);
      assertArrayEquals(new float[26], left.head().getFirst().weight);
      assertArrayEquals(weights.layers().getFirst().bias, left.layers().getFirst().bias);
      assertArrayEquals(
          weights.layers().getFirst().initialCell, left.layers().getFirst().initialCell);
      assertArrayEquals(weights.head().getFirst().bias, left.head().getFirst().bias);
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    LstmConfig config = LstmConfig.builder(3).lstm(4).linear(2).build();
    LstmWeights weights = RandomTraining.weights(config, 13);
    try (TrainingNetwork network = new TrainingNetwork(weights, TrainingOptions.PLAIN)) {
      Minibatch batch = RandomTraining.batch(config, MSE, 2, 3, 1);
      batch.carriesState = true;
      assertThrows(IllegalArgumentException.class, () -> network.loss(batch, MSE, 1));
      batch.carriesState = false;
      assertThrows(IllegalArgumentException.class, () -> network.loss(batch, MSE, 0));
      LossFunction softmax = new LossFunction.SoftmaxCrossEntropy();
      batch.target[1] = 2; // there are classes 0 and 1
      assertThrows(IllegalArgumentException.class, () -> network.loss(batch, softmax, 1));
      LstmWeights other = new LstmWeights(LstmConfig.builder(3).lstm(5).linear(2).build());
      assertThrows(IllegalArgumentException.class, () -> network.load(other));
      assertThrows(IllegalArgumentException.class, () -> network.restoreCarriedState(new float[9]));
    }
  }
}
