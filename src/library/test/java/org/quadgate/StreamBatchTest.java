// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.quadgate.network.Architecture;
import org.quadgate.network.WeightArrays;
import org.quadgate.options.ModelOptions;
import org.quadgate.options.Precision;

/** A batch against single steps, bit by bit, and what it refuses. */
class StreamBatchTest {
  static List<Architecture> configs() {
    return Shapes.awkward();
  }

  @ParameterizedTest
  @MethodSource("configs")
  void aBatchGivesTheBitsOfSingleSteps(Architecture config) {
    WeightArrays weights = Shapes.weights(config);
    for (Precision precision : Precision.values()) {
      Model model = Model.of(weights.toNetwork(), ModelOptions.DEFAULT.withPrecision(precision));
      for (int count : new int[] {1, 2, 5, 6, 7, 48, 50, 97, 200}) {
        compare(model, count, precision + ", " + count + " streams");
      }
      Model scalar =
          Model.of(
              weights.toNetwork(),
              ModelOptions.DEFAULT.withPrecision(precision).withScalarKernels());
      compare(scalar, 9, precision + ", scalar");
    }
  }

  /**
   * Beyond 768 KiB tiles read in the next panel; the last is a quarter, a half or the whole of one.
   */
  @ParameterizedTest
  @ValueSource(ints = {260, 264, 272})
  void weightsThatAreReadAheadGiveTheSameBits(int hidden) {
    assertTrue(4L * hidden * (3 + hidden) * Float.BYTES > 3 << 18);
    Model model =
        Model.of(RandomWeights.of(Architecture.builder(3).lstm(hidden).build(), 1).toNetwork());
    for (int count : new int[] {1, 5, 47, 48, 96, 97}) {
      compare(model, count, count + " streams");
    }
    float[] xs = RandomWeights.inputs(96 * 3, 1);
    float[] found = new float[96 * hidden];
    model.run(model.newState(), xs, 96, found);
    float[] expected = new float[found.length];
    StreamState state = model.newState();
    for (int t = 0; t < 96; t++) {
      model.step(state, xs, 3 * t, expected, hidden * t);
    }
    assertArrayEquals(expected, found);
  }

  private static void compare(Model model, int count, String what) {
    int in = model.inputSize();
    int out = model.outputSize();
    Random random = new Random(count);
    StreamBatch batch = model.newBatch(count + 3);
    StreamState[] states =
        Stream.generate(model::newState).limit(count).toArray(StreamState[]::new);
    for (int s = 0; s < count; s++) {
      assertEquals(s, batch.add());
    }
    int[] streams = IntStream.range(0, count).toArray();
    float[] ys = new float[count * out];
    float[] expected = new float[ys.length];
    for (int call = 0; call < 4; call++) {
      Arrays.fill(ys, 0);
      Arrays.fill(expected, 0);
      float[] xs = RandomWeights.inputs(count * in, call);
      int some = count;
      if (call % 2 == 0) {
        batch.stepAll(xs, ys);
        Arrays.setAll(streams, s -> s);
      } else {
        shuffle(streams, random);
        some = 1 + random.nextInt(count);
        batch.step(streams, some, xs, ys);
      }
      for (int row = 0; row < some; row++) {
        model.step(states[streams[row]], xs, row * in, expected, row * out);
      }
      assertArrayEquals(expected, ys, what + ", call " + call);
    }
    for (int s = 0; s < count; s++) {
      assertArrayEquals(saved(states[s]), saved(batch, s), what + ", state of stream " + s);
    }
  }

  private static void shuffle(int[] values, Random random) {
    for (int i = values.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int kept = values[i];
      values[i] = values[j];
      values[j] = kept;
    }
  }

  private static float[] saved(StreamState state) {
    float[] floats = new float[state.size()];
    state.save(floats, 0);
    return floats;
  }

  private static float[] saved(StreamBatch batch, int stream) {
    StreamState state = batch.model().newState();
    batch.save(stream, state);
    return saved(state);
  }

  private static Model small() {
    return Model.of(
        Shapes.weights(Architecture.builder(3).lstm(5).rnn(7).linear(2).build()).toNetwork());
  }

  @Test
  void streamsComeAndGo() {
    Model model = small();
    StreamBatch batch = model.newBatch(130);
    for (int s = 0; s < 130; s++) {
      assertEquals(s, batch.add());
    }
    assertEquals(130, batch.size());
    var full = assertThrows(IllegalStateException.class, batch::add);
    assertTrue(full.getMessage().contains("all 130 streams"), full.getMessage());
    batch.stepAll(new float[390], new float[260]);
    for (int s : new int[] {129, 0, 64}) {
      batch.remove(s);
      assertFalse(batch.contains(s));
    }
    assertEquals(127, batch.size());
    assertEquals(0, batch.add());
    assertArrayEquals(saved(model.newState()), saved(batch, 0), "born at the initial state");
    assertEquals(64, batch.add());
    batch.grow(200);
    assertEquals(200, batch.capacity());
    assertEquals(129, batch.add());
    assertEquals(130, batch.add());
    assertEquals(131, batch.size());
  }

