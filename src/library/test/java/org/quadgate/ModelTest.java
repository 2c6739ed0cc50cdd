// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.quadgate.network.Architecture;
import org.quadgate.network.WeightArrays;
import org.quadgate.options.ModelOptions;

/** Stepping: the numbers, the ways in and out, and what is refused. */
class ModelTest {
  static List<Architecture> configs() {
    return List.of(
        Architecture.builder(1).lstm(1).build(),
        Architecture.builder(3).lstm(13).lstm(13).linear(2).build(),
        Architecture.builder(5).lstm(100).linear(3).build(),
        Architecture.builder(8).lstm(32).linear(1).build(),
        Architecture.builder(16).lstm(64).lstm(20).lstm(65).linear(7).linear(4).build(),
        Architecture.builder(4).rnn(20).rnn(65).linear(2).build(),
        Architecture.builder(2).lstm(17).rnn(5).build());
  }

  private static WeightArrays weights(Architecture config) {
    WeightArrays weights = RandomWeights.scaled(config, 7, 2);
    for (int k = 0; k < config.inputSize(); k++) {
      weights.inputMean[k] = 0.25f * k - 1;
      weights.inputStd[k] = 0.5f + k;
    }
    for (int k = 0; k < config.outputSize(); k++) {
      weights.outputMean[k] = 3f - k;
      weights.outputStd[k] = 2f + k;
    }
    for (WeightArrays.Recurrent layer : weights.layers()) {
      for (int u = 0; u < layer.initialHidden.length; u++) {
        layer.initialHidden[u] = (u % 5 - 2) / 4f;
      }
      for (int u = 0; u < layer.initialCell.length; u++) {
        layer.initialCell[u] = (u % 7 - 3) / 2f;
      }
    }
    return weights;
  }

