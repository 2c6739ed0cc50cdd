// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.quadgate.io.ModelFiles;
import org.quadgate.io.safetensors.SafetensorsFile;
import org.quadgate.network.Architecture;
import org.quadgate.network.WeightArrays;
import org.quadgate.train.tape.Minibatch;
import org.quadgate.train.tape.PassOptions;
import org.quadgate.train.tape.TrainingNetwork;

/**
 * Gradients and loss curves against PyTorch's, which scripts/make_training_goldens.py wrote. A
 * gradient's difference is relative to the length of its tensor's gradient.
 */
class PyTorchTrainingTest {
  private static final double GRADIENT = 1e-5;
  private static final double CURVE = 1e-3;
  private static final Path FIXTURES = Path.of("src", "library", "test", "resources", "fixtures");
  private static final Path TRAINING = FIXTURES.resolve("training");

  private static LossFunction loss(String kind) {
    return switch (kind) {
      case "mse" -> new LossFunction.Mse();
      case "mae" -> new LossFunction.Mae();
      case "huber" -> new LossFunction.Huber(0.7);
      case "binary" -> new LossFunction.BinaryCrossEntropy();
      case "softmax" -> new LossFunction.SoftmaxCrossEntropy();
      default -> throw new IllegalArgumentException(kind);
    };
  }

  /** Minibatch {@code n} of tensors of shape [N, T, B, values] or, with N 1, [T, B, values]. */
  private static Minibatch batch(
      SafetensorsFile data,
      Architecture architecture,
      LossFunction loss,
      int sequences,
      int steps,
      int n)
      throws IOException {
    Minibatch batch = new Minibatch();
    int rows = sequences * steps;
    int in = rows * architecture.inputSize();
    int out = rows * loss.targets(architecture.outputSize());
    batch.reshape(
        sequences, steps, architecture.inputSize(), loss.targets(architecture.outputSize()));
    System.arraycopy(data.tensor("x").data(), n * in, batch.x, 0, in);
    System.arraycopy(data.tensor("target").data(), n * out, batch.target, 0, out);
    for (int row = 0; row < rows; row++) {
      batch.weight[row] = 1;
    }
    return batch;
  }

  @ParameterizedTest
  @CsvSource({
    "odd_3_13, mse",
    "base_8_32, binary",
    "chained_6, softmax",
    "rnn_4_20, huber",
    "two_linear_5_12, mae",
    "bare_7_21, mse"
  })
  void gradientsAreAutograds(String name, String kind) throws IOException {
    WeightArrays weights = ModelFiles.read(FIXTURES.resolve(name + ".safetensors")).weightArrays();
    WeightArrays expected =
        ModelFiles.read(TRAINING.resolve(name + ".gradient.safetensors")).weightArrays();
    SafetensorsFile data = SafetensorsFile.read(TRAINING.resolve(name + ".data.safetensors"));
    for (int i = 0; i < expected.layers().size(); i++) {
      WeightArrays.Recurrent layer = expected.layers().get(i);
      copy(data.tensor("h0." + i).data(), layer.initialHidden);
      if (layer.initialCell.length > 0) {
        copy(data.tensor("c0." + i).data(), layer.initialCell);
      }
    }
    LossFunction loss = loss(kind);
    Minibatch batch = batch(data, weights.architecture(), loss, 5, 12, 0);
    copy(data.tensor("weight").data(), batch.weight);
    PassOptions options = new PassOptions(0, 0, true, 0, 1);
    try (TrainingNetwork network = new TrainingNetwork(weights, options)) {
      LossFormula formula = new LossFormula(loss);
      double value = network.lossAndGradient(batch, formula, RandomTraining.totalWeight(batch), 0);
      float expectedLoss = data.tensor("loss").data()[0];
      assertEquals(expectedLoss, value, 1e-6 * expectedLoss);
      List<float[]> theirs = DoubleNetwork.tensors(expected);
      List<float[]> ours = DoubleNetwork.tensors(network.unpacked(network.gradient()));
      for (int i = 0; i < theirs.size(); i++) {
        double error = relativeDistance(theirs.get(i), ours.get(i));
        assertTrue(error <= GRADIENT, name + ", tensor " + i + ": " + error);
      }
    }
  }

  private static void copy(float[] from, float[] to) {
    System.arraycopy(from, 0, to, 0, from.length);
  }

  private static double relativeDistance(float[] expected, float[] found) {
    assertEquals(expected.length, found.length);
    double difference = 0;
    double length = 0;
    for (int i = 0; i < expected.length; i++) {
      difference += Math.pow((double) found[i] - expected[i], 2);
      length += Math.pow(expected[i], 2);
    }
    assertTrue(expected.length == 0 || length > 0, "no gradient to compare");
    return expected.length == 0 ? 0 : Math.sqrt(difference / length);
  }

  /** An optimizer in its plainest form: w[i] changes by step(i, gradient). */
  private interface Rule {
    float step(int i, float gradient, int update);
  }

  @Test
  void gradientDescentFollowsPyTorchsCurve() throws IOException {
    assertTrue(largestDeviation("sgd", 0, (i, g, n) -> 0.05f * g) <= CURVE);
  }

  @Test
  void adamFollowsPyTorchsCurve() throws IOException {
    assertTrue(largestDeviation("adam", 0, adam(1e-3)) <= CURVE);
  }

  @Test
  void anotherRateWouldShow() throws IOException {
    assertTrue(largestDeviation("adam", 0, adam(1.01e-3)) > CURVE);
  }

  @Test
  void aGradientOffByOnePercentWouldShow() throws IOException {
    assertTrue(largestDeviation("sgd", 0.01f, (i, g, n) -> 0.05f * g) > CURVE);
  }

  private static Rule adam(double rate) {
    double[] mean = new double[20_000];
    double[] square = new double[20_000];
    return (i, g, n) -> {
      mean[i] = 0.9 * mean[i] + 0.1 * g;
      square[i] = 0.999 * square[i] + 0.001 * g * g;
      double unbiasedMean = mean[i] / (1 - Math.pow(0.9, n));
      double unbiasedSquare = square[i] / (1 - Math.pow(0.999, n));
      return (float) (rate * unbiasedMean / (Math.sqrt(unbiasedSquare) + 1e-8));
    };
  }

  /** Of 200 losses from PyTorch's, relative to those. */
  private static double largestDeviation(String curve, float error, Rule rule) throws IOException {
    WeightArrays weights =
        ModelFiles.read(FIXTURES.resolve("base_8_32.safetensors")).weightArrays();
    SafetensorsFile data = SafetensorsFile.read(TRAINING.resolve("curve.data.safetensors"));
    float[] expected = data.tensor(curve).data();
    assertEquals(200, expected.length);
    LossFunction loss = new LossFunction.Mse();
    LossFormula formula = new LossFormula(loss);
    double worst = 0;
    try (TrainingNetwork network = new TrainingNetwork(weights, PassOptions.PLAIN)) {
      for (int n = 0; n < expected.length; n++) {
        Minibatch batch = batch(data, weights.architecture(), loss, 8, 20, n % 4);
        double value = network.lossAndGradient(batch, formula, 160, n);
        worst = Math.max(worst, Math.abs(value - expected[n]) / expected[n]);
        float[] parameters = network.parameters();
        float[] gradient = network.gradient();
        for (int i = 0; i < parameters.length; i++) {
          parameters[i] -= rule.step(i, gradient[i] * (1 + error), n + 1);
        }
      }
    }
    return worst;
  }
}