  @Test
  void statesAreCopiedResetSavedAndRestored() {
    Model model = small();
    StreamBatch batch = model.newBatch(2);
    int a = batch.add();
    int b = batch.add();
    float[] xs = RandomWeights.inputs(6, 3);
    float[] ys = new float[4];
    batch.stepAll(xs, ys);
    float[] ofA = saved(batch, a);
    float[] ofB = saved(batch, b);
    assertFalse(Arrays.equals(ofA, ofB));
    batch.copy(a, b);
    assertArrayEquals(ofA, saved(batch, b));
    assertArrayEquals(ofA, saved(batch, a));
    batch.grow(70);
    assertArrayEquals(ofA, saved(batch, b), "growing keeps states");
    StreamState state = model.newState();
    state.restore(ofB, 0);
    model.prepareNext(state);
    batch.restore(b, state);
    assertArrayEquals(ofB, saved(batch, b));
    batch.reset(a);
    assertArrayEquals(saved(model.newState()), saved(batch, a));
    assertArrayEquals(ofB, saved(batch, b));

    // a prepared state is not taken for the saved one's
    model.prepareNext(state);
    batch.save(a, state);
    float[] y = new float[2];
    float[] expected = new float[2];
    model.step(state, Arrays.copyOf(xs, 3), y);
    model.step(model.newState(), Arrays.copyOf(xs, 3), expected);
    assertArrayEquals(expected, y);
  }

