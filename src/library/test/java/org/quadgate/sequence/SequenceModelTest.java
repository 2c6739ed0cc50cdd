// SPDX-License-Identifier: Apache-2.0
package org.quadgate.sequence;

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
import org.quadgate.LstmConfig;
import org.quadgate.LstmModel;
import org.quadgate.LstmState;
import org.quadgate.LstmWeights;
import org.quadgate.NonFiniteInputException;
import org.quadgate.RandomWeights;
import org.quadgate.network.Activation;
import org.quadgate.sequence.SequenceLayer.Cell;
import org.quadgate.sequence.SequenceLayer.Direction;
import org.quadgate.sequence.SequenceLayer.Pass;

class SequenceModelTest {
  private static final int STEPS = 7;
  private static final Activation HARD = Activation.of(Activation.Function.HARD_SIGMOID);

  /** What makes a layer an unusual one. */
  private record Rare(
      float clip, boolean coupled, boolean peepholes, int projected, List<Activation> activations) {
    static final Rare NONE =
        new Rare(Float.POSITIVE_INFINITY, false, false, 0, Cell.LSTM.usualActivations());
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

  private static Pass pass(Cell cell, int inputs, int hidden, Rare rare, long seed) {
    int rows = cell.gates() * hidden;
    int out = rare.projected > 0 ? rare.projected : hidden;
    return new Pass(
        random(rows * inputs, seed),
        random(rows * out, seed + 1),
        random(rows, seed + 2),
        rare.peepholes ? random(3 * hidden, seed + 3) : new float[0],
        rare.projected > 0 ? random(out * hidden, seed + 4) : new float[0],
        random(out, seed + 5),
        cell == Cell.LSTM ? random(hidden, seed + 6) : new float[0],
        cell == Cell.LSTM ? rare.activations : cell.usualActivations());
  }

  private static SequenceLayer layer(
      Cell cell, Direction direction, int inputs, int hidden, Rare rare) {
    List<Pass> passes = new ArrayList<>();
    for (int d = 0; d < direction.count(); d++) {
      passes.add(pass(cell, inputs, hidden, rare, 100L * d));
    }
    return new SequenceLayer(cell, direction, inputs, hidden, rare.clip, rare.coupled, passes);
  }

  private static float[] run(SequenceModel model, float[] xs, int steps) {
    float[] ys = new float[model.outputRows(steps) * model.outputSize()];
    model.run(xs, steps, ys);
    return ys;
  }

  private static float[] step(SequenceModel model, float[] xs, int steps) {
    SequenceState state = model.newState();
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
    LstmConfig.Builder config = LstmConfig.builder(inputs);
    LstmConfig built = (cell.equals("LSTM") ? config.lstm(hidden) : config.rnn(hidden)).build();
    LstmWeights weights = RandomWeights.scaled(built, 5, 2);
    LstmModel engine = LstmModel.of(weights);
    float[] xs = RandomWeights.inputs(STEPS * inputs, 3);
    float[] expected = new float[STEPS * hidden];
    LstmState state = engine.newState();
    float[] in = xs.clone();
    for (int i = 0; i < in.length; i++) {
      in[i] = (in[i] - weights.inputMean[i % inputs]) / weights.inputStd[i % inputs];
    }
    engine.run(state, xs, STEPS, expected);
    SequenceModel model = SequenceModel.of(weights);
    assertTrue(model.whyNotEngine().isEmpty());
    assertArrayEquals(expected, run(model, xs, STEPS));
    float[] own = model.layers().getFirst().run(in, STEPS, 1, null, null, null).outputs;
    for (int i = 0; i < own.length; i++) {
      own[i] = own[i] * weights.outputStd[i % hidden] + weights.outputMean[i % hidden];
    }
    assertArrayEquals(expected, own);
  }

  @Test
  void aRareLayerStepsAsItRuns() {
    SequenceModel model =
        SequenceModel.builder()
            .layer(layer(Cell.LSTM, Direction.FORWARD, 4, 19, Rare.ALL))
            .layer(layer(Cell.RNN, Direction.FORWARD, 3, 5, Rare.NONE))
            .linear(new LinearLayer(5, 2, random(10, 1), random(2, 2), Activation.RELU))
            .inputScaling(random(4, 8), new float[] {1, 2, 3, 4})
            .outputScaling(random(2, 9), new float[] {1, 3})
            .build();
    assertTrue(model.whyNotStep().isEmpty());
    assertEquals(
        "recurrent layer 0 clips its gate sums at 0.7", model.whyNotEngine().orElseThrow());
    assertThrows(UnsupportedOperationException.class, model::weights);
    float[] xs = random(STEPS * 4, 3);
    assertArrayEquals(run(model, xs, STEPS), step(model, xs, STEPS));
    SequenceState state = model.newState();
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
    SequenceModel model =
        SequenceModel.builder()
            .layer(layer(Cell.LSTM, Direction.FORWARD, 2, 3, Rare.NONE))
            .layer(layer(Cell.LSTM, Direction.BIDIRECTIONAL, 3, 3, Rare.NONE))
            .build();
    UnsupportedOperationException e =
        assertThrows(UnsupportedOperationException.class, model::newState);
    assertEquals(
        "the network cannot be stepped: recurrent layer 1 reads in both directions, so it needs"
            + " the whole sequence",
        e.getMessage());
    assertTrue(model.whyNotEngine().orElseThrow().startsWith("recurrent layer 1 reads in both"));
  }

  @Test
  void bothDirectionsAreTwoLayersSideBySide() {
    SequenceLayer both = layer(Cell.LSTM, Direction.BIDIRECTIONAL, 3, 5, Rare.ALL);
    SequenceLayer forward = alone(both, Direction.FORWARD, 0);
    SequenceLayer reverse = alone(both, Direction.REVERSE, 1);
    SequenceLayer turned = alone(both, Direction.FORWARD, 1);
    float[] xs = random(STEPS * 3, 3);
    float[] back = new float[xs.length];
    for (int t = 0; t < STEPS; t++) {
      System.arraycopy(xs, t * 3, back, (STEPS - 1 - t) * 3, 3);
    }
    SequenceResult all = both.run(xs, STEPS, 1, null, null, null);
    SequenceResult left = forward.run(xs, STEPS, 1, null, null, null);
    SequenceResult right = reverse.run(xs, STEPS, 1, null, null, null);
    SequenceResult read = turned.run(back, STEPS, 1, null, null, null);
    for (int t = 0; t < STEPS; t++) {
      for (int i = 0; i < 3; i++) {
        assertEquals(all.outputs[t * 6 + i], left.outputs[t * 3 + i]);
        assertEquals(all.outputs[t * 6 + 3 + i], right.outputs[t * 3 + i]);
        assertEquals(right.outputs[t * 3 + i], read.outputs[(STEPS - 1 - t) * 3 + i]);
      }
    }
    assertArrayEquals(read.finalHidden, right.finalHidden);
    assertArrayEquals(read.finalCell, Arrays.copyOfRange(all.finalCell, 5, 10));
  }

  private static SequenceLayer alone(SequenceLayer of, Direction direction, int pass) {
    return new SequenceLayer(
        of.cell(),
        direction,
        of.inputSize(),
        of.hiddenSize(),
        of.clip(),
        of.coupled(),
        List.of(of.passes().get(pass)));
  }

  @Test
  void sequencesOfDifferentLengthsRunAsIfAlone() {
    SequenceLayer layer = layer(Cell.LSTM, Direction.BIDIRECTIONAL, 3, 5, Rare.NONE);
    SequenceModel model =
        SequenceModel.builder().layer(layer).rows(SequenceModel.Rows.FINAL).build();
    int[] lengths = {STEPS, 0, 4};
    float[] xs = random(STEPS * 3 * 3, 3);
    float[] ys = new float[3 * 10];
    model.run(xs, STEPS, 3, lengths, ys);
    SequenceResult result = layer.run(xs, STEPS, 3, lengths, null, null);
    assertArrayEquals(result.finalHidden, ys);
    for (int b = 0; b < 3; b++) {
      float[] own = new float[lengths[b] * 3];
      for (int t = 0; t < lengths[b]; t++) {
        System.arraycopy(xs, (t * 3 + b) * 3, own, t * 3, 3);
      }
      SequenceResult alone = layer.run(own, lengths[b], 1, null, null, null);
      assertArrayEquals(alone.finalHidden, Arrays.copyOfRange(ys, b * 10, b * 10 + 10));
      for (int t = 0; t < STEPS; t++) {
        for (int i = 0; i < 10; i++) {
          float expected = t < lengths[b] ? alone.outputs[t * 10 + i] : 0;
          assertEquals(expected, result.outputs[(t * 3 + b) * 10 + i]);
        }
      }
    }
  }

  @Test
  void maskedTimestepsAreAsIfTheyWereNotThere() {
    SequenceModel model =
        SequenceModel.builder()
            .layer(layer(Cell.LSTM, Direction.FORWARD, 2, 3, Rare.NONE))
            .layer(layer(Cell.LSTM, Direction.FORWARD, 3, 4, Rare.NONE))
            .masking(-1)
            .build();
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
    SequenceLayer layer = layer(Cell.LSTM, Direction.BIDIRECTIONAL, 2, 3, Rare.NONE);
    float[] xs = random(STEPS * 2, 1);
    float[] each = run(SequenceModel.builder().layer(layer).build(), xs, STEPS);
    SequenceModel last = SequenceModel.builder().layer(layer).rows(SequenceModel.Rows.LAST).build();
    assertEquals(1, last.outputRows(STEPS));
    assertArrayEquals(Arrays.copyOfRange(each, each.length - 6, each.length), run(last, xs, STEPS));
    LstmWeights weights = RandomWeights.scaled(LstmConfig.builder(2).lstm(3).build(), 5, 2);
    SequenceModel engine = SequenceModel.of(weights);
    SequenceModel engineLast = EngineWeights.layers(weights).rows(SequenceModel.Rows.LAST).build();
    float[] all = run(engine, xs, STEPS);
    assertArrayEquals(
        Arrays.copyOfRange(all, all.length - 3, all.length), run(engineLast, xs, STEPS));
  }

  @Test
  void wrongArgumentsAreRefused() {
    SequenceModel model =
        SequenceModel.builder().layer(layer(Cell.LSTM, Direction.REVERSE, 2, 3, Rare.NONE)).build();
    float[] ys = new float[6];
    NonFiniteInputException e =
        assertThrows(
            NonFiniteInputException.class,
            () -> model.run(new float[] {1, 2, 3, Float.NaN}, 2, ys));
    assertEquals(1, e.row());
    assertEquals(1, e.index());
    assertThrows(IllegalArgumentException.class, () -> model.run(new float[4], 0, ys));
    assertThrows(IllegalArgumentException.class, () -> model.run(new float[3], 2, ys));
    assertThrows(IllegalArgumentException.class, () -> model.run(new float[4], 2, new float[5]));
    assertThrows(
        IllegalArgumentException.class,
        () -> model.run(new float[4], 2, 1, new int[] {3}, new float[6]));
    assertThrows(IllegalArgumentException.class, () -> SequenceModel.builder().build());
    SequenceLayer layer = layer(Cell.LSTM, Direction.FORWARD, 2, 3, Rare.NONE);
    assertThrows(
        IllegalArgumentException.class,
        () -> SequenceModel.builder().layer(layer).layer(layer).build());
    assertThrows(
        IllegalArgumentException.class,
        () -> new SequenceLayer(Cell.LSTM, Direction.REVERSE, 2, 4, 1, false, layer.passes()));
  }
}
