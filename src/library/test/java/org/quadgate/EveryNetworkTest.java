// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.quadgate.GateTrace.Quantity;
import org.quadgate.Kinds.Kind;
import org.quadgate.network.CellType;
import org.quadgate.options.ModelOptions;
import org.quadgate.options.Precision;
import org.quadgate.options.TeamOptions;

/** Everything that can be done with a stream, for every kind of network: the bits of its steps. */
class EveryNetworkTest {
  /** Timesteps of a sequence: more than the engine takes at once. */
  private static final int STEPS = 61;

  /** Sequences side by side: more than a tile of the kernels, and not a multiple of one. */
  private static final int SEQUENCES = 7;

  /** How many of them also run alone, in every way there is: each kind of masks. */
  private static final int ALONE = 4;

  static Stream<Arguments> networks() {
    return Kinds.steppable().stream()
        .flatMap(kind -> Stream.of(Precision.values()).map(p -> Arguments.of(kind, p)));
  }

  private final float[][] xs = new float[SEQUENCES][];
  private final float[][] expected = new float[SEQUENCES][];
  private final float[][] endings = new float[SEQUENCES][]; // the states afterwards
  private Model model;
  private int in;
  private int out;

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("networks")
  void everyWayGivesTheBitsOfPlainSteps(Kind kind, Precision precision) {
    ModelOptions options = ModelOptions.DEFAULT.withPrecision(precision);
    try (Model vectors = Model.of(kind.network(), options);
        Model scalar = Model.of(kind.network(), options.withScalarKernels())) {
      model = scalar;
      in = model.inputSize();
      out = model.outputSize();
      for (int s = 0; s < SEQUENCES; s++) {
        xs[s] = Kinds.inputs(kind.network(), STEPS, s);
        expected[s] = new float[STEPS * out];
        endings[s] = steps(xs[s], expected[s]);
      }
      assertSaysSomething();
      model = vectors;
      for (int s = 0; s < SEQUENCES; s++) {
        float[] ys = new float[STEPS * out];
        float[] ending = steps(xs[s], ys);
        assertSame(s, ys, ending, "plain steps");
      }
      for (int s = 0; s < ALONE; s++) {
        twoPhases(s);
        segments(s);
        sequences(s);
        window(s);
      }
      batches();
      pools();
      cores();
      traces();
    }
  }

  /** Plain steps of a new stream; returns what it remembers at the end. */
  private float[] steps(float[] from, float[] to) {
    StreamState state = model.newState();
    for (int t = 0; t < to.length / out; t++) {
      model.step(state, from, t * in, to, t * out);
    }
    return saved(state);
  }

  private static float[] saved(StreamState state) {
    float[] floats = new float[state.size()];
    state.save(floats, 0);
    return floats;
  }

  private void assertSame(int s, float[] ys, float[] ending, String what) {
    assertArrayEquals(expected[s], ys, what + ", sequence " + s);
    assertArrayEquals(endings[s], ending, what + ", the state after sequence " + s);
  }

  /** The bits of NaN or of outputs that never change would be easy to give. */
  private void assertSaysSomething() {
    for (float y : expected[0]) {
      assertTrue(Float.isFinite(y));
    }
    float[] first = Arrays.copyOf(expected[0], out);
    float[] last = Arrays.copyOfRange(expected[0], (STEPS - 1) * out, STEPS * out);
    assertFalse(Arrays.equals(first, last));
    assertFalse(Arrays.equals(expected[0], expected[1]));
  }

  private void twoPhases(int s) {
    StreamState state = model.newState();
    float[] ys = new float[STEPS * out];
    for (int t = 0; t < STEPS; t++) {
      if (t % 5 != 0) {
        model.prepareNext(state);
        if (t % 3 == 0) {
          state = state.copy();
          model.prepareNext(state);
        }
      }
      model.step(state, xs[s], t * in, ys, t * out);
    }
    assertSame(s, ys, saved(state), "two phases");
  }

