// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.quadgate.engine.LayerRun;
import org.quadgate.network.Activation;
import org.quadgate.network.Architecture;
import org.quadgate.network.CellType;
import org.quadgate.network.Direction;
import org.quadgate.network.DirectionWeights;
import org.quadgate.network.LinearLayer;
import org.quadgate.network.Network;
import org.quadgate.network.RecurrentLayer;
import org.quadgate.network.Rows;
import org.quadgate.network.Scaling;
import org.quadgate.network.WeightArrays;

/** Whole sequences of any network: rare cells, both directions, lengths, masks and rows. */
class WholeSequenceTest {
  private static final int STEPS = 7;
  private static final Activation HARD = Activation.of(Activation.Function.HARD_SIGMOID);

  /** What makes a layer an unusual one. */
  private record Rare(
      float clip, boolean coupled, boolean peepholes, int projected, List<Activation> activations) {
    static final Rare NONE =
        new Rare(Float.POSITIVE_INFINITY, false, false, 0, CellType.LSTM.usualActivations());
    static final Rare ALL =
        new Rare(0.7f, true, true, 3, List.of(HARD, Activation.RELU, Activation.TANH));
  }

  private static float[] random(int count, long seed) {
    Random random = new Random(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian() * 0.5f;
    }
    return values;
  }

  private static DirectionWeights weights(
      CellType cell, int inputs, int hidden, Rare rare, long seed) {
    int rows = cell.gates() * hidden;
    int out = rare.projected > 0 ? rare.projected : hidden;
    boolean lstm = cell == CellType.LSTM;
    return DirectionWeights.builder(
            random(rows * inputs, seed), random(rows * out, seed + 1), random(rows, seed + 2))
        .peephole(rare.peepholes ? random(3 * hidden, seed + 3) : new float[0])
        .projection(rare.projected > 0 ? random(out * hidden, seed + 4) : new float[0])
        .initialHidden(random(out, seed + 5))
        .initialCell(lstm ? random(hidden, seed + 6) : new float[0])
        .activations(lstm ? rare.activations : cell.usualActivations())
        .build();
  }

  private static RecurrentLayer layer(
      CellType cell, Direction direction, int inputs, int hidden, Rare rare) {
    List<DirectionWeights> weights = new ArrayList<>();
    for (int d = 0; d < direction.count(); d++) {
      weights.add(weights(cell, inputs, hidden, rare, 100L * d));
    }
    return RecurrentLayer.builder(cell, inputs, hidden)
        .direction(direction)
        .clip(rare.clip)
        .coupled(rare.coupled)
        .weights(weights)
        .build();
  }

  private static LayerRun.Result alone(RecurrentLayer layer, float[] xs, int steps) {
    return LayerRun.run(layer, xs, steps, 1, null, null, null);
  }

  private static float[] run(Model model, float[] xs, int steps) {
    float[] ys = new float[model.outputRows(steps) * model.outputSize()];
    model.run(xs, steps, ys);
    return ys;
  }

  private static float[] step(Model model, float[] xs, int steps) {
    StreamState state = model.newState();
    float[] ys = new float[steps * model.outputSize()];
    float[] y = new float[model.outputSize()];
    for (int t = 0; t < steps; t++) {
      int in = model.inputSize();
      model.step(state, Arrays.copyOfRange(xs, t * in, (t + 1) * in), y);
      System.arraycopy(y, 0, ys, t * y.length, y.length);
    }
    return ys;
  }

  @ParameterizedTest
  @CsvSource({"3, 1, LSTM", "5, 16, LSTM", "8, 33, LSTM", "4, 13, RNN", "4, 64, RNN"})
  void aUsualLayerGivesTheEnginesBits(int inputs, int hidden, String cell) {
    Architecture.Builder builder = Architecture.builder(inputs);
    Architecture built = (cell.equals("LSTM") ? builder.lstm(hidden) : builder.rnn(hidden)).build();
    WeightArrays weights = RandomWeights.scaled(built, 5, 2);
    Network network = weights.toNetwork();
    Model model = Model.of(network);
    float[] xs = RandomWeights.inputs(STEPS * inputs, 3);
    float[] expected = new float[STEPS * hidden];
    float[] in = xs.clone();
    for (int i = 0; i < in.length; i++) {
      in[i] = (in[i] - weights.inputMean[i % inputs]) / weights.inputStd[i % inputs];
    }
    model.run(model.newState(), xs, STEPS, expected);
    assertTrue(network.whyNotPlain().isEmpty());
    assertArrayEquals(expected, run(model, xs, STEPS));
    float[] own = alone(network.layers().getFirst(), in, STEPS).outputs();
    for (int i = 0; i < own.length; i++) {
      own[i] = own[i] * weights.outputStd[i % hidden] + weights.outputMean[i % hidden];
    }
    assertArrayEquals(expected, own);
  }

