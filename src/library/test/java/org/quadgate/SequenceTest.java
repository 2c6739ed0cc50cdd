// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.quadgate.network.Architecture;
import org.quadgate.network.WeightArrays;
import org.quadgate.options.ModelOptions;
import org.quadgate.options.Precision;

/** Whole sequences against single steps, bit by bit. */
class SequenceTest {
  static List<Architecture> configs() {
    return Shapes.awkward();
  }

  @ParameterizedTest
  @MethodSource("configs")
  void aSequenceGivesTheBitsOfItsSteps(Architecture config) {
    WeightArrays weights = Shapes.weights(config);
    for (Precision precision : Precision.values()) {
      Model model = Model.of(weights.toNetwork(), ModelOptions.DEFAULT.withPrecision(precision));
      Model scalar =
          Model.of(
              weights.toNetwork(),
              ModelOptions.DEFAULT.withPrecision(precision).withScalarKernels());
      StreamState stepped = scalar.newState();
      StreamState ran = model.newState();
      StreamState scalarRan = scalar.newState();
      int in = config.inputSize();
      int out = config.outputSize();
      for (int steps : new int[] {1, 2, 5, 48, 1, 49, 101}) {
        String what = precision + ", " + steps + " steps";
        float[] xs = RandomWeights.inputs(steps * in, steps);
        float[] expected = new float[steps * out + 1];
        for (int t = 0; t < steps; t++) {
          scalar.step(stepped, xs, t * in, expected, t * out);
        }
        float[] found = new float[expected.length];
        if (steps % 2 == 0) {
          model.prepareNext(ran);
        }
        model.run(ran, xs, steps, found);
        assertArrayEquals(expected, found, what);
        assertSameState(stepped, ran, what);
        if (steps <= 5) {
          scalar.run(scalarRan, xs, steps, found);
          assertArrayEquals(expected, found, "scalar, " + what);
          assertSameState(stepped, scalarRan, what);
        }
        scalarRan.restore(saved(stepped), 0);
        // and a single step goes on from where the sequence ended
        scalar.step(stepped, xs, 0, expected, 0);
        scalar.step(scalarRan, xs, 0, found, 0);
        model.step(ran, xs, 0, found, 0);
        assertArrayEquals(expected, found, "the step after " + what);
      }
    }
  }

  private static float[] saved(StreamState state) {
    float[] floats = new float[state.size()];
    state.save(floats, 0);
    return floats;
  }

  private static void assertSameState(StreamState expected, StreamState found, String what) {
    assertArrayEquals(saved(expected), saved(found), what);
  }

  @Test
  void outputsMayReplaceInputsOfTheSameSize() {
    Model model =
        Model.of(RandomWeights.of(Architecture.builder(20).lstm(20).build(), 1).toNetwork());
    float[] xs = RandomWeights.inputs(100 * 20, 1);
    float[] expected = new float[xs.length];
    model.run(model.newState(), xs, 100, expected);
    model.run(model.newState(), xs, 100, xs);
    assertArrayEquals(expected, xs);
  }

  @Test
  void aBadTimestepLeavesTheStateAsItWas() {
    Model model = Model.of(Shapes.weights(Architecture.builder(3).lstm(13).build()).toNetwork());
    StreamState state = model.newState();
    float[] ys = new float[100 * 13];
    model.run(state, RandomWeights.inputs(300, 1), 100, ys);
    float[] before = saved(state);
    float[] answered = ys.clone();
    for (float bad : new float[] {Float.NaN, Float.NEGATIVE_INFINITY, 3e38f}) {
      float[] xs = RandomWeights.inputs(300, 2);
      xs[70 * 3 + 1] = bad;
      var e = assertThrows(RefusedInputException.class, () -> model.run(state, xs, 100, ys));
      assertEquals(70, e.row());
      assertEquals(1, e.index());
      assertEquals(bad, e.value());
      assertTrue(e.getMessage().contains("row 70: input 1 is " + bad), e.getMessage());
      assertArrayEquals(before, saved(state));
      assertArrayEquals(answered, ys);
      model.run(state, xs, 70, new float[70 * 13]);
      state.restore(before, 0);
    }
  }

  @Test
  void refusesWrongLengthsAndForeignStates() {
    Architecture config = Architecture.builder(3).lstm(5).linear(2).build();
    Model model = Model.of(RandomWeights.of(config, 1).toNetwork());
    Model twin = Model.of(RandomWeights.of(config, 1).toNetwork());
    StreamState state = model.newState();
    float[] xs = new float[30];
    float[] ys = new float[20];
    assertRefused("steps is 0", () -> model.run(state, xs, 0, ys));
    assertRefused("steps is -1", () -> model.run(state, xs, -1, ys));
    assertRefused(
        "length of xs is 30, expected at least 11 rows of 3", () -> model.run(state, xs, 11, ys));
    assertRefused(
        "length of ys is 19, expected at least 10 rows of 2",
        () -> model.run(state, xs, 10, new float[19]));
    assertRefused("expected at least", () -> model.run(state, xs, Integer.MAX_VALUE, ys));
    assertRefused("another model", () -> model.run(twin.newState(), xs, 10, ys));
    assertArrayEquals(saved(model.newState()), saved(state));
    assertTrue(Arrays.equals(new float[20], ys));
  }

  private static void assertRefused(String part, org.junit.jupiter.api.function.Executable call) {
    var e = assertThrows(IllegalArgumentException.class, call);
    assertTrue(e.getMessage().contains(part), e.getMessage());
  }
}
