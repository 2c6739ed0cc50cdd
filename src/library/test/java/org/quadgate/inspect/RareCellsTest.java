// SPDX-License-Identifier: Apache-2.0
package org.quadgate.inspect;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.quadgate.GateTrace.Quantity;
import org.quadgate.Model;
import org.quadgate.RandomWeights;
import org.quadgate.StreamState;
import org.quadgate.network.Activation;
import org.quadgate.network.Activation.Function;
import org.quadgate.network.CellType;
import org.quadgate.network.Direction;
import org.quadgate.network.DirectionWeights;
import org.quadgate.network.LinearLayer;
import org.quadgate.network.Network;
import org.quadgate.network.RecurrentLayer;
import org.quadgate.options.Precision;

/** Inspections of layers that no plain network has. */
@Tag("once")
class RareCellsTest {
  private static final int STEPS = 60;

  /** Numbers that the weights of a layer take in turn. */
  private static float[] numbers(int count, long seed) {
    float[] numbers = RandomWeights.inputs(count, seed);
    for (int i = 0; i < count; i++) {
      numbers[i] *= 0.4f;
    }
    return numbers;
  }

  private static GateInspection inspected(Network network, int steps) {
    Model model = Model.of(network);
    GateInspection inspection = new GateInspection(model);
    StreamState state = model.newState();
    float[] xs = RandomWeights.inputs(steps * network.inputSize(), 5);
    float[] expected = new float[steps * network.outputSize()];
    model.run(model.newState(), xs, steps, expected);
    float[] y = new float[network.outputSize()];
    for (int t = 0; t < steps; t++) {
      int in = network.inputSize();
      inspection.step(state, Arrays.copyOfRange(xs, t * in, t * in + in), y);
      assertArrayEquals(
          Arrays.copyOfRange(expected, t * y.length, t * y.length + y.length), y, "step " + t);
    }
    return inspection;
  }

  private static Network network(RecurrentLayer layer) {
    return Network.builder().layer(layer).build();
  }

  private static RecurrentLayer lstm(int hidden, DirectionWeights.Builder weights) {
    return RecurrentLayer.builder(CellType.LSTM, 1, hidden).weights(weights.build()).build();
  }

  @Test
  void hardGatesCloseAndOpenForGood() {
    float[] bias = new float[4 * 3]; // i, f, g, o
    bias[3] = -9; // f is 0, not nearly 0
    bias[5] = 9; // f is 1
    DirectionWeights.Builder weights =
        DirectionWeights.builder(new float[12], new float[36], bias)
            .activations(
                List.of(Activation.of(Function.HARD_SIGMOID), Activation.TANH, Activation.TANH));
    GateInspection inspection = inspected(network(lstm(3, weights)), 20);
    assertEquals(0, inspection.memory(0, 0));
    assertEquals(1 / Math.log(2), inspection.memory(0, 1), 1e-5);
    assertEquals(Double.POSITIVE_INFINITY, inspection.memory(0, 2));
    assertEquals(1.0 / 3, inspection.of(0, Quantity.FORGET_GATE).closed(), 1e-9);
  }

