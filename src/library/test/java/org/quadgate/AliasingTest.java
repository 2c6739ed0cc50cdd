// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.quadgate.Cells.Rare;
import org.quadgate.Kinds.Kind;
import org.quadgate.network.Architecture;
import org.quadgate.network.Network;
import org.quadgate.network.RecurrentLayer;
import org.quadgate.options.TeamOptions;

/** Outputs written over inputs, by every verb: the bits of outputs written elsewhere. */
class AliasingTest {
  private static final int STEPS = 60;

  /** As many outputs as inputs, of one panel and of more, with and without what lies between. */
  static List<Kind> networks() {
    return List.of(
        plain("one panel", Architecture.builder(16).lstm(16)),
        plain("two panels", Architecture.builder(32).lstm(32)),
        plain("three panels", Architecture.builder(48).lstm(48)),
        plain("a panel that is not full", Architecture.builder(40).lstm(40)),
        plain("two layers", Architecture.builder(32).lstm(48).lstm(32)),
        plain("RNN of two panels", Architecture.builder(128).rnn(128)),
        plain("a head", Architecture.builder(20).lstm(32).linear(20)),
        scaled(),
        kind("masked", Cells.lstm(32, 32, Rare.NONE, 3), true),
        kind("rare", Cells.lstm(32, 32, Rare.NONE.withPeepholes().clipped(1), 3), false),
        kind("projected", Cells.lstm(17, 40, Rare.NONE.projectedTo(17), 3), false));
  }

  private static Kind plain(String name, Architecture.Builder architecture) {
    return new Kind(name, RandomWeights.of(architecture.build(), 5).toNetwork());
  }

  private static Kind scaled() {
    return new Kind(
        "scaled", Shapes.weights(Architecture.builder(32).lstm(32).build()).toNetwork());
  }

  private static Kind kind(String name, RecurrentLayer layer, boolean masks) {
    Network.Builder builder = Network.builder().layer(layer);
    return new Kind(name, (masks ? builder.masking(Kinds.MASK) : builder).build());
  }

  @ParameterizedTest
  @MethodSource("networks")
  void stepsAndSegments(Kind kind) {
    try (Model model = Model.of(kind.network())) {
      int size = model.inputSize();
      float[] xs = Kinds.inputs(kind.network(), STEPS, 1);
      float[] expected = outputs(model, xs);
      StreamState stepped = model.newState();
      StreamState shifted = model.newState();
      StreamState inHeap = model.newState();
      StreamState outside = model.newState();
      try (Arena arena = Arena.ofConfined();
          ModelCores cores = new ModelCores(model, team(2))) {
        StreamState divided = model.newState();
        MemorySegment native3 = arena.allocate(4L * size * 3);
        for (int t = 0; t < STEPS; t++) {
          float[] x = Arrays.copyOfRange(xs, t * size, (t + 1) * size);
          float[] y = Arrays.copyOfRange(expected, t * size, (t + 1) * size);
          float[] both = x.clone();
          model.step(stepped, both, both);
          assertArrayEquals(y, both, "step " + t);

          both = x.clone();
          cores.step(divided, both, both);
          assertArrayEquals(y, both, "step of cores " + t);

          int from = t % (size + 1); // from outputs well before the inputs to well behind them
          int to = size - from;
          float[] room = new float[3 * size];
          System.arraycopy(x, 0, room, from, size);
          if (t % 2 == 0) {
            model.step(shifted, room, from, room, to);
          } else {
            cores.step(shifted, room, from, room, to);
          }
          assertArrayEquals(y, Arrays.copyOfRange(room, to, to + size), "overlap, step " + t);

          room = new float[3 * size];
          System.arraycopy(x, 0, room, from, size);
          MemorySegment heap = MemorySegment.ofArray(room);
          model.step(inHeap, slice(heap, from, size), slice(heap, to, size));
          assertArrayEquals(y, Arrays.copyOfRange(room, to, to + size), "heap segment " + t);

          MemorySegment.copy(x, 0, native3, ValueLayout.JAVA_FLOAT, 4L * from, size);
          MemorySegment output = slice(native3, to, size);
          model.step(outside, slice(native3, from, size), output);
          assertArrayEquals(y, output.toArray(ValueLayout.JAVA_FLOAT), "native segment " + t);
        }
      }
    }
  }

