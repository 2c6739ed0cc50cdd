// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.quadgate.network.Architecture;
import org.quadgate.network.WeightArrays;
import org.quadgate.options.ModelOptions;
import org.quadgate.options.Precision;

/** Sliding windows against a new state run over each window, bit by bit. */
class SlidingWindowTest {
  private static final int TICKS = 130;

  static List<Architecture> configs() {
    return Shapes.awkward();
  }

  /** The last output of a new state that steps over ticks (from, to]. */
  private static float[] recomputed(Model model, float[] xs, int from, int to) {
    int in = model.inputSize();
    float[] y = new float[model.outputSize()];
    StreamState state = model.newState();
    for (int t = from; t < to; t++) {
      model.step(state, xs, t * in, y, 0);
    }
    return y;
  }

  @ParameterizedTest
  @MethodSource("configs")
  void eachTickGivesTheBitsOfItsWindowRecomputed(Architecture config) {
    WeightArrays weights = Shapes.weights(config);
    int in = config.inputSize();
    float[] xs = RandomWeights.inputs(TICKS * in, 3);
    for (Precision precision : Precision.values()) {
      Model model = Model.of(weights.toNetwork(), ModelOptions.DEFAULT.withPrecision(precision));
      Model scalar =
          Model.of(
              weights.toNetwork(),
              ModelOptions.DEFAULT.withPrecision(precision).withScalarKernels());
      for (int length : new int[] {1, 2, 3, 8, 110}) {
        SlidingWindow window = model.newWindow(length);
        assertEquals(0, window.size());
        float[] y = new float[config.outputSize()];
        for (int t = 0; t < TICKS; t++) {
          float[] x = Arrays.copyOfRange(xs, t * in, (t + 1) * in);
          window.step(x, y);
          int from = Math.max(0, t + 1 - length);
          assertEquals(t + 1 - from, window.size());
          if (t < 5 || t % 23 == 0 || t == length || (length < 4 && t < 30)) {
            String what = precision + ", " + length + " long, tick " + t;
            assertArrayEquals(recomputed(scalar, xs, from, t + 1), y, what);
          }
          if (t % 3 != 0) {
            window.prepareNext(); // at other ticks the next step has to do it
            window.prepareNext();
            assertEquals(t + 1 - from, window.size());
          }
        }
      }
    }
  }

  @Test
  void aWindowIsNotTheWholeStream() {
    Model model = Model.of(Shapes.weights(Architecture.builder(2).lstm(9).build()).toNetwork());
    float[] xs = RandomWeights.inputs(40, 1);
    SlidingWindow window = model.newWindow(5);
    float[] y = new float[9];
    for (int t = 0; t < 20; t++) {
      window.step(Arrays.copyOfRange(xs, 2 * t, 2 * t + 2), y);
    }
    assertFalse(Arrays.equals(recomputed(model, xs, 0, 20), y), "the start would not matter");
    assertFalse(Arrays.equals(recomputed(model, xs, 14, 20), y), "one more would not matter");
    assertFalse(Arrays.equals(recomputed(model, xs, 16, 20), y), "one less would not matter");
    assertArrayEquals(recomputed(model, xs, 15, 20), y);
  }

  @Test
  void resetForgetsAllTicks() {
    Model model = Model.of(Shapes.weights(Architecture.builder(2).lstm(9).build()).toNetwork());
    float[] xs = RandomWeights.inputs(40, 1);
    SlidingWindow window = model.newWindow(4);
    float[] y = new float[9];
    for (int ticks : new int[] {1, 3, 4, 11}) {
      for (int t = 0; t < ticks; t++) {
        window.step(Arrays.copyOfRange(xs, 2 * t, 2 * t + 2), y);
        window.prepareNext();
      }
      window.reset();
      assertEquals(0, window.size());
      window.step(Arrays.copyOfRange(xs, 0, 2), y);
      assertArrayEquals(recomputed(model, xs, 0, 1), y, "after " + ticks);
    }
  }

  @Test
  void aRefusedTickHasNotHappened() {
    Model model = Model.of(Shapes.weights(Architecture.builder(2).lstm(9).build()).toNetwork());
    float[] xs = RandomWeights.inputs(40, 1);
    SlidingWindow window = model.newWindow(4);
    float[] y = new float[9];
    for (int t = 0; t < 15; t++) {
      assertThrows(
          RefusedInputException.class, () -> window.step(new float[] {0, Float.NaN}, y.clone()));
      assertThrows(IllegalArgumentException.class, () -> window.step(new float[3], y.clone()));
      assertThrows(IllegalArgumentException.class, () -> window.step(new float[2], new float[8]));
      window.step(Arrays.copyOfRange(xs, 2 * t, 2 * t + 2), y);
      assertArrayEquals(recomputed(model, xs, Math.max(0, t - 3), t + 1), y, "tick " + t);
    }
    assertThrows(IllegalArgumentException.class, () -> model.newWindow(0));
    assertThrows(IllegalArgumentException.class, () -> model.newWindow(-3));
    assertThrows(IllegalArgumentException.class, () -> model.newWindow(Integer.MAX_VALUE));
  }

  @Test
  void outputsMayReplaceInputs() {
    Model model = Model.of(Shapes.weights(Architecture.builder(9).lstm(9).build()).toNetwork());
    float[] xs = RandomWeights.inputs(90, 1);
    SlidingWindow window = model.newWindow(4);
    for (int t = 0; t < 10; t++) {
      float[] xy = Arrays.copyOfRange(xs, 9 * t, 9 * t + 9);
      window.step(xy, xy);
      assertArrayEquals(recomputed(model, xs, Math.max(0, t - 3), t + 1), xy, "tick " + t);
    }
  }

  @Test
  void aTickAllocatesNothing() {
    Model model =
        Model.of(Shapes.weights(Architecture.builder(3).lstm(20).linear(1).build()).toNetwork());
    SlidingWindow window = model.newWindow(10);
    float[] x = {1, 2, 3};
    float[] y = new float[1];
    assertEquals(
        0,
        AllocationTest.allocated(
            () -> {
              window.step(x, y);
              window.prepareNext();
            }));
  }
}