  @ParameterizedTest
  @MethodSource("configs")
  void followsTheFormulas(Architecture config) {
    WeightArrays weights = weights(config);
    Model model = Model.of(weights.toNetwork());
    StreamState state = model.newState();
    DoubleReference reference = new DoubleReference(weights);
    float[] y = new float[config.outputSize()];
    for (int t = 0; t < 100; t++) {
      float[] x = RandomWeights.inputs(config.inputSize(), t);
      model.step(state, x, y);
      double[] expected = reference.step(x);
      for (int i = 0; i < y.length; i++) {
        // single precision through up to three layers and a hundred steps
        assertEquals(expected[i], y[i], 2e-5 * (1 + Math.abs(expected[i])), "t " + t);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("configs")
  void everyWayOfSteppingGivesTheSameBits(Architecture config) {
    WeightArrays weights = weights(config);
    Model model = Model.of(weights.toNetwork());
    Model scalar = Model.of(weights.toNetwork(), ModelOptions.DEFAULT.withScalarKernels());
    Model trusting = Model.of(weights.toNetwork(), ModelOptions.DEFAULT.withTrustedInputs());
    StreamState plain = model.newState();
    StreamState reference = scalar.newState();
    StreamState unchecked = trusting.newState();
    StreamState twoPhase = model.newState();
    StreamState offset = model.newState();
    StreamState segment = model.newState();
    int in = config.inputSize();
    int out = config.outputSize();
    float[] y = new float[out];
    float[] other = new float[out];
    float[] wide = new float[out + 5];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment xs = arena.allocate(4L * in + 1).asSlice(1);
      MemorySegment ys = arena.allocate(4L * out);
      for (int t = 0; t < 50; t++) {
        float[] x = RandomWeights.inputs(in, 100 + t);
        model.step(plain, x, y);

        scalar.step(reference, x, other);
        assertArrayEquals(other, y, "scalar");

        trusting.step(unchecked, x, other);
        assertArrayEquals(other, y, "trusted");

        for (int i = 0; i < t % 3; i++) {
          model.prepareNext(twoPhase);
        }
        model.step(twoPhase, x, other);
        assertArrayEquals(other, y, "two phases");

        float[] padded = new float[in + 4];
        System.arraycopy(x, 0, padded, 3, in);
        model.step(offset, padded, 3, wide, 5);
        assertArrayEquals(Arrays.copyOfRange(wide, 5, 5 + out), y, "offset");

        MemorySegment.copy(x, 0, xs, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, in);
        model.step(segment, xs, ys);
        assertArrayEquals(ys.toArray(ValueLayout.JAVA_FLOAT), y, "segment");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("configs")
  void stateIsResetCopiedSavedAndRestored(Architecture config) {
    Model model = Model.of(weights(config).toNetwork());
    StreamState state = model.newState();
    float[] first = run(model, state, 0, 10);
    float[] saved = new float[state.size() + 2];
    state.save(saved, 2);
    StreamState copy = state.copy();
    float[] second = run(model, state, 10, 20);

    assertArrayEquals(second, run(model, copy, 10, 20));
    state.restore(saved, 2);
    assertArrayEquals(second, run(model, state, 10, 20));
    state.reset();
    assertArrayEquals(first, run(model, state, 0, 10));
    assertArrayEquals(first, run(model, model.newState(), 0, 10));

    // a prepared state must not keep what belonged to another h
    model.prepareNext(state);
    state.restore(saved, 2);
    assertArrayEquals(second, run(model, state, 10, 20));
    model.prepareNext(state);
    state.reset();
    assertArrayEquals(first, run(model, state, 0, 10));
    model.prepareNext(state);
    StreamState preparedCopy = state.copy();
    assertArrayEquals(run(model, state, 10, 20), run(model, preparedCopy, 10, 20));
  }

  private static float[] run(Model model, StreamState state, int from, int to) {
    float[] y = new float[model.outputSize()];
    float[] all = new float[y.length * (to - from)];
    for (int t = from; t < to; t++) {
      model.step(state, RandomWeights.inputs(model.inputSize(), t), y);
      System.arraycopy(y, 0, all, y.length * (t - from), y.length);
    }
    return all;
  }

  @Test
  void refusesWhatWouldPoisonTheStateAndLeavesItAsItWas() {
    Architecture config = Architecture.builder(3).lstm(13).linear(1).build();
    Model model = Model.of(weights(config).toNetwork());
    StreamState state = model.newState();
    float[] y = {42};
    model.step(state, new float[] {1, 2, 3}, y);
    float before = y[0];
    float[] saved = new float[state.size()];
    state.save(saved, 0);
    for (float bad :
        new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 3e38f}) {
      float[] x = {1, bad, 3};
      var e = assertThrows(RefusedInputException.class, () -> model.step(state, x, y));
      assertEquals(1, e.index());
      assertEquals(bad, e.value());
      assertTrue(e.getMessage().contains("input 1 is " + bad), e.getMessage());
      float[] now = new float[saved.length];
      state.save(now, 0);
      assertArrayEquals(saved, now);
      assertEquals(before, y[0]);
    }
    Model trusting =
        Model.of(weights(config).toNetwork(), ModelOptions.DEFAULT.withTrustedInputs());
    trusting.step(trusting.newState(), new float[] {1, Float.NaN, 3}, y);
    assertTrue(Float.isNaN(y[0]), "without the check NaN goes through");
  }

  @Test
  void theLargestAcceptedInputsDoNotOverflow() {
    Architecture config = Architecture.builder(2).lstm(4).build();
    WeightArrays weights = RandomWeights.scaled(config, 3, 8);
    Model model = Model.of(weights.toNetwork());
    StreamState state = model.newState();
    float[] y = new float[4];
    var refused =
        assertThrows(
            RefusedInputException.class,
            () -> model.step(state, new float[] {Float.MAX_VALUE, -Float.MAX_VALUE}, y));
    String message = refused.getMessage();
    float limit = Float.parseFloat(message.substring(message.lastIndexOf(' ') + 1));
    for (int i = 0; i < 20; i++) {
      model.step(state, new float[] {limit, i % 2 == 0 ? -limit : limit}, y);
      for (float value : y) {
        assertTrue(Float.isFinite(value));
      }
    }
  }

  @Test
  void refusesWrongLengthsAndForeignStates() {
    Architecture config = Architecture.builder(3).lstm(5).linear(2).build();
    Model model = Model.of(RandomWeights.of(config, 1).toNetwork());
    Model twin = Model.of(RandomWeights.of(config, 1).toNetwork());
    StreamState state = model.newState();
    float[] x = new float[3];
    float[] y = new float[2];
    assertMessage("length of x is 2, expected 3", () -> model.step(state, new float[2], y));
    assertMessage("length of y is 3, expected 2", () -> model.step(state, x, new float[3]));
    assertMessage("another model", () -> model.step(twin.newState(), x, y));
    assertMessage("another model", () -> model.prepareNext(twin.newState()));
    assertMessage("another model", () -> state.copyFrom(twin.newState()));
    MemorySegment xs = MemorySegment.ofArray(x);
    MemorySegment ys = MemorySegment.ofArray(y);
    assertMessage("expected 12", () -> model.step(state, xs.asSlice(4), ys));
    assertMessage("read-only", () -> model.step(state, xs, ys.asReadOnly()));
    assertThrows(IndexOutOfBoundsException.class, () -> model.step(state, x, 1, y, 0));
    assertThrows(IndexOutOfBoundsException.class, () -> model.step(state, x, 0, y, -1));
    assertThrows(IndexOutOfBoundsException.class, () -> state.save(new float[state.size()], 1));
    float[] nan = new float[state.size()];
    state.save(nan, 0);
    nan[4] = Float.NaN;
    assertMessage("saved state[4] is NaN", () -> state.restore(nan, 0));
  }

  @Test
  void refusesWeightsThatAreNotFinite() {
    Architecture config = Architecture.builder(3).lstm(5).linear(2).build();
    WeightArrays weights = RandomWeights.of(config, 1);
    weights.layers().getFirst().recurrent[7] = Float.NaN;
    assertMessage("layer 0 recurrent weights[7] is NaN", () -> Model.of(weights.toNetwork()));
    weights.layers().getFirst().recurrent[7] = 0;
    weights.inputStd[1] = 0;
    assertMessage("input std[1] is 0.0", () -> Model.of(weights.toNetwork()));
    weights.inputStd[1] = 1;
    weights.layers().getFirst().recurrent[7] = 3e38f;
    assertMessage("sums overflow", () -> Model.of(weights.toNetwork()));
  }

  @Test
  void laterChangesToTheWeightsDoNotReachTheModel() {
    Architecture config = Architecture.builder(3).lstm(5).linear(2).build();
    WeightArrays weights = weights(config);
    Model model = Model.of(weights.toNetwork());
    float[] before = run(model, model.newState(), 0, 5);
    for (float[] array :
        List.of(
            weights.inputMean,
            weights.outputStd,
            weights.layers().getFirst().initialHidden,
            weights.layers().getFirst().bias,
            weights.head().getFirst().weight,
            weights.head().getFirst().bias)) {
      Arrays.fill(array, 9);
    }
    assertArrayEquals(before, run(model, model.newState(), 0, 5));
    Model other = Model.of(weights.toNetwork());
    float[] changed = run(other, other.newState(), 0, 5);
    assertFalse(Arrays.equals(before, changed), "the change would have shown");
  }

  private static void assertMessage(String part, org.junit.jupiter.api.function.Executable call) {
    var e = assertThrows(IllegalArgumentException.class, call);
    assertTrue(e.getMessage().contains(part), e.getMessage());
  }

  /** 10 of 32 inputs are not zero: the same bits as from a network that has only those. */
  @Test
  void zerosThatAreLeftOutChangeNoBit() {
    WeightArrays wide = RandomWeights.of(Architecture.builder(32).lstm(20).linear(2).build(), 9);
    WeightArrays narrow = new WeightArrays(Architecture.builder(10).lstm(20).linear(2).build());
    WeightArrays.Recurrent from = wide.layers().getFirst();
    WeightArrays.Recurrent to = narrow.layers().getFirst();
    for (int row = 0; row < 80; row++) {
      for (int k = 0; k < 10; k++) {
        to.input[row * 10 + k] = from.input[row * 32 + 3 * k + 1];
      }
    }
    System.arraycopy(from.recurrent, 0, to.recurrent, 0, from.recurrent.length);
    System.arraycopy(from.bias, 0, to.bias, 0, from.bias.length);
    WeightArrays.Linear head = narrow.head().getFirst();
    System.arraycopy(wide.head().getFirst().weight, 0, head.weight, 0, head.weight.length);
    System.arraycopy(wide.head().getFirst().bias, 0, head.bias, 0, head.bias.length);
    Model wideModel = Model.of(wide.toNetwork());
    Model narrowModel = Model.of(narrow.toNetwork());
    StreamState wideState = wideModel.newState();
    StreamState narrowState = narrowModel.newState();
    for (int t = 0; t < 20; t++) {
      float[] few = RandomWeights.inputs(10, t);
      float[] many = new float[32];
      for (int k = 0; k < 10; k++) {
        many[3 * k + 1] = few[k];
      }
      float[] expected = new float[2];
      float[] found = new float[2];
      narrowModel.step(narrowState, few, expected);
      wideModel.step(wideState, many, found);
      assertArrayEquals(expected, found, "step " + t);
      if (t % 2 == 0) {
        wideModel.prepareNext(wideState);
      }
    }
  }
}
