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
import org.quadgate.Model;
import org.quadgate.StreamState;
import org.quadgate.kernel.provider.KernelProvider;
import org.quadgate.network.Architecture;
import org.quadgate.network.WeightArrays;
import org.quadgate.train.tape.Minibatch;
import org.quadgate.train.tape.PassOptions;
import org.quadgate.train.tape.TrainingNetwork;

/** Same bits: as the model's step, with any kernels, with any number of threads, cut anywhere. */
class TrainingEqualityTest {
  private static final LossFunction MSE = new LossFunction.Mse();
  private static final LossFormula FORMULA = new LossFormula(MSE);

  static Stream<Architecture> networks() {
    return Stream.of(
        Architecture.builder(3).lstm(13).linear(2).build(),
        Architecture.builder(1).lstm(1).build(),
        Architecture.builder(16).lstm(64).linear(1).build(),
        Architecture.builder(5).lstm(100).lstm(33).linear(7).linear(5).build(),
        Architecture.builder(2).lstm(49).lstm(1).lstm(20).linear(3).build(),
        Architecture.builder(3).rnn(70).rnn(13).linear(2).build(),
        Architecture.builder(2).lstm(9).rnn(11).lstm(6).build());
  }

  @ParameterizedTest
  @MethodSource("networks")
  void lossAndStatesAreThoseOfTheModel(Architecture architecture) {
    int sequences = 5;
    int steps = 9;
    WeightArrays weights = RandomTraining.weights(architecture, 2);
    Minibatch batch = RandomTraining.batch(architecture, MSE, sequences, steps, 3);
    Model model = Model.of(weights.toNetwork());
    int outputs = architecture.outputSize();
    double[] rowLosses = new double[steps * sequences];
    StreamState[] states = new StreamState[sequences];
    for (int b = 0; b < sequences; b++) {
      states[b] = model.newState();
      float[] y = new float[outputs];
      for (int t = 0; t < steps; t++) {
        int row = t * sequences + b;
        int in = architecture.inputSize();
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
    try (TrainingNetwork network = new TrainingNetwork(weights, PassOptions.PLAIN)) {
      assertEquals(sum / 7, network.loss(batch, FORMULA, 7));
      float[] found = network.carriedState();
      int at = 0;
      for (int i = 0; i < architecture.layers().size(); i++) {
        for (StreamState state : states) {
          float[] h = state.hidden(i);
          assertArrayEquals(h, Arrays.copyOfRange(found, at, at + h.length));
          at += h.length;
        }
        for (int b = 0; b < sequences && architecture.layers().get(i).cell().hasCellState(); b++) {
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
  void kernelsAndThreadsChangeNoBit(Architecture architecture) {
    WeightArrays weights = RandomTraining.weights(architecture, 5);
    Minibatch batch = RandomTraining.batch(architecture, MSE, 7, 21, 6);
    RandomTraining.pad(batch, architecture, 21, 20, 3, 21, 9, 1, 14);
    PassOptions plain = new PassOptions(0, 0, true, 1, 1);
    PassOptions dropping = new PassOptions(0.3, 0.2, true, 1, 1);
    for (PassOptions options : new PassOptions[] {plain, dropping}) {
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
      WeightArrays weights, Minibatch batch, PassOptions options, int threads, boolean scalar) {
    PassOptions with =
        new PassOptions(
            options.dropout(), options.recurrentDropout(), true, options.seed(), threads);
    var kernels = scalar ? KernelProvider.scalar("test") : KernelProvider.chosen();
    try (TrainingNetwork network =
        new TrainingNetwork(weights, new float[0], with, kernels.kernels())) {
      // twice: what the first left in the buffers must not matter
      network.lossAndGradient(batch, FORMULA, 3, 8);
      double loss = network.lossAndGradient(batch, FORMULA, 3, 9);
      return new Run(loss, network.gradient().clone(), network.carriedState());
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void windowsWithCarriedStatesAreTheWholeSequence(Architecture architecture) {
    WeightArrays weights = RandomTraining.weights(architecture, 7);
    int sequences = 3;
    int steps = 10;
    Minibatch whole = RandomTraining.batch(architecture, MSE, sequences, steps, 8);
    try (TrainingNetwork network = new TrainingNetwork(weights, PassOptions.PLAIN)) {
      double expectedLoss = network.loss(whole, FORMULA, 1);
      float[] expected = network.carriedState();
      double first = network.loss(window(whole, architecture, 0, 4), FORMULA, 1);
      float[] between = network.carriedState();
      Minibatch rest = window(whole, architecture, 4, steps);
      rest.carriesState = true;
      double second = network.lossAndGradient(rest, FORMULA, 1, 0);
      assertArrayEquals(expected, network.carriedState());
      assertEquals(expectedLoss, first + second, 1e-12 * expectedLoss);

      network.loss(whole, FORMULA, 1);
      network.restoreCarriedState(between);
      assertEquals(second, network.loss(rest, FORMULA, 1));
      assertArrayEquals(expected, network.carriedState());
    }
  }

  private static Minibatch window(Minibatch whole, Architecture architecture, int from, int to) {
    Minibatch part = new Minibatch();
    int rows = whole.sequences();
    int in = rows * architecture.inputSize();
    int out = rows * architecture.outputSize();
    part.reshape(rows, to - from, architecture.inputSize(), architecture.outputSize());
    System.arraycopy(whole.x, from * in, part.x, 0, (to - from) * in);
    System.arraycopy(whole.target, from * out, part.target, 0, (to - from) * out);
    System.arraycopy(whole.weight, from * rows, part.weight, 0, (to - from) * rows);
    return part;
  }

  @ParameterizedTest
  @MethodSource("networks")
  void paddingOfParametersAndGradientIsZero(Architecture architecture) {
    WeightArrays weights = RandomTraining.weights(architecture, 9);
    Minibatch batch = RandomTraining.batch(architecture, MSE, 5, 6, 10);
    PassOptions options = new PassOptions(0.2, 0.2, true, 3, 1);
    try (TrainingNetwork network = new TrainingNetwork(weights, options)) {
      network.lossAndGradient(batch, FORMULA, 30, 0);
      float[] gradient = network.gradient().clone();
      WeightArrays unpacked = network.unpacked(gradient);
      network.load(unpacked);
      // packing writes zeros wherever there is no parameter
      for (int i = 0; i < gradient.length; i++) {
        assertEquals(network.parameters()[i] + 0f, gradient[i] + 0f, "entry " + i);
      }
    }
  }

  @Test
  void weightsComeBackAsTheyWent() {
    Architecture architecture =
        Architecture.builder(3).lstm(13).rnn(20).linear(4).linear(2).build();
    WeightArrays weights = RandomTraining.weights(architecture, 11);
    try (TrainingNetwork network = new TrainingNetwork(weights, PassOptions.PLAIN)) {
      WeightArrays back = network.unpacked(network.parameters());
      var expected = DoubleNetwork.tensors(weights);
      var found = DoubleNetwork.tensors(back);
      for (int i = 0; i < expected.size(); i++) {
        assertArrayEquals(expected.get(i), found.get(i));
      }
    }
  }

  @Test
  void decayTouchesMatricesAlone() {
    Architecture architecture = Architecture.builder(3).lstm(13).linear(2).build();
    WeightArrays weights = RandomTraining.weights(architecture, 12);
    try (TrainingNetwork network = new TrainingNetwork(weights, PassOptions.PLAIN)) {
      int[] ranges = network.decayed();
      for (int i = 0; i < ranges.length; i += 2) {
        Arrays.fill(network.parameters(), ranges[i], ranges[i + 1], 0);
      }
      WeightArrays left = network.unpacked(network.parameters());
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
    Architecture architecture = Architecture.builder(3).lstm(4).linear(2).build();
    WeightArrays weights = RandomTraining.weights(architecture, 13);
    try (TrainingNetwork network = new TrainingNetwork(weights, PassOptions.PLAIN)) {
      Minibatch batch = RandomTraining.batch(architecture, MSE, 2, 3, 1);
      batch.carriesState = true;
      assertThrows(IllegalArgumentException.class, () -> network.loss(batch, FORMULA, 1));
      batch.carriesState = false;
      assertThrows(IllegalArgumentException.class, () -> network.loss(batch, FORMULA, 0));
      LossFormula softmax = new LossFormula(new LossFunction.SoftmaxCrossEntropy());
      batch.target[1] = 2; // there are classes 0 and 1
      assertThrows(IllegalArgumentException.class, () -> network.loss(batch, softmax, 1));
      WeightArrays other = new WeightArrays(Architecture.builder(3).lstm(5).linear(2).build());
      assertThrows(IllegalArgumentException.class, () -> network.load(other));
      assertThrows(IllegalArgumentException.class, () -> network.restoreCarriedState(new float[9]));
    }
  }
}
