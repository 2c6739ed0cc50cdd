// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.quadgate.Cells.Rare;
import org.quadgate.Kinds.Kind;
import org.quadgate.network.Architecture;
import org.quadgate.network.Network;

/** Saved states: that they come back, and that only a network of their shape takes them. */
class SavedStateTest {
  private static final int HEADER = 3;

  static List<Kind> networks() {
    return Kinds.steppable();
  }

  private static Model model(Architecture.Builder architecture, long seed) {
    return Model.of(RandomWeights.of(architecture.build(), seed).toNetwork());
  }

  private static float[] saved(StreamState state) {
    float[] floats = new float[state.size()];
    state.save(floats, 0);
    return floats;
  }

  private static float[] some(Model model) {
    StreamState state = model.newState();
    float[] xs = RandomWeights.inputs(3 * model.inputSize(), 1);
    model.run(state, xs, 3, new float[3 * model.outputSize()]);
    return saved(state);
  }

  /** At every point of a stream, masked timesteps or not, by every way in and out. */
  @ParameterizedTest
  @MethodSource("networks")
  void aStreamGoesOnFromItsSavedState(Kind kind) {
    Model model = Model.of(kind.network());
    int in = model.inputSize();
    int out = model.outputSize();
    for (int sequence = 0; sequence < 3; sequence++) {
      float[] xs = Kinds.inputs(kind.network(), 20, sequence);
      StreamState stream = model.newState();
      StreamState restored = model.newState();
      StreamBatch batch = model.newBatch(2);
      int number = batch.add();
      float[] y = new float[out];
      float[] expected = new float[out];
      for (int t = 0; t < 20; t++) {
        restored.restore(saved(stream), 0);
        batch.restore(number, stream);
        StreamState between = model.newState();
        batch.save(number, between);
        StreamState throughBatch = model.newState();
        throughBatch.restore(saved(between), 0);
        StreamState copy = stream.copy();
        assertEquals(HEADER + numbers(model), saved(stream).length);
        model.step(stream, xs, t * in, expected, 0);
        for (StreamState state : List.of(restored, throughBatch, copy)) {
          model.step(state, xs, t * in, y, 0);
          assertArrayEquals(expected, y, "sequence " + sequence + ", t " + t);
          assertArrayEquals(saved(stream), saved(state));
        }
      }
    }
  }

  private static int numbers(Model model) {
    int sum = 0;
    for (int i = 0; i < model.network().layers().size(); i++) {
      sum += model.newState().hidden(i).length + model.newState().cell(i).length;
    }
    return sum;
  }

  @Test
  void anotherShapeIsRefused() {
    List<Model> models = new ArrayList<>();
    models.add(model(Architecture.builder(2).lstm(4).lstm(8), 1));
    models.add(model(Architecture.builder(2).lstm(8).lstm(4), 1));
    models.add(model(Architecture.builder(2).lstm(12), 1));
    models.add(model(Architecture.builder(2).rnn(24), 1));
    models.add(model(Architecture.builder(2).rnn(8).lstm(8), 1));
    models.add(model(Architecture.builder(2).lstm(8).rnn(8), 1));
    models.add(
        Model.of(Network.builder().layer(Cells.lstm(2, 16, Rare.NONE.projectedTo(8), 1)).build()));
    models.add(
        Model.of(Network.builder().layer(Cells.lstm(2, 20, Rare.NONE.projectedTo(4), 1)).build()));
    Set<List<Float>> headers = new HashSet<>();
    for (Model from : models) {
      float[] saved = some(from);
      assertEquals(24 + HEADER, saved.length, "as many numbers each: the length says nothing");
      headers.add(List.of(saved[0], saved[1], saved[2]));
      for (Model to : models) {
        StreamState state = to.newState();
        float[] before = saved(state);
        if (to == from) {
          state.restore(saved, 0);
          assertArrayEquals(saved, saved(state));
        } else {
          var e = assertThrows(IllegalArgumentException.class, () -> state.restore(saved, 0));
          assertTrue(
              e.getMessage().contains("another shape than " + to.network().describe()),
              e.getMessage());
          assertArrayEquals(before, saved(state));
        }
      }
    }
    assertEquals(models.size(), headers.size());
  }

  /** What a state is of is its cells and sizes: weights, heads and names are another matter. */
  @Test
  void otherWeightsOfTheSameShapeAreAccepted() {
    Model from = model(Architecture.builder(2).lstm(4).lstm(8), 1);
    Model to = model(Architecture.builder(5).lstm(4).lstm(8).linear(3), 2);
    float[] saved = some(from);
    StreamState state = to.newState();
    state.restore(saved, 0);
    assertArrayEquals(saved, saved(state));
  }

  @Test
  void whatIsNoSavedStateIsRefused() {
    Model model = model(Architecture.builder(2).lstm(4).lstm(8), 1);
    StreamState state = model.newState();
    float[] good = some(model);
    for (int i = 0; i < good.length; i++) {
      for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
        float[] broken = good.clone();
        broken[i] = bad;
        assertRefused(state, broken);
      }
    }
    for (int i = 0; i < HEADER; i++) {
      // the form may be 2 as well, of a stream whose timesteps were all masked
      for (float other : new float[] {0, -1, good[i] + 2, Float.MAX_VALUE, Float.MIN_VALUE}) {
        float[] broken = good.clone();
        broken[i] = other;
        assertRefused(state, broken);
      }
    }
    assertRefused(state, new float[good.length]);
    assertRefused(state, RandomWeights.inputs(good.length, 1));
    // as states were saved before there was a header: h and c alone, and as long as today's
    float[] headerless = Arrays.copyOfRange(good, HEADER, good.length);
    assertThrows(IndexOutOfBoundsException.class, () -> state.restore(headerless, 0));
    assertRefused(state, Arrays.copyOf(headerless, good.length));
    assertThrows(IndexOutOfBoundsException.class, () -> state.restore(good, 1));
    assertThrows(IndexOutOfBoundsException.class, () -> state.restore(good, -1));
    state.restore(good, 0);
    assertArrayEquals(good, saved(state));
  }

  private static void assertRefused(StreamState state, float[] bad) {
    float[] before = saved(state);
    assertThrows(IllegalArgumentException.class, () -> state.restore(bad, 0));
    assertArrayEquals(before, saved(state));
  }

  /** All numbers are finite and the header's are whole: text keeps them as well as bytes do. */
  @Test
  void textKeepsAState() {
    Model model = model(Architecture.builder(2).lstm(4).rnn(8), 1);
    float[] saved = some(model);
    float[] read = new float[saved.length];
    for (int i = 0; i < saved.length; i++) {
      assertTrue(i >= HEADER || saved[i] == Math.rint(saved[i]));
      read[i] = Float.parseFloat(Float.toString(saved[i]));
    }
    StreamState state = model.newState();
    state.restore(read, 0);
    assertArrayEquals(saved, saved(state));
  }
}