  private static MemorySegment slice(MemorySegment of, int from, int size) {
    return of.asSlice(4L * from, 4L * size);
  }

  private static TeamOptions team(int threads) {
    return TeamOptions.of(threads).withSpin(Duration.ofMillis(1));
  }

  /** Plain steps, whose outputs share nothing with the inputs. */
  private static float[] outputs(Model model, float[] xs) {
    float[] ys = new float[xs.length];
    StreamState state = model.newState();
    for (int at = 0; at < xs.length; at += model.inputSize()) {
      model.step(state, xs, at, ys, at);
    }
    return ys;
  }

  @ParameterizedTest
  @MethodSource("networks")
  void sequencesAndWindows(Kind kind) {
    try (Model model = Model.of(kind.network());
        StreamPool pool = new StreamPool(model, team(2))) {
      int size = model.inputSize();
      float[] xs = Kinds.inputs(kind.network(), STEPS, 1);
      float[] expected = outputs(model, xs);
      float[] both = xs.clone();
      model.run(model.newState(), both, STEPS, both);
      assertArrayEquals(expected, both, "run of a stream");
      both = xs.clone();
      model.run(model.newState(), both, STEPS, both, model.newTrace(STEPS));
      assertArrayEquals(expected, both, "traced run");
      both = xs.clone();
      model.run(both, STEPS, both);
      assertArrayEquals(expected, both, "run from the initial state");
      both = xs.clone();
      model.run(both, STEPS, 1, null, both);
      assertArrayEquals(expected, both, "run of many sequences");
      float[][] each = {xs.clone(), xs.clone(), xs.clone()};
      int[] steps = {STEPS, STEPS, STEPS};
      StreamState[] states = {model.newState(), model.newState(), model.newState()};
      pool.run(states, each, steps, each);
      for (float[] one : each) {
        assertArrayEquals(expected, one, "sequences of a pool");
      }

      SlidingWindow window = model.newWindow(3);
      SlidingWindow apart = model.newWindow(3);
      SlidingWindow traced = model.newWindow(3);
      GateTrace trace = model.newTrace(12);
      float[] y = new float[size];
      for (int t = 0; t < 12; t++) {
        float[] x = Arrays.copyOfRange(xs, t * size, (t + 1) * size);
        apart.step(x, y);
        float[] inPlace = x.clone();
        window.step(inPlace, inPlace);
        assertArrayEquals(y, inPlace, "window, tick " + t);
        traced.step(x, x, trace);
        assertArrayEquals(y, x, "traced window, tick " + t);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void batchesAndPools(Kind kind) {
    try (Model model = Model.of(kind.network());
        StreamPool pool = new StreamPool(model, team(3))) {
      for (int streams : new int[] {1, 2, 5, 6, 47, 48, 49, 96, 97, 200}) {
        float[] xs = Kinds.inputs(kind.network(), streams, 3);
        float[] expected = new float[xs.length];
        for (int s = 0; s < streams; s++) {
          int at = s * model.inputSize();
          StreamState state = model.newState();
          model.step(state, xs, at, expected, at);
          model.step(state, xs, at, expected, at);
        }
        int[] all = IntStream.range(0, streams).toArray();
        String what = " of " + streams + " streams";
        assertInPlace(model, xs, expected, "step" + what, (b, v) -> b.step(all, streams, v, v));
        assertInPlace(model, xs, expected, "stepAll" + what, (b, v) -> b.stepAll(v, v));
        assertInPlace(
            model, xs, expected, "pool" + what, (b, v) -> pool.step(b, all, streams, v, v));
        assertInPlace(model, xs, expected, "all of a pool" + what, (b, v) -> pool.stepAll(b, v, v));
      }
    }
  }

  private interface Verb {
    void step(StreamBatch batch, float[] both);
  }

  /** The outputs of a second step, so that what the first did to the states shows too. */
  private static void assertInPlace(
      Model model, float[] xs, float[] expected, String what, Verb verb) {
    int streams = xs.length / model.inputSize();
    StreamBatch batch = model.newBatch(streams);
    for (int s = 0; s < streams; s++) {
      batch.add();
    }
    verb.step(batch, xs.clone());
    float[] both = xs.clone();
    verb.step(batch, both);
    assertArrayEquals(expected, both, what);
  }

  /** One array for both where a row of outputs would lie over inputs that are still to be read. */
  @Test
  void sizesThatDifferAreRefused() {
    for (Architecture.Builder sizes :
        List.of(
            Architecture.builder(3).lstm(20),
            Architecture.builder(20).lstm(20).linear(3),
            Architecture.builder(20).rnn(64))) {
      Network network = RandomWeights.of(sizes.build(), 5).toNetwork();
      try (Model model = Model.of(network);
          StreamPool pool = new StreamPool(model, team(2))) {
        float[] both = RandomWeights.inputs(3 * 64, 1);
        float[] before = both.clone();
        StreamBatch batch = model.newBatch(3);
        int[] streams = {batch.add(), batch.add(), batch.add()};
        StreamState state = model.newState();
        refused(() -> model.run(state, both, 3, both));
        refused(() -> model.run(state, both, 3, both, model.newTrace(3)));
        refused(() -> batch.step(streams, 3, both, both));
        refused(() -> batch.stepAll(both, both));
        refused(() -> pool.step(batch, streams, 3, both, both));
        refused(() -> pool.stepAll(batch, both, both));
        StreamState[] states = {state};
        float[][] arrays = {both};
        refused(() -> pool.run(states, arrays, new int[] {3}, arrays));
        assertArrayEquals(before, both);
        assertArrayEquals(saved(model.newState()), saved(state));
        for (int stream : streams) {
          StreamState ofStream = model.newState();
          batch.save(stream, ofStream);
          assertArrayEquals(saved(model.newState()), saved(ofStream));
        }
        // rows that lie apart may be in one array, and so may one timestep in any case
        model.step(state, both, 0, both, 1);
      }
    }
  }

  private static void refused(Executable call) {
    var e = assertThrows(IllegalArgumentException.class, call);
    assertTrue(e.getMessage().startsWith("ys is xs"), e.getMessage());
  }

  private static float[] saved(StreamState state) {
    float[] floats = new float[state.size()];
    state.save(floats, 0);
    return floats;
  }

  /** Sequences that run at the same time may share inputs, and nothing that is written. */
  @Test
  void sequencesOfAPoolShareNothingThatIsWritten() {
    Model model = Model.of(networks().get(1).network());
    int size = model.inputSize();
    float[] xs = RandomWeights.inputs(STEPS * size, 1);
    float[] expected = outputs(model, xs);
    int[] steps = {STEPS, STEPS};
    try (StreamPool pool = new StreamPool(model, team(2))) {
      StreamState a = model.newState();
      StreamState b = model.newState();
      StreamState[] twice = {a, a};
      StreamState[] states = {a, b};
      float[] ys = new float[xs.length];
      float[] other = new float[xs.length];
      float[][] shared = {xs, xs};
      String atOnce = ", but sequences run at the same time";
      refused(
          "states[1] is states[0]" + atOnce,
          () -> pool.run(twice, shared, steps, new float[][] {ys, other}));
      refused(
          "ys[1] is ys[0]" + atOnce, () -> pool.run(states, shared, steps, new float[][] {ys, ys}));
      refused(
          "xs[0] is ys[1]" + atOnce, () -> pool.run(states, shared, steps, new float[][] {ys, xs}));
      refused(
          "xs[0] is ys[1]" + atOnce,
          () -> pool.run(states, new float[][] {ys, xs}, steps, new float[][] {other, ys}));
      assertArrayEquals(saved(model.newState()), saved(a));
      assertArrayEquals(new float[xs.length], ys);
      pool.run(states, shared, steps, new float[][] {ys, other});
      assertArrayEquals(expected, ys);
      assertArrayEquals(expected, other);
    }
  }

  private static void refused(String message, Executable call) {
    var e = assertThrows(IllegalArgumentException.class, call);
    assertTrue(e.getMessage().equals(message), e.getMessage());
  }
}