  private void segments(int s) {
    StreamState state = model.newState();
    float[] ys = new float[STEPS * out];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment x = arena.allocate(4L * in + 1).asSlice(1);
      MemorySegment y = MemorySegment.ofArray(new byte[4 * out + 3]).asSlice(3);
      for (int t = 0; t < STEPS; t++) {
        if (t % 4 == 1) {
          model.prepareNext(state);
        }
        MemorySegment.copy(xs[s], t * in, x, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, in);
        model.step(state, x, y);
        MemorySegment.copy(y, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, ys, t * out, out);
      }
    }
    assertSame(s, ys, saved(state), "segments");
  }

  private void sequences(int s) {
    StreamState state = model.newState();
    float[] ys = new float[STEPS * out];
    model.prepareNext(state);
    model.run(state, xs[s], STEPS, ys);
    assertSame(s, ys, saved(state), "run");

    state.reset();
    for (int t = 0, size = 1; t < STEPS; t += size, size = Math.min(5 * size, STEPS - t)) {
      float[] piece = new float[size * out];
      model.run(state, Arrays.copyOfRange(xs[s], t * in, (t + size) * in), size, piece);
      System.arraycopy(piece, 0, ys, t * out, piece.length);
    }
    assertSame(s, ys, saved(state), "run in pieces");

    Arrays.fill(ys, 42);
    model.run(xs[s], STEPS, ys);
    assertArrayEquals(expected[s], ys, "run from the initial state, sequence " + s);
  }

  /** Against new streams over each window. */
  private void window(int s) {
    int length = 4;
    SlidingWindow window = model.newWindow(length);
    float[] y = new float[out];
    for (int t = 0; t < 12; t++) {
      window.step(Arrays.copyOfRange(xs[s], t * in, (t + 1) * in), y);
      int from = Math.max(0, t + 1 - length);
      float[] own = new float[(t + 1 - from) * out];
      steps(Arrays.copyOfRange(xs[s], from * in, (t + 1) * in), own);
      assertArrayEquals(
          Arrays.copyOfRange(own, own.length - out, own.length), y, "window at tick " + t);
      if (t % 3 == 0) {
        window.prepareNext();
      }
    }
  }

  /** Streams with gaps between their numbers; stepAll and step in turn. */
  private void batches() {
    StreamBatch batch = batch();
    int[] numbers = numbers(batch);
    float[] from = new float[SEQUENCES * in];
    float[] to = new float[SEQUENCES * out];
    float[][] ys = new float[SEQUENCES][STEPS * out];
    for (int t = 0; t < STEPS; t++) {
      gather(t, from);
      if (t % 2 == 0) {
        batch.stepAll(from, to);
      } else {
        batch.step(numbers, SEQUENCES, from, to);
      }
      scatter(t, to, ys);
    }
    assertStreams(batch, ys, "batch");
  }

  private StreamBatch batch() {
    StreamBatch batch = model.newBatch(SEQUENCES + 5);
    for (int i = 0; i < SEQUENCES + 4; i++) {
      batch.add();
    }
    for (int gap : new int[] {0, 2, 3, SEQUENCES + 1}) {
      batch.remove(gap);
    }
    return batch;
  }

  private static int[] numbers(StreamBatch batch) {
    int[] numbers = new int[SEQUENCES];
    int count = 0;
    for (int number = 0; number < batch.capacity(); number++) {
      if (batch.contains(number)) {
        numbers[count++] = number;
      }
    }
    assertEquals(SEQUENCES, count);
    return numbers;
  }

  private void gather(int t, float[] to) {
    for (int s = 0; s < SEQUENCES; s++) {
      System.arraycopy(xs[s], t * in, to, s * in, in);
    }
  }

  private void scatter(int t, float[] from, float[][] to) {
    for (int s = 0; s < SEQUENCES; s++) {
      System.arraycopy(from, s * out, to[s], t * out, out);
    }
  }

  private void assertStreams(StreamBatch batch, float[][] ys, String what) {
    int[] numbers = numbers(batch);
    for (int s = 0; s < SEQUENCES; s++) {
      StreamState state = model.newState();
      batch.save(numbers[s], state);
      assertSame(s, ys[s], saved(state), what);
    }
  }

  private static TeamOptions team(int threads) {
    return TeamOptions.of(threads).withSpin(Duration.ofMillis(1));
  }

  private void pools() {
    try (StreamPool pool = new StreamPool(model, team(2))) {
      StreamBatch batch = batch();
      int[] numbers = numbers(batch);
      float[] from = new float[SEQUENCES * in];
      float[] to = new float[SEQUENCES * out];
      float[][] ys = new float[SEQUENCES][STEPS * out];
      for (int t = 0; t < STEPS; t++) {
        gather(t, from);
        if (t % 2 == 0) {
          pool.stepAll(batch, from, to);
        } else {
          pool.step(batch, numbers, SEQUENCES, from, to);
        }
        scatter(t, to, ys);
      }
      assertStreams(batch, ys, "pool");

      int[] steps = new int[SEQUENCES];
      Arrays.fill(steps, STEPS);
      StreamState[] states =
          Stream.generate(model::newState).limit(SEQUENCES).toArray(StreamState[]::new);
      float[][] ran = new float[SEQUENCES][STEPS * out];
      pool.run(states, xs, steps, ran);
      for (int s = 0; s < SEQUENCES; s++) {
        assertSame(s, ran[s], saved(states[s]), "sequences of a pool");
      }
    }
  }

  private void cores() {
    for (int count = 1; count <= 3; count++) {
      try (ModelCores cores = new ModelCores(model, team(count))) {
        for (int s = 1; s < 3; s++) {
          StreamState state = model.newState();
          float[] ys = new float[STEPS * out];
          for (int t = 0; t < STEPS; t++) {
            if (t % 3 == 1) {
              cores.prepareNext(state);
            }
            cores.step(state, xs[s], t * in, ys, t * out);
          }
          assertSame(s, ys, saved(state), count + " cores");
        }
      }
    }
  }

  /** The outputs are those of plain steps, and what was recorded follows the formulas. */
  private void traces() {
    for (int s = 0; s < 3; s++) {
      StreamState state = model.newState();
      float[] ys = new float[STEPS * out];
      GateTrace trace = model.newTrace(STEPS);
      model.run(state, xs[s], STEPS, ys, trace);
      assertSame(s, ys, saved(state), "traced");
      if (model.precision() == Precision.FP32) {
        assertFollowsTheFormulas(trace, xs[s], ys);
      }
    }
  }

  private void assertFollowsTheFormulas(GateTrace trace, float[] from, float[] ys) {
    NetworkReference reference = new NetworkReference(model.network(), from, STEPS);
    for (int t = 0; t < STEPS; t++) {
      assertNear(reference.outputs[t], Arrays.copyOfRange(ys, t * out, (t + 1) * out), "y", t);
      for (int i = 0; i < model.network().layers().size(); i++) {
        NetworkReference.Cell cell = reference.cells[i][0];
        if (model.network().layers().get(i).cell() == CellType.LSTM) {
          assertNear(gates(cell, t), recorded(trace, t, i), "gates of layer " + i, t);
          assertNear(cell.c[t], recorded(trace, t, i, Quantity.CELL), "c of layer " + i, t);
        }
        if (cell.gates[t] != null) { // of a masked timestep h may be other than what is put out
          assertNear(cell.outputs[t], recorded(trace, t, i, Quantity.HIDDEN), "h of " + i, t);
        }
      }
    }
  }

  /** A timestep that is passed over keeps c: f is 1, and nothing is let in or out. */
  private static double[] gates(NetworkReference.Cell cell, int t) {
    if (cell.gates[t] != null) {
      return cell.gates[t];
    }
    double[] kept = new double[4 * cell.c[t].length];
    Arrays.fill(kept, cell.c[t].length, 2 * cell.c[t].length, 1);
    return kept;
  }

  private float[] recorded(GateTrace trace, int t, int layer) {
    int units = model.network().layers().get(layer).hiddenSize();
    float[] gates = new float[4 * units];
    trace.copy(t, layer, Quantity.INPUT_GATE, gates, 0);
    trace.copy(t, layer, Quantity.FORGET_GATE, gates, units);
    trace.copy(t, layer, Quantity.CANDIDATE, gates, 2 * units);
    trace.copy(t, layer, Quantity.OUTPUT_GATE, gates, 3 * units);
    return gates;
  }

  private float[] recorded(GateTrace trace, int t, int layer, Quantity quantity) {
    boolean hidden = quantity == Quantity.HIDDEN;
    int size =
        hidden
            ? model.network().layers().get(layer).directionSize()
            : model.network().layers().get(layer).hiddenSize();
    float[] values = new float[size];
    trace.copy(t, layer, quantity, values, 0);
    return values;
  }

  /** To single precision, through three layers and sixty timesteps. */
  private static void assertNear(double[] expected, float[] found, String what, int t) {
    assertEquals(expected.length, found.length, what);
    for (int i = 0; i < expected.length; i++) {
      double tolerance = 1e-5 * (1 + Math.abs(expected[i]));
      assertEquals(expected[i], found[i], tolerance, what + ", " + i + " of timestep " + t);
    }
  }
}
