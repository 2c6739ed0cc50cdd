// SPDX-License-Identifier: Apache-2.0
package org.quadgate.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.quadgate.Model;
import org.quadgate.RandomWeights;

/**
 * That nothing which is built can be changed, neither by what it was made of nor by what it gives.
 */
class NetworkTest {
  private static final int IN = 3;
  private static final int UNITS = 5;
  private static final int WIDTH = 4;
  private static final int OUT = 2;

  /** What a network is made of; filled with numbers that are not what they are set to later. */
  private final float[] input = some(4 * UNITS * IN);

  private final float[] recurrent = some(4 * UNITS * WIDTH);
  private final float[] bias = some(4 * UNITS);
  private final float[] peephole = some(3 * UNITS);
  private final float[] projection = some(WIDTH * UNITS);
  private final float[] initialHidden = some(WIDTH);
  private final float[] initialCell = some(UNITS);
  private final List<Activation> activations =
      new ArrayList<>(List.of(Activation.SIGMOID, Activation.TANH, Activation.TANH));
  private final float[] weight = some(OUT * WIDTH);
  private final float[] linearBias = some(OUT);
  private final float[] inputMean = some(IN);
  private final float[] inputStd = {1, 2, 3};
  private final float[] outputMean = some(OUT);
  private final float[] outputStd = {1, 2};
  private final List<String> inputNames = new ArrayList<>(List.of("a", "b", "c"));
  private final List<String> outputNames = new ArrayList<>(List.of("d", "e"));
  private final DirectionWeights.Builder direction =
      DirectionWeights.builder(input, recurrent, bias)
          .peephole(peephole)
          .projection(projection)
          .initialHidden(initialHidden)
          .initialCell(initialCell)
          .activations(activations);
  private final List<DirectionWeights> directions = new ArrayList<>(List.of(direction.build()));
  private final RecurrentLayer.Builder layer =
      RecurrentLayer.builder(CellType.LSTM, IN, UNITS).weights(directions);
  private final Network.Builder builder =
      Network.builder()
          .layer(layer.build())
          .linear(new LinearLayer(WIDTH, OUT, weight, linearBias, Activation.TANH))
          .inputScaling(new Scaling(inputMean, inputStd))
          .outputScaling(new Scaling(outputMean, outputStd))
          .names(inputNames, outputNames);
  private final Network network = builder.build();

  private static float[] some(int count) {
    return RandomWeights.inputs(count, count);
  }

  /** All numbers and names of a network, in one list. */
  private static List<Object> everything(Network network) {
    List<Object> all = new ArrayList<>();
    for (RecurrentLayer of : network.layers()) {
      all.addAll(List.of(of.cell(), of.direction(), of.inputSize(), of.hiddenSize()));
      all.addAll(List.of(of.clip(), of.coupled()));
      for (DirectionWeights weights : of.directions()) {
        arrays(weights).forEach(array -> all.add(Arrays.toString(array)));
        all.addAll(weights.activations());
      }
    }
    for (LinearLayer linear : network.head()) {
      all.addAll(List.of(Arrays.toString(linear.weight()), Arrays.toString(linear.bias())));
      all.add(linear.activation());
    }
    for (Scaling scaling : List.of(network.inputScaling(), network.outputScaling())) {
      all.addAll(List.of(Arrays.toString(scaling.mean()), Arrays.toString(scaling.std())));
    }
    all.addAll(List.of(network.inputNames(), network.outputNames(), network.rows()));
    all.addAll(List.of(network.maskValue(), network.window()));
    return all;
  }

  private static Stream<float[]> arrays(DirectionWeights of) {
    return Stream.of(
        of.input(),
        of.recurrent(),
        of.bias(),
        of.peephole(),
        of.projection(),
        of.initialHidden(),
        of.initialCell());
  }

  private static float[] outputs(Network of) {
    try (Model model = Model.of(of)) {
      float[] ys = new float[3 * of.outputSize()];
      model.run(RandomWeights.inputs(3 * of.inputSize(), 1), 3, ys);
      return ys;
    }
  }

  @Test
  void whatItWasMadeOfMayChangeAfterwards() {
    List<Object> before = everything(network);
    float[] outputs = outputs(network);
    for (float[] array :
        List.of(
            input,
            recurrent,
            bias,
            peephole,
            projection,
            initialHidden,
            initialCell,
            weight,
            linearBias,
            inputMean,
            inputStd,
            outputMean,
            outputStd)) {
      Arrays.fill(array, 9);
      assertEquals(before, everything(network));
    }
    activations.set(0, Activation.RELU);
    directions.clear();
    inputNames.set(1, "other");
    outputNames.clear();
    // builders go on to something else, and what they built does not
    layer.clip(0.1f).coupled(true);
    builder.masking(0).window(7).rows(Rows.LAST).names(List.of(), List.of());
    builder.linear(new LinearLayer(OUT, 1, some(2), some(1), Activation.RELU));
    assertEquals(before, everything(network));
    assertArrayEquals(outputs, outputs(network));
    assertFalse(
        Arrays.equals(outputs, outputs(network.toBuilder().inputScaling(scaling()).build())));
  }