  @Test
  void refusalsChangeNothing() {
    Model model = small();
    StreamBatch batch = model.newBatch(4);
    float[] xs = RandomWeights.inputs(12, 3);
    float[] ys = new float[8];
    assertThrows(IllegalStateException.class, () -> batch.stepAll(xs, ys), "no streams");
    for (int s = 0; s < 4; s++) {
      batch.add();
    }
    batch.stepAll(xs, ys);
    batch.remove(2);
    float[][] before = {saved(batch, 0), saved(batch, 1), saved(batch, 3)};
    float[] answered = ys.clone();
    assertRefused("no stream 2", () -> batch.step(new int[] {0, 2}, 2, xs, ys));
    assertRefused("no stream 4", () -> batch.step(new int[] {0, 4}, 2, xs, ys));
    assertRefused("no stream -1", () -> batch.step(new int[] {0, -1}, 2, xs, ys));
    assertRefused(
        "stream 1 is named twice, again at 2", () -> batch.step(new int[] {1, 0, 1}, 3, xs, ys));
    assertRefused("count is 0", () -> batch.step(new int[] {1, 0, 1}, 0, xs, ys));
    assertRefused("count is 3", () -> batch.step(new int[] {1, 0}, 3, xs, ys));
    assertRefused(
        "length of xs is 5, expected at least 2 rows of 3",
        () -> batch.step(new int[] {1, 0}, 2, new float[5], ys));
    assertRefused("length of ys", () -> batch.step(new int[] {1, 0}, 2, xs, new float[3]));
    assertRefused("length of ys", () -> batch.stepAll(xs, new float[5]));
    assertRefused("no stream 2", () -> batch.remove(2));
    assertRefused("no stream 2", () -> batch.reset(2));
    assertRefused("no stream 2", () -> batch.copy(2, 1));
    assertRefused("no stream 2", () -> batch.copy(1, 2));
    assertRefused("no stream 2", () -> batch.save(2, model.newState()));
    assertRefused("no stream 2", () -> batch.restore(2, model.newState()));
    assertRefused("another model", () -> batch.save(1, small().newState()));
    assertRefused("another model", () -> batch.restore(1, small().newState()));
    assertRefused("capacity is 4 already", () -> batch.grow(3));
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, 3e38f}) {
      float[] poisoned = xs.clone();
      poisoned[4] = bad;
      var e =
          assertThrows(
              RefusedInputException.class, () -> batch.step(new int[] {3, 1, 0}, 3, poisoned, ys));
      assertEquals(1, e.row());
      assertEquals(1, e.index());
      assertEquals(bad, e.value());
      assertTrue(e.getMessage().contains("row 1: input 1 is " + bad), e.getMessage());
      assertThrows(RefusedInputException.class, () -> batch.stepAll(poisoned, ys));
      // beyond the rows that count, anything may stand
      poisoned[4] = 0;
      poisoned[9] = bad;
      StreamBatch other = model.newBatch(3);
      other.add();
      other.step(new int[] {0}, 1, poisoned, new float[8]);
    }
    assertArrayEquals(before[0], saved(batch, 0));
    assertArrayEquals(before[1], saved(batch, 1));
    assertArrayEquals(before[2], saved(batch, 3));
    assertArrayEquals(answered, ys);
    batch.step(new int[] {1, 0, 3}, 3, xs, ys);
    batch.step(new int[] {1, 3, 0}, 3, xs, ys);
  }

  @Test
  void inputsWithoutStandardisationAreCheckedTheSameWay() {
    Model model =
        Model.of(RandomWeights.of(Architecture.builder(4).lstm(6).build(), 1).toNetwork());
    Model trusting =
        Model.of(
            RandomWeights.of(Architecture.builder(4).lstm(6).build(), 1).toNetwork(),
            ModelOptions.DEFAULT.withTrustedInputs());
    StreamBatch batch = model.newBatch(2);
    StreamBatch trusted = trusting.newBatch(2);
    for (StreamBatch each : List.of(batch, trusted)) {
      each.add();
      each.add();
    }
    float[] ys = new float[12];
    for (float bad : new float[] {-Float.NaN, Float.NEGATIVE_INFINITY, -3.3e38f}) {
      float[] xs = {1, 2, 3, 4, 5, 6, bad, 8};
      var e = assertThrows(RefusedInputException.class, () -> batch.stepAll(xs, ys));
      assertEquals(1, e.row());
      assertEquals(2, e.index());
    }
    trusted.stepAll(new float[] {1, 2, 3, 4, 5, 6, Float.NaN, 8}, ys);
    assertTrue(Float.isFinite(ys[0]), "one stream's NaN stays in it");
    assertTrue(Float.isNaN(ys[6]));
  }

  @Test
  void capacityBeyondMemoryIsRefusedWithItsBytes() {
    Model model = Model.of(new WeightArrays(Architecture.builder(1).lstm(256).build()).toNetwork());
    // 2·256 floats and two bits
    long bytes = 8_000_000L * 2048 + 2_000_000;
    assertRefused("8000000 streams need " + bytes + " bytes", () -> model.newBatch(8_000_000));
    StreamBatch batch = model.newBatch(1);
    int a = batch.add();
    assertRefused("streams need more than", () -> batch.grow(Integer.MAX_VALUE));
    assertRefused(" bytes, more than", () -> batch.grow(8_000_000));
    assertEquals(1, batch.capacity());
    batch.step(new int[] {a}, 1, new float[1], new float[256]);
    assertRefused("capacity is 0", () -> model.newBatch(0));
  }

  @Test
  void aStreamTakesItsStatesFloatsAndLittleMore() {
    for (Architecture config : Shapes.awkward()) {
      Model model = Model.of(RandomWeights.of(config, 1).toNetwork());
      StreamBatch batch = model.newBatch(5000);
      int header = 3; // that a saved state begins with
      int own = 4 * (model.newState().size() - header);
      assertTrue(batch.bytesPerStream() >= own);
      assertTrue(batch.bytesPerStream() <= 1.25 * own, config.describe());
    }
  }

  @Test
  void warmingUpLeavesTheStreamsAsTheyAre() {
    Model model = Model.of(Shapes.weights(Shapes.awkward().get(1)).toNetwork());
    StreamBatch batch = model.newBatch(3);
    int stream = batch.add();
    float[] xs = RandomWeights.inputs(model.inputSize(), 1);
    batch.stepAll(xs, new float[model.outputSize()]);
    float[] before = saved(batch, stream);
    batch.warmUp();
    assertEquals(1, batch.size());
    assertArrayEquals(before, saved(batch, stream));
  }

  @Test
  void aSecondThreadIsCaught() throws InterruptedException {
    StreamBatch batch = small().newBatch(2);
    int a = batch.add();
    Thread other = new Thread(batch::enter);
    other.start();
    other.join();
    int[] streams = {a};
    float[] xs = new float[6];
    float[] ys = new float[4];
    assertThrows(AssertionError.class, () -> batch.step(streams, 1, xs, ys));
    assertThrows(AssertionError.class, () -> batch.stepAll(xs, ys));
    assertThrows(AssertionError.class, batch::add);
    assertThrows(AssertionError.class, () -> batch.remove(a));
    assertThrows(AssertionError.class, () -> batch.reset(a));
  }

  private static void assertRefused(String part, org.junit.jupiter.api.function.Executable call) {
    var e = assertThrows(IllegalArgumentException.class, call);
    assertTrue(e.getMessage().contains(part), e.getMessage());
  }
}
