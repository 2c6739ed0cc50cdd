// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.quadgate.GateTrace.Quantity;
import org.quadgate.kernel.Activations;
import org.quadgate.network.Architecture;
import org.quadgate.network.CellType;
import org.quadgate.network.WeightArrays;
import org.quadgate.options.ModelOptions;
import org.quadgate.options.Precision;

/** What is recorded is what was computed, and recording changes nothing. */
class GateTraceTest {
  private static final int STEPS = 9;

  static List<Architecture> configs() {
    return Shapes.awkward();
  }

  private static float[] of(GateTrace trace, int step, int layer, Quantity quantity, int units) {
    float[] values = new float[units + 2];
    trace.copy(step, layer, quantity, values, 1);
    assertEquals(0, values[0]);
    assertEquals(0, values[units + 1]);
    return Arrays.copyOfRange(values, 1, units + 1);
  }

  @ParameterizedTest
  @MethodSource("configs")
  void gatesMakeTheStatesAndOutputsAreAsWithout(Architecture config) {
    WeightArrays weights = Shapes.weights(config);
    for (Precision precision : Precision.values()) {
      Model model = Model.of(weights.toNetwork(), ModelOptions.DEFAULT.withPrecision(precision));
      Model scalar =
          Model.of(
              weights.toNetwork(),
              ModelOptions.DEFAULT.withPrecision(precision).withScalarKernels());
      StreamState plain = model.newState();
      StreamState traced = model.newState();
      StreamState scalarState = scalar.newState();
      GateTrace trace = model.newTrace(STEPS);
      GateTrace scalarTrace = scalar.newTrace(STEPS);
      float[] y = new float[config.outputSize()];
      float[] z = new float[config.outputSize()];
      for (int t = 0; t < STEPS; t++) {
        float[] x = RandomWeights.inputs(config.inputSize(), t);
        float[][] before = new float[config.layers().size()][];
        for (int i = 0; i < before.length; i++) {
          before[i] = traced.cell(i);
        }
        model.step(plain, x, y);
        if (t % 2 == 0) {
          model.prepareNext(traced);
        }
        model.step(traced, x, z, trace);
        assertArrayEquals(y, z);
        scalar.step(scalarState, x, z, scalarTrace);
        assertEquals(t + 1, trace.size());
        for (int i = 0; i < before.length; i++) {
          check(trace, scalarTrace, t, i, config.layers().get(i), before[i], traced);
        }
      }
    }
  }

  private static void check(
      GateTrace trace,
      GateTrace scalar,
      int t,
      int layer,
      Architecture.Layer of,
      float[] before,
      StreamState after) {
    int units = of.hiddenSize();
    float[] h = of(trace, t, layer, Quantity.HIDDEN, units);
    assertArrayEquals(after.hidden(layer), h);
    if (of.cell() != CellType.LSTM) {
      assertFalse(trace.has(layer, Quantity.CELL));
      assertThrows(
          IllegalArgumentException.class, () -> trace.value(t, layer, Quantity.FORGET_GATE, 0));
      return;
    }
    float[] i = of(trace, t, layer, Quantity.INPUT_GATE, units);
    float[] f = of(trace, t, layer, Quantity.FORGET_GATE, units);
    float[] g = of(trace, t, layer, Quantity.CANDIDATE, units);
    float[] o = of(trace, t, layer, Quantity.OUTPUT_GATE, units);
    float[] c = of(trace, t, layer, Quantity.CELL, units);
    assertArrayEquals(after.cell(layer), c);
    for (int u = 0; u < units; u++) {
      // to the bit: a gate that stood in another's place would not do this
      assertEquals(Math.fma(f[u], before[u], i[u] * g[u]), c[u], "c of unit " + u);
      assertEquals(o[u] * Activations.tanh(c[u]), h[u], "h of unit " + u);
      assertEquals(f[u], trace.value(t, layer, Quantity.FORGET_GATE, u));
      assertEquals(c[u], trace.value(t, layer, Quantity.CELL, u));
    }
    for (Quantity quantity : Quantity.values()) {
      assertArrayEquals(
          of(scalar, t, layer, quantity, units), of(trace, t, layer, quantity, units));
    }
  }

  /**
   * i and f may change places in c' = f·c + i·g only if c is g; against the formulas they cannot.
   */
  @Test
  void gatesAreThoseOfTheFormulas() {
    Architecture config = Architecture.builder(3).lstm(21).build();
    WeightArrays weights = Shapes.weights(config);
    Model model = Model.of(weights.toNetwork());
    GateTrace trace = model.newTrace(1);
    float[] x = RandomWeights.inputs(3, 1);
    StreamState state = model.newState();
    float[] before = state.hidden(0);
    model.step(state, x, new float[21], trace);
    WeightArrays.Recurrent w = weights.layers().getFirst();
    Quantity[] gates = {
      Quantity.INPUT_GATE, Quantity.FORGET_GATE, Quantity.CANDIDATE, Quantity.OUTPUT_GATE
    };
    for (int gate = 0; gate < 4; gate++) {
      for (int u = 0; u < 21; u++) {
        int row = gate * 21 + u;
        double z = w.bias[row];
        for (int k = 0; k < 3; k++) {
          double in = (x[k] - (double) weights.inputMean[k]) / weights.inputStd[k];
          z += w.input[row * 3 + k] * in;
        }
        for (int k = 0; k < 21; k++) {
          z += (double) w.recurrent[row * 21 + k] * before[k];
        }
        double expected = gate == 2 ? Math.tanh(z) : 1 / (1 + Math.exp(-z));
        // single precision sums of 24 terms
        assertEquals(expected, trace.value(0, 0, gates[gate], u), 2e-6, gate + ", unit " + u);
      }
    }
  }