  private static Scaling scaling() {
    return new Scaling(new float[IN], new float[] {9, 9, 9});
  }

  @Test
  void whatItGivesMayBeChanged() {
    List<Object> before = everything(network);
    DirectionWeights weights = network.layers().getFirst().directions().getFirst();
    LinearLayer linear = network.head().getFirst();
    List<float[]> given =
        Stream.concat(
                arrays(weights),
                Stream.of(
                    linear.weight(),
                    linear.bias(),
                    network.inputScaling().mean(),
                    network.inputScaling().std(),
                    network.outputScaling().mean(),
                    network.outputScaling().std()))
            .toList();
    for (float[] array : given) {
      assertTrue(array.length > 0);
      Arrays.fill(array, 9);
      assertEquals(before, everything(network));
    }
    assertFixed(network.layers(), network.layers().getFirst());
    assertFixed(network.head(), linear);
    assertFixed(network.layers().getFirst().directions(), weights);
    assertFixed(weights.activations(), Activation.RELU);
    assertFixed(network.inputNames(), "other");
    assertFixed(network.outputNames(), "other");
    assertEquals(before, everything(network));
  }

  private static <T> void assertFixed(List<T> list, T element) {
    assertThrows(UnsupportedOperationException.class, () -> list.set(0, element));
    assertThrows(UnsupportedOperationException.class, () -> list.add(element));
    assertThrows(UnsupportedOperationException.class, list::clear);
  }

  /** A model, too, is made of what the network was; and the arrays stay the caller's. */
  @Test
  void weightArraysAreCopiedBothWays() {
    Architecture architecture =
        Architecture.builder(IN)
            .lstm(UNITS)
            .rnn(4)
            .linear(OUT)
            .inputNames(inputNames)
            .outputNames(outputNames)
            .build();
    WeightArrays arrays = RandomWeights.of(architecture, 1);
    Network made = arrays.toNetwork();
    List<Object> before = everything(made);
    Model model = Model.of(made);
    float[] xs = RandomWeights.inputs(IN, 1);
    float[] expected = new float[OUT];
    model.step(model.newState(), xs, expected);
    change(arrays);
    inputNames.set(0, "other");
    assertEquals(before, everything(made));
    WeightArrays given = made.weightArrays();
    change(given);
    assertEquals(before, everything(made));
    assertEquals(List.of("a", "b", "c"), made.architecture().inputNames());
    float[] found = new float[OUT];
    model.step(model.newState(), xs, found);
    assertArrayEquals(expected, found);
    assertFalse(Arrays.equals(expected, outputs(arrays.toNetwork())));
  }

  private static void change(WeightArrays arrays) {
    Consumer<float[]> nine = array -> Arrays.fill(array, 9);
    for (WeightArrays.Recurrent of : arrays.layers()) {
      Stream.of(of.input, of.recurrent, of.bias, of.initialHidden, of.initialCell).forEach(nine);
    }
    for (WeightArrays.Linear of : arrays.head()) {
      Stream.of(of.weight, of.bias).forEach(nine);
    }
    Stream.of(arrays.inputMean, arrays.inputStd, arrays.outputMean, arrays.outputStd).forEach(nine);
  }

  /** What a state gives is not the state. */
  @Test
  void aStatesArraysAreCopies() {
    Model model = Model.of(network);
    var state = model.newState();
    float[] hidden = state.hidden(0);
    float[] cell = state.cell(0);
    Arrays.fill(state.hidden(0), 9);
    Arrays.fill(state.cell(0), 9);
    assertArrayEquals(hidden, state.hidden(0));
    assertArrayEquals(cell, state.cell(0));
  }

  @Test
  void numbersThatAreNotFiniteAreRefused() {
    List<Function<float[], Object>> makers =
        List.of(
            v -> DirectionWeights.builder(v, recurrent, bias).build(),
            v -> DirectionWeights.builder(input, v, bias).build(),
            v -> DirectionWeights.builder(input, recurrent, v).build(),
            v -> DirectionWeights.builder(input, recurrent, bias).peephole(v).build(),
            v -> DirectionWeights.builder(input, recurrent, bias).projection(v).build(),
            v -> DirectionWeights.builder(input, recurrent, bias).initialHidden(v).build(),
            v -> DirectionWeights.builder(input, recurrent, bias).initialCell(v).build(),
            v -> new LinearLayer(1, 2, v, linearBias, Activation.IDENTITY),
            v -> new LinearLayer(WIDTH, OUT, weight, v, Activation.IDENTITY),
            v -> new Scaling(v, outputStd),
            v -> new Scaling(outputMean, v));
    for (Function<float[], Object> maker : makers) {
      for (float bad : new float[] {Float.NaN, Float.NEGATIVE_INFINITY}) {
        refused("[1] is " + bad, () -> maker.apply(new float[] {1, bad}));
      }
    }
    refused("[1] is 0.0", () -> new Scaling(outputMean, new float[] {1, 0}));
    refused("[0] is -1.0", () -> new Scaling(outputMean, new float[] {-1, 1}));
  }

  private static void refused(String part, Executable call) {
    var e = assertThrows(IllegalArgumentException.class, call);
    assertTrue(e.getMessage().contains(part), e.getMessage());
  }
}