  @Test
  void aRareLayerStepsAsItRuns() {
    Network network =
        Network.builder()
            .layer(layer(CellType.LSTM, Direction.FORWARD, 4, 19, Rare.ALL))
            .layer(layer(CellType.RNN, Direction.FORWARD, 3, 5, Rare.NONE))
            .linear(new LinearLayer(5, 2, random(10, 1), random(2, 2), Activation.RELU))
            .inputScaling(new Scaling(random(4, 8), new float[] {1, 2, 3, 4}))
            .outputScaling(new Scaling(random(2, 9), new float[] {1, 3}))
            .build();
    Model model = Model.of(network);
    assertTrue(model.whyNotStep().isEmpty());
    assertEquals(
        "recurrent layer 0 clips its gate sums at 0.7", network.whyNotPlain().orElseThrow());
    assertThrows(UnsupportedOperationException.class, network::weightArrays);
    float[] xs = random(STEPS * 4, 3);
    assertArrayEquals(run(model, xs, STEPS), step(model, xs, STEPS));
    StreamState state = model.newState();
    float[] first = new float[2];
    model.step(state, Arrays.copyOf(xs, 4), first);
    model.step(state, Arrays.copyOfRange(xs, 4, 8), new float[2]);
    state.reset();
    float[] again = new float[2];
    model.step(state, Arrays.copyOf(xs, 4), again);
    assertArrayEquals(first, again);
  }

  @Test
  void whatReadsBackwardsCannotBeStepped() {
    Network network =
        Network.builder()
            .layer(layer(CellType.LSTM, Direction.FORWARD, 2, 3, Rare.NONE))
            .layer(layer(CellType.LSTM, Direction.BIDIRECTIONAL, 3, 3, Rare.NONE))
            .build();
    Model model = Model.of(network);
    UnsupportedOperationException e =
        assertThrows(UnsupportedOperationException.class, model::newState);
    assertEquals(
        "the network cannot be stepped: recurrent layer 1 reads in both directions, so it needs"
            + " the whole sequence",
        e.getMessage());
    assertTrue(network.whyNotPlain().orElseThrow().startsWith("recurrent layer 1 reads in both"));
  }

  @Test
  void bothDirectionsAreTwoLayersSideBySide() {
    RecurrentLayer both = layer(CellType.LSTM, Direction.BIDIRECTIONAL, 3, 5, Rare.ALL);
    RecurrentLayer forward = only(both, Direction.FORWARD, 0);
    RecurrentLayer reverse = only(both, Direction.REVERSE, 1);
    RecurrentLayer turned = only(both, Direction.FORWARD, 1);
    float[] xs = random(STEPS * 3, 3);
    float[] back = new float[xs.length];
    for (int t = 0; t < STEPS; t++) {
      System.arraycopy(xs, t * 3, back, (STEPS - 1 - t) * 3, 3);
    }
    LayerRun.Result all = alone(both, xs, STEPS);
    LayerRun.Result left = alone(forward, xs, STEPS);
    LayerRun.Result right = alone(reverse, xs, STEPS);
    LayerRun.Result read = alone(turned, back, STEPS);
    for (int t = 0; t < STEPS; t++) {
      for (int i = 0; i < 3; i++) {
        assertEquals(all.outputs()[t * 6 + i], left.outputs()[t * 3 + i]);
        assertEquals(all.outputs()[t * 6 + 3 + i], right.outputs()[t * 3 + i]);
        assertEquals(right.outputs()[t * 3 + i], read.outputs()[(STEPS - 1 - t) * 3 + i]);
      }
    }
    assertArrayEquals(read.finalHidden(), right.finalHidden());
    assertArrayEquals(read.finalCell(), Arrays.copyOfRange(all.finalCell(), 5, 10));
  }

  private static RecurrentLayer only(RecurrentLayer of, Direction direction, int which) {
    return RecurrentLayer.builder(of.cell(), of.inputSize(), of.hiddenSize())
        .direction(direction)
        .clip(of.clip())
        .coupled(of.coupled())
        .weights(of.directions().get(which))
        .build();
  }

