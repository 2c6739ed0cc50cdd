// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.quadgate.Kinds.Kind;
import org.quadgate.network.Architecture;
import org.quadgate.network.Network;
import org.quadgate.network.Scaling;
import org.quadgate.network.WeightArrays;
import org.quadgate.options.ModelOptions;
import org.quadgate.options.Precision;
import org.quadgate.options.TeamOptions;

/** Which inputs are refused: the same ones by every verb, those that would overflow, no others. */
class RefusedInputTest {
  private static final int STEPS = 5;

  /** Where the input that counts stands. */
  private static final int ROW = 3;

  private static final int INDEX = 1;

  static Stream<Arguments> networks() {
    List<String> names = List.of("plain", "in place", "hard_sigmoid", "projected", "masked");
    return Stream.concat(Kinds.steppable().stream(), Kinds.backwards().stream())
        .filter(k -> names.contains(k.name()) || k.name().endsWith("EACH"))
        .flatMap(kind -> Stream.of(Precision.values()).map(p -> Arguments.of(kind, p)));
  }

  private static Model model(Network network, Precision precision) {
    return Model.of(network, ModelOptions.DEFAULT.withPrecision(precision));
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("networks")
  void everyVerbRefusesTheSameInputs(Kind kind, Precision precision) {
    Model model = model(kind.network(), precision);
    int in = model.inputSize();
    float limit = limit(model);
    float mean = kind.network().inputScaling().mean()[INDEX];
    float std = kind.network().inputScaling().std()[INDEX];
    float good = std * limit * 0.999f + mean;
    float beyond = std * limit * 1.001f + mean;
    for (float value :
        new float[] {
          good, -good, 1e20f, beyond, -beyond, 2e38f, -2e38f, Float.NaN, Float.NEGATIVE_INFINITY
        }) {
      float[] xs = RandomWeights.inputs(STEPS * in, 1);
      xs[ROW * in + INDEX] = value;
      float standardised = (value - mean) / std;
      boolean refused = !(Math.abs(standardised) <= limit);
      for (Verb verb : verbs(model)) {
        if (refused) {
          float[] ys = new float[STEPS * model.outputSize()];
          var e =
              assertThrows(
                  RefusedInputException.class, () -> verb.run(xs, ys), verb.name + ", " + value);
          assertEquals(INDEX, e.index(), verb.name);
          assertEquals(value, e.value(), verb.name);
          assertEquals(verb.single ? 0 : ROW, e.row(), verb.name);
          String where = verb.single ? "input 1 is " : "row 3: input 1 is ";
          assertEquals(
              where + value + ", expected a finite number of magnitude up to " + limit,
              e.getMessage());
          assertArrayEquals(new float[ys.length], ys, verb.name + " wrote outputs");
          for (StreamState state : verb.states) {
            assertArrayEquals(saved(model.newState()), saved(state), verb.name);
          }
        } else {
          float[] ys = new float[STEPS * model.outputSize()];
          verb.run(xs, ys);
          for (float y : ys) {
            assertTrue(Float.isFinite(y), verb.name + ", " + value);
          }
        }
      }
    }
  }

  /** The limit is what a refusal names. */
  private static float limit(Model model) {
    float[] xs = new float[model.inputSize()];
    xs[0] = Float.NaN;
    float[] ys = new float[model.outputRows(1) * model.outputSize()];
    var e = assertThrows(RefusedInputException.class, () -> model.run(xs, 1, ys));
    return Float.parseFloat(e.getMessage().substring(e.getMessage().lastIndexOf(' ') + 1));
  }

  private interface Work {
    void run(float[] xs, float[] ys);
  }

  /**
   * A way of handing in five rows of inputs.
   *
   * @param single whether it takes one timestep, the fourth row, and so names no row
   * @param states those that must stay as new ones are
   */
  private record Verb(String name, boolean single, List<StreamState> states, Work work) {
    void run(float[] xs, float[] ys) {
      work.run(xs, ys);
    }
  }

  private static List<Verb> verbs(Model model) {
    int in = model.inputSize();
    int out = model.outputSize();
    List<StreamState> none = List.of();
    List<Verb> whole =
        List.of(
            new Verb("run", false, none, (xs, ys) -> model.run(xs, STEPS, ys)),
            new Verb(
                "run of one of many",
                false,
                none,
                (xs, ys) -> model.run(xs, STEPS, 1, new int[] {STEPS}, ys)),
            new Verb("run of a batch", false, none, (xs, ys) -> model.run(xs, 1, STEPS, null, ys)));
    if (model.whyNotStep().isPresent()) {
      return whole;
    }
    StreamState s = model.newState();
    List<StreamState> state = List.of(s);
    int at = ROW * in;
    return Stream.concat(
            whole.stream(),
            Stream.of(
                new Verb("run of a state", false, state, (xs, ys) -> model.run(s, xs, STEPS, ys)),
                new Verb(
                    "traced run",
                    false,
                    state,
                    (xs, ys) -> model.run(s, xs, STEPS, ys, model.newTrace(STEPS))),
                new Verb(
                    "step", true, state, (xs, ys) -> model.step(s, row(xs, in), new float[out])),
                new Verb(
                    "traced step",
                    true,
                    state,
                    (xs, ys) -> model.step(s, row(xs, in), new float[out], model.newTrace(1))),
                new Verb("step at", true, state, (xs, ys) -> model.step(s, xs, at, ys, 0)),
                new Verb(
                    "segments",
                    true,
                    state,
                    (xs, ys) ->
                        model.step(
                            s,
                            MemorySegment.ofArray(row(xs, in)),
                            MemorySegment.ofArray(new float[out]))),
                new Verb(
                    "window",
                    true,
                    none,
                    (xs, ys) -> model.newWindow(3).step(row(xs, in), new float[out])),
                new Verb("batch", false, none, (xs, ys) -> full(model).stepAll(xs, ys)),
                new Verb(
                    "some of a batch",
                    false,
                    none,
                    (xs, ys) -> full(model).step(new int[] {4, 2, 0, 3, 1}, STEPS, xs, ys)),
                new Verb("pool", false, state, (xs, ys) -> pooled(model, s, xs, ys)),
                new Verb(
                    "cores",
                    true,
                    state,
                    (xs, ys) -> {
                      try (ModelCores cores = new ModelCores(model, team())) {
                        cores.step(s, xs, at, ys, 0);
                      }
                    })))
        .toList();
  }

  private static float[] row(float[] xs, int in) {
    return Arrays.copyOfRange(xs, ROW * in, (ROW + 1) * in);
  }

  private static TeamOptions team() {
    return TeamOptions.of(2).withSpin(Duration.ofMillis(1));
  }

  private static void pooled(Model model, StreamState state, float[] xs, float[] ys) {
    try (StreamPool pool = new StreamPool(model, team())) {
      pool.stepAll(full(model), xs, ys);
      Arrays.fill(ys, 0);
      pool.run(
          new StreamState[] {state}, new float[][] {xs}, new int[] {STEPS}, new float[][] {ys});
    } catch (RefusedInputException e) {
      // a sequence is refused as well as the streams were
      StreamState[] states = {state};
      try (StreamPool pool = new StreamPool(model, team())) {
        assertThrows(
            RefusedInputException.class,
            () -> pool.run(states, new float[][] {xs}, new int[] {STEPS}, new float[][] {ys}));
      }
      throw e;
    }
  }

  private static StreamBatch full(Model model) {
    StreamBatch batch = model.newBatch(STEPS);
    for (int i = 0; i < STEPS; i++) {
      batch.add();
    }
    return batch;
  }

  private static float[] saved(StreamState state) {
    float[] floats = new float[state.size()];
    state.save(floats, 0);
    return floats;
  }

  /**
   * Up to the very limit one input saturates the gates, at every precision on the same side: a sum
   * of 8 bits that overflowed would be on the other one, or NaN. Weights are far enough from zero
   * to be more than none in 8 bits.
   */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void whatIsAcceptedComesOutRight(Precision precision) {
    for (Architecture.Builder sizes : sizes()) {
      WeightArrays weights = RandomWeights.scaled(sizes.build(), 3, 2);
      for (WeightArrays.Recurrent layer : weights.layers()) {
        for (float[] matrix : List.of(layer.input, layer.recurrent)) {
          for (int i = 0; i < matrix.length; i++) {
            matrix[i] += Math.copySign(0.2f, matrix[i]);
          }
        }
      }
      Model exact = model(weights.toNetwork(), Precision.FP32);
      Model model = model(weights.toNetwork(), precision);
      float limit = limit(model);
      float[] xs = new float[model.inputSize()];
      float[] ys = new float[model.outputSize()];
      float[] expected = new float[ys.length];
      for (float size : new float[] {1e10f, 1e20f, limit / 4, Math.nextDown(limit), limit}) {
        for (int k = 0; k < 2 * xs.length; k++) {
          Arrays.fill(xs, 0);
          xs[k / 2] = k % 2 == 0 ? size : -size;
          exact.step(exact.newState(), xs, expected);
          model.step(model.newState(), xs, ys);
          // sums of the layers above, whose inputs are 1 at most, differ by what 8 bits lose
          assertArrayEquals(expected, ys, 0.05f, precision + ", inputs of " + size);
        }
      }
    }
  }

  private static List<Architecture.Builder> sizes() {
    return List.of(
        Architecture.builder(2).lstm(20),
        Architecture.builder(9).lstm(33).lstm(17).linear(3),
        Architecture.builder(40).rnn(64).linear(2));
  }

  /** All inputs at the limit, with the signs at which a sum is largest or nearly cancels. */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void whatIsAcceptedStaysFinite(Precision precision) {
    for (Architecture.Builder sizes : sizes()) {
      Network network = RandomWeights.scaled(sizes.build(), 3, 2).toNetwork();
      Model model = model(network, precision);
      float limit = limit(model);
      assertTrue(limit > 1e24f, precision + " accepts up to " + limit + " only");
      int in = model.inputSize();
      float[] w = network.layers().getFirst().directions().getFirst().input();
      float[] xs = new float[in];
      float[] ys = new float[model.outputSize()];
      for (int row = 0; row < w.length / in; row++) {
        StreamState state = model.newState();
        for (int t = 0; t < 3; t++) {
          for (int k = 0; k < in; k++) {
            float sign = t == 1 && k % 2 == 0 ? -w[row * in + k] : w[row * in + k];
            xs[k] = Math.copySign(limit, sign);
          }
          model.step(state, xs, ys);
          for (float y : ys) {
            assertTrue(Float.isFinite(y));
          }
        }
      }
      float[] sequence = new float[ys.length];
      model.run(xs, 1, sequence);
      StreamBatch batch = model.newBatch(1);
      batch.add();
      float[] batched = new float[ys.length];
      batch.stepAll(xs, batched);
      model.step(model.newState(), xs, ys);
      assertArrayEquals(ys, sequence);
      assertArrayEquals(ys, batched);
      xs[in - 1] = Math.nextUp(limit);
      assertThrows(RefusedInputException.class, () -> model.step(model.newState(), xs, ys.clone()));
    }
  }

  /** Each precision forms its sums of other numbers, so each has a limit of its own. */
  @Test
  void theLimitDependsOnThePrecision() {
    WeightArrays weights = RandomWeights.scaled(Architecture.builder(4).lstm(16).build(), 3, 8);
    Network network = weights.toNetwork();
    float fp32 = limit(model(network, Precision.FP32));
    assertEquals(fp32, limit(model(network, Precision.BF16)));
    assertTrue(limit(model(network, Precision.INT8)) < 1e-6f * fp32);
  }

  /**
   * Without the limit, inputs of 8 bits do overflow: the sums are formed before they are scaled.
   */
  @Test
  void beyondTheLimitEightBitsWouldOverflow() {
    Network network =
        RandomWeights.scaled(Architecture.builder(4).lstm(16).build(), 3, 8).toNetwork();
    Model exact = Model.of(network);
    Model model =
        Model.of(network, ModelOptions.DEFAULT.withPrecision(Precision.INT8).withTrustedInputs());
    float[] x = {1e36f, -1e36f, 1e36f, 1e36f}; // 32-bit floats take that well
    float[] y = new float[16];
    float[] expected = new float[16];
    exact.step(exact.newState(), x, expected);
    model.step(model.newState(), x, y);
    boolean right = true;
    for (int i = 0; i < y.length; i++) {
      right &= Math.abs(expected[i] - y[i]) < 0.05;
    }
    assertFalse(right, Arrays.toString(expected) + Arrays.toString(y));
  }

  /** Weights whose sums overflow whatever the inputs are: no model at all. */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void weightsThatOverflowAreRefused(Precision precision) {
    WeightArrays weights = RandomWeights.of(Architecture.builder(3).lstm(5).lstm(4).build(), 1);
    float[] recurrent = weights.layers().getLast().recurrent;
    recurrent[7] = 3e38f;
    refused("layer 1 row 1", () -> model(weights.toNetwork(), precision));
    recurrent[7] = 0;
    weights.layers().getLast().input[0] = -3e38f;
    refused("layer 1 row 0", () -> model(weights.toNetwork(), precision));
  }

  private static void refused(String part, Executable call) {
    var e = assertThrows(IllegalArgumentException.class, call);
    assertTrue(e.getMessage().contains(part), e.getMessage());
    assertTrue(e.getMessage().contains("sums overflow"), e.getMessage());
  }

  /** Standardisation may overflow where the input itself does not, and the other way round. */
  @Test
  void theLimitIsOfStandardisedInputs() {
    Network plain = RandomWeights.of(Architecture.builder(2).lstm(5).build(), 1).toNetwork();
    Network narrow =
        plain.toBuilder()
            .inputScaling(new Scaling(new float[2], new float[] {1e-10f, 1e-10f}))
            .build();
    Model model = Model.of(narrow);
    float[] y = new float[5];
    StreamState state = model.newState();
    model.step(state, new float[] {1e27f, -1e27f}, y);
    float[] before = saved(state);
    for (float x : new float[] {1e29f, -3e38f}) {
      var e =
          assertThrows(RefusedInputException.class, () -> model.step(state, new float[] {1, x}, y));
      assertEquals(x, e.value());
      float[] two = {1, x};
      assertThrows(RefusedInputException.class, () -> model.run(state, two, 1, new float[5]));
    }
    assertArrayEquals(before, saved(state));
  }
}