  @Test
  void sequencesWindowsAndBatchesAreRecordedToo() {
    Architecture config = Architecture.builder(3).lstm(9).lstm(5).linear(2).build();
    Model model = Model.of(Shapes.weights(config).toNetwork());
    float[] xs = RandomWeights.inputs(3 * STEPS, 1);
    GateTrace stepped = model.newTrace(STEPS);
    GateTrace ran = model.newTrace(STEPS);
    StreamState state = model.newState();
    float[] ys = new float[2 * STEPS];
    float[] y = new float[2];
    SlidingWindow window = model.newWindow(STEPS + 1);
    GateTrace slid = model.newTrace(STEPS);
    StreamBatch batch = model.newBatch(3);
    int stream = batch.add();
    StreamState through = model.newState();
    GateTrace batched = model.newTrace(STEPS);
    for (int t = 0; t < STEPS; t++) {
      float[] x = Arrays.copyOfRange(xs, 3 * t, 3 * t + 3);
      model.step(state, x, y, stepped);
      window.step(x, y, slid);
      batch.step(stream, through, x, y, batched);
      System.arraycopy(y, 0, ys, 2 * t, 2);
    }
    float[] found = new float[2 * STEPS];
    model.run(model.newState(), xs, STEPS, found, ran);
    assertArrayEquals(ys, found);
    for (int t = 0; t < STEPS; t++) {
      for (int layer = 0; layer < 2; layer++) {
        for (Quantity quantity : Quantity.values()) {
          int units = config.layers().get(layer).hiddenSize();
          float[] expected = of(stepped, t, layer, quantity, units);
          assertArrayEquals(expected, of(ran, t, layer, quantity, units));
          assertArrayEquals(expected, of(slid, t, layer, quantity, units));
          assertArrayEquals(expected, of(batched, t, layer, quantity, units));
        }
      }
    }
  }

  @Test
  void refusesWhatHasNoRoomBeforeAnythingHappens() {
    Architecture config = Architecture.builder(3).lstm(9).build();
    Model model = Model.of(Shapes.weights(config).toNetwork());
    Model twin = Model.of(Shapes.weights(config).toNetwork());
    GateTrace trace = model.newTrace(2);
    StreamState state = model.newState();
    float[] x = new float[3];
    float[] y = new float[9];
    model.step(state, x, y, trace);
    float[] before = state.hidden(0);
    refused("room for 1 steps", () -> model.run(state, new float[6], 2, new float[18], trace));
    assertArrayEquals(before, state.hidden(0));
    assertThrows(
        RefusedInputException.class,
        () -> model.step(state, new float[] {0, Float.NaN, 0}, y, trace));
    assertEquals(1, trace.size());
    model.step(state, x, y, trace);
    float[] after = state.hidden(0);
    refused("the trace is full", () -> model.step(state, x, y, trace));
    assertArrayEquals(after, state.hidden(0));
    refused("another model", () -> twin.step(twin.newState(), x, y, trace));
    assertThrows(IndexOutOfBoundsException.class, () -> trace.value(2, 0, Quantity.HIDDEN, 0));
    assertThrows(IndexOutOfBoundsException.class, () -> trace.value(0, 1, Quantity.HIDDEN, 0));
    assertThrows(IndexOutOfBoundsException.class, () -> trace.value(0, 0, Quantity.HIDDEN, 9));
    assertThrows(
        IndexOutOfBoundsException.class, () -> trace.copy(0, 0, Quantity.CELL, new float[9], 1));
    trace.clear();
    assertEquals(0, trace.size());
    model.step(state, x, y, trace);
    refused("steps is 0", () -> model.newTrace(0));
    refused("expected at most", () -> model.newTrace(Integer.MAX_VALUE));
    assertTrue(trace.bytes() >= 2 * 6 * 9 * 4);
  }

  private static void refused(String part, Executable call) {
    var e = assertThrows(RuntimeException.class, call);
    assertTrue(e.getMessage().contains(part), e.getMessage());
  }

  @Test
  void recordingAllocatesNothing() {
    Model model = Model.of(Shapes.weights(Architecture.builder(3).lstm(20).build()).toNetwork());
    StreamState state = model.newState();
    GateTrace trace = model.newTrace(1);
    float[] x = {1, 2, 3};
    float[] y = new float[20];
    assertEquals(
        0,
        AllocationTest.allocated(
            () -> {
              trace.clear();
              model.step(state, x, y, trace);
            }));
  }
}