  @Test
  void sequencesOfDifferentLengthsRunAsIfAlone() {
    RecurrentLayer layer = layer(CellType.LSTM, Direction.BIDIRECTIONAL, 3, 5, Rare.NONE);
    Model model = Model.of(Network.builder().layer(layer).rows(Rows.FINAL).build());
    int[] lengths = {STEPS, 0, 4};
    float[] xs = random(STEPS * 3 * 3, 3);
    float[] ys = new float[3 * 10];
    model.run(xs, STEPS, 3, lengths, ys);
    LayerRun.Result result = LayerRun.run(layer, xs, STEPS, 3, lengths, null, null);
    assertArrayEquals(result.finalHidden(), ys);
    for (int b = 0; b < 3; b++) {
      float[] own = new float[lengths[b] * 3];
      for (int t = 0; t < lengths[b]; t++) {
        System.arraycopy(xs, (t * 3 + b) * 3, own, t * 3, 3);
      }
      LayerRun.Result alone = alone(layer, own, lengths[b]);
      assertArrayEquals(alone.finalHidden(), Arrays.copyOfRange(ys, b * 10, b * 10 + 10));
      for (int t = 0; t < STEPS; t++) {
        for (int i = 0; i < 10; i++) {
          float expected = t < lengths[b] ? alone.outputs()[t * 10 + i] : 0;
          assertEquals(expected, result.outputs()[(t * 3 + b) * 10 + i]);
        }
      }
    }
  }

  @Test
  void maskedTimestepsAreAsIfTheyWereNotThere() {
    Model model =
        Model.of(
            Network.builder()
                .layer(layer(CellType.LSTM, Direction.FORWARD, 2, 3, Rare.NONE))
                .layer(layer(CellType.LSTM, Direction.FORWARD, 3, 4, Rare.NONE))
                .masking(-1)
                .build());
    float[] xs = {-1, -1, 1, 2, -1, -1, -1, 0.5f, -1, -1};
    float[] ys = run(model, xs, 5);
    float[] read = run(model, new float[] {1, 2, -1, 0.5f}, 2);
    assertArrayEquals(new float[4], Arrays.copyOf(ys, 4));
    assertArrayEquals(Arrays.copyOf(read, 4), Arrays.copyOfRange(ys, 4, 8));
    assertArrayEquals(Arrays.copyOf(read, 4), Arrays.copyOfRange(ys, 8, 12));
    assertArrayEquals(Arrays.copyOfRange(read, 4, 8), Arrays.copyOfRange(ys, 12, 16));
    assertArrayEquals(Arrays.copyOfRange(read, 4, 8), Arrays.copyOfRange(ys, 16, 20));
    assertArrayEquals(ys, step(model, xs, 5));
  }

  @Test
  void theLastRowIsOneOfEach() {
    RecurrentLayer layer = layer(CellType.LSTM, Direction.BIDIRECTIONAL, 2, 3, Rare.NONE);
    float[] xs = random(STEPS * 2, 1);
    float[] each = run(Model.of(Network.builder().layer(layer).build()), xs, STEPS);
    Model last = Model.of(Network.builder().layer(layer).rows(Rows.LAST).build());
    assertEquals(1, last.outputRows(STEPS));
    assertArrayEquals(Arrays.copyOfRange(each, each.length - 6, each.length), run(last, xs, STEPS));
    Network plain = RandomWeights.scaled(Architecture.builder(2).lstm(3).build(), 5, 2).toNetwork();
    Model plainLast = Model.of(plain.toBuilder().rows(Rows.LAST).build());
    float[] all = run(Model.of(plain), xs, STEPS);
    assertArrayEquals(
        Arrays.copyOfRange(all, all.length - 3, all.length), run(plainLast, xs, STEPS));
  }

  @Test
  void wrongArgumentsAreRefused() {
    Model model =
        Model.of(
            Network.builder()
                .layer(layer(CellType.LSTM, Direction.REVERSE, 2, 3, Rare.NONE))
                .build());
    float[] ys = new float[6];
    RefusedInputException e =
        assertThrows(
            RefusedInputException.class, () -> model.run(new float[] {1, 2, 3, Float.NaN}, 2, ys));
    assertEquals(1, e.row());
    assertEquals(1, e.index());
    assertThrows(IllegalArgumentException.class, () -> model.run(new float[4], 0, ys));
    assertThrows(IllegalArgumentException.class, () -> model.run(new float[3], 2, ys));
    assertThrows(IllegalArgumentException.class, () -> model.run(new float[4], 2, new float[5]));
    assertThrows(
        IllegalArgumentException.class,
        () -> model.run(new float[4], 2, 1, new int[] {3}, new float[6]));
    assertThrows(IllegalArgumentException.class, () -> Network.builder().build());
    RecurrentLayer layer = layer(CellType.LSTM, Direction.FORWARD, 2, 3, Rare.NONE);
    assertThrows(
        IllegalArgumentException.class, () -> Network.builder().layer(layer).layer(layer).build());
    assertThrows(
        IllegalArgumentException.class,
        () ->
            RecurrentLayer.builder(CellType.LSTM, 2, 4)
                .direction(Direction.REVERSE)
                .clip(1)
                .weights(layer.directions())
                .build());
  }
}