  @Test
  void gatesThatSeeTheCellState() {
    float[] bias = {0.3f, 0.2f, 0.8f, -0.1f}; // of one unit's i, f, g, o
    float[] peephole = {0.5f, -1, 2}; // p_i, p_f, p_o
    DirectionWeights.Builder weights =
        DirectionWeights.builder(new float[4], new float[4], bias).peephole(peephole);
    GateInspection inspection = inspected(network(lstm(1, weights)), STEPS);
    double c = 0;
    double[] sums = new double[4]; // of i, f, o, h
    for (int t = 0; t < STEPS; t++) {
      double i = sigmoid(bias[0] + peephole[0] * c);
      double f = sigmoid(bias[1] + peephole[1] * c);
      c = f * c + i * Math.tanh(bias[2]);
      double o = sigmoid(bias[3] + peephole[2] * c);
      double[] values = {i, f, o, o * Math.tanh(c)};
      for (int k = 0; k < values.length; k++) {
        sums[k] += values[k] / STEPS;
      }
    }
    assertEquals(sums[0], inspection.of(0, Quantity.INPUT_GATE).mean(), 1e-6);
    assertEquals(sums[1], inspection.of(0, Quantity.FORGET_GATE).mean(), 1e-6);
    assertEquals(sums[2], inspection.of(0, Quantity.OUTPUT_GATE).mean(), 1e-6);
    assertEquals(sums[3], inspection.of(0, Quantity.HIDDEN).mean(), 1e-6);
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  @Test
  void aProjectionHasFewerOutputsThanUnits() {
    int hidden = 5;
    float[] projection = numbers(2 * hidden, 3); // [output][unit]
    projection[4] = 0;
    projection[hidden + 4] = 0;
    DirectionWeights.Builder weights =
        DirectionWeights.builder(
                numbers(4 * hidden, 1), numbers(4 * hidden * 2, 2), new float[4 * hidden])
            .projection(projection);
    Network network = network(lstm(hidden, weights));
    GateInspection inspection = inspected(network, STEPS);
    assertEquals(hidden, inspection.of(0, Quantity.CELL).units());
    assertEquals(2, inspection.of(0, Quantity.HIDDEN).units());
    ModelVariants variants = variants(network);
    assertTrue(variants.canLeaveOut(0), "its units are not the outputs");
    for (int unit = 0; unit < hidden; unit++) {
      assertEquals(unit == 4, variants.without(0, unit).outputs() == 0, "unit " + unit);
    }
  }

  private static ModelVariants variants(Network network) {
    float[] targets = new float[STEPS];
    Arrays.fill(targets, Float.NaN);
    float[] xs = RandomWeights.inputs(STEPS * network.inputSize(), 5);
    return new ModelVariants(network, xs, new int[STEPS], targets);
  }

  @Test
  void whatAVariantLeavesOutIsAllItLeavesOut() {
    int hidden = 4;
    DirectionWeights below =
        DirectionWeights.builder(
                numbers(4 * hidden, 1), numbers(4 * hidden * hidden, 2), numbers(4 * hidden, 3))
            .peephole(numbers(3 * hidden, 4))
            .initialHidden(numbers(hidden, 5))
            .initialCell(numbers(hidden, 6))
            .build();
    RecurrentLayer first =
        RecurrentLayer.builder(CellType.LSTM, 1, hidden)
            .clip(2)
            .coupled(true)
            .weights(below)
            .build();
    RecurrentLayer second =
        RecurrentLayer.builder(CellType.RNN, hidden, 3)
            .weights(
                DirectionWeights.builder(numbers(12, 7), numbers(9, 8), numbers(3, 9))
                    .activations(List.of(Activation.RELU))
                    .build())
            .build();
    Network network =
        Network.builder()
            .layer(first)
            .layer(second)
            .linear(new LinearLayer(3, 1, numbers(3, 10), numbers(1, 11), Activation.RELU))
            .masking(0)
            .build();
    ModelVariants variants = variants(network);
    assertEquals(0, variants.without(0).outputs(), "without nothing");
    assertEquals(0, variants.without(1).outputs(), "without nothing");
    assertTrue(variants.without(0, 1).outputs() > 0);
    assertTrue(variants.without(1, 0, 1, 2).outputs() > 0);
    assertTrue(variants.packed(Precision.INT8).outputs() > 0);
    GateInspection inspection = inspected(network, STEPS);
    assertFalse(inspection.hasGates(1));
    assertTrue(inspection.of(1, Quantity.HIDDEN).to() > 1, "a ReLU has no bound");
  }

  @Test
  void whatNeedsWholeSequencesIsRefused() {
    DirectionWeights weights =
        DirectionWeights.builder(numbers(8, 1), numbers(16, 2), numbers(8, 3)).build();
    Network network =
        network(
            RecurrentLayer.builder(CellType.LSTM, 1, 2)
                .direction(Direction.BIDIRECTIONAL)
                .weights(weights, weights)
                .build());
    Model model = Model.of(network);
    Exception refused =
        assertThrows(UnsupportedOperationException.class, () -> new GateInspection(model));
    assertTrue(refused.getMessage().contains("reads in both directions"), refused.getMessage());
    assertThrows(UnsupportedOperationException.class, () -> variants(network));
  }
}
