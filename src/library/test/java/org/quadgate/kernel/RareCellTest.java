// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.quadgate.kernel.provider.KernelProvider;
import org.quadgate.network.Activation;

/** Rare cells: the chosen kernels against the reference, and that against its formulas. */
class RareCellTest {
  private static final int ROWS = PanelShape.ROWS;
  private static final int LANES = PanelShape.LANES;

  private static final float[] EDGES = {
    0f,
    -0f,
    Float.NaN,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.MIN_VALUE,
    -Float.MIN_VALUE,
    Float.MAX_VALUE,
    -Float.MAX_VALUE,
    1f,
    -1f,
    0.7f,
    -0.7f,
    2.5f,
    -2.5f,
    Math.nextUp(0.7f)
  };

  private final Kernels kernels = KernelProvider.chosen().kernels();
  private final Kernels scalar = KernelProvider.scalar("test").kernels();

  /** Every function, with the numbers it has unless given and with others. */
  private static List<Activation> functions() {
    List<Activation> functions = new ArrayList<>();
    for (Activation.Function function : Activation.Function.values()) {
      functions.add(Activation.of(function));
      if (function.numbers() > 0) {
        functions.add(new Activation(function, -0.3f, 0.9f));
        functions.add(new Activation(function, 1.7f, -0.4f));
      }
    }
    return functions;
  }

  /** Random numbers with every edge among them, in a random place. */
  private static float[] numbers(Random random, int length) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] =
          random.nextInt(4) == 0
              ? EDGES[random.nextInt(EDGES.length)]
              : (float) random.nextGaussian() * 2;
    }
    return values;
  }

  @Test
  void functionsOfEveryLength() {
    Random random = new Random(1);
    for (Activation function : functions()) {
      for (int count = 0; count < 70; count++) {
        float[] values = numbers(random, count + 5);
        System.arraycopy(EDGES, 0, values, 3, Math.min(count, EDGES.length));
        float[] found = values.clone();
        float[] reference = values.clone();
        float[] expected = values.clone();
        for (int k = 3; k < 3 + count; k++) {
          expected[k] = ActivationFunctions.apply(function, values[k]);
        }
        kernels.activate(function, found, 3, count);
        scalar.activate(function, reference, 3, count);
        assertArrayEquals(expected, reference, function + " reference");
        assertArrayEquals(expected, found, function + " of " + count);
      }
    }
  }

  /** Every combination of what makes a cell rare, with every function in every place. */
  private static List<CellFunctions> lstms(Panels layout, Random random) {
    List<Activation> functions = functions();
    List<CellFunctions> cells = new ArrayList<>();
    for (int i = 0; i < 3 * functions.size(); i++) {
      Activation one = functions.get(i % functions.size());
      Activation second = functions.get(random.nextInt(functions.size()));
      Activation third = functions.get(random.nextInt(functions.size()));
      Activation tanh = Activation.TANH;
      Activation gate = i % 3 == 0 ? one : random.nextBoolean() ? Activation.SIGMOID : second;
      Activation candidate = i % 3 == 1 ? one : second;
      Activation output = i % 3 == 2 ? one : random.nextBoolean() ? tanh : third;
      for (int bits = 0; bits < 8; bits++) {
        float[] peephole = (bits & 4) == 0 ? new float[0] : numbers(random, 3 * layout.units());
        cells.add(
            CellFunctions.lstm(
                layout,
                gate,
                candidate,
                output,
                (bits & 1) == 0 ? Float.POSITIVE_INFINITY : 0.7f,
                (bits & 2) != 0,
                peephole));
      }
    }
    return cells;
  }

  /** As a network of any cells defines it, unit by unit. */
  private static void unit(CellFunctions f, float[] z, int at, float[] p, float[] c, float[] h) {
    float zi = z[at];
    float zf = z[at + LANES];
    float zo = z[at + 3 * LANES];
    boolean peepholes = f.hasPeepholes();
    float before = c[0];
    float i = gate(f, peepholes ? Math.fma(p[0], before, zi) : zi);
    float forget = f.coupled ? 1 - i : gate(f, peepholes ? Math.fma(p[1], before, zf) : zf);
    float g = ActivationFunctions.apply(f.candidate, clip(f, z[at + 2 * LANES]));
    float next = Math.fma(forget, before, i * g);
    float o = gate(f, peepholes ? Math.fma(p[2], next, zo) : zo);
    c[0] = next;
    h[0] = o * ActivationFunctions.apply(f.output, next);
    z[at] = i;
    z[at + LANES] = forget;
    z[at + 2 * LANES] = g;
    z[at + 3 * LANES] = o;
  }

  private static float gate(CellFunctions f, float z) {
    return ActivationFunctions.apply(f.gate, clip(f, z));
  }

  private static float clip(CellFunctions f, float z) {
    return Math.min(Math.max(z, -f.clip), f.clip);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 15, 16, 20, 33, 80})
  void lstmSteps(int units) {
    Random random = new Random(units);
    Panels layout = new Panels(4, units);
    int padded = layout.paddedUnits();
    int panels = layout.count();
    for (CellFunctions f : lstms(layout, random)) {
      float[] sums = numbers(random, layout.rows());
      // h, a gap, c: one array, as a state is
      float[] state = numbers(random, 2 * padded + 7);
      int cAt = padded + 5;
      float[] expectedGates = sums.clone();
      float[] expectedState = state.clone();
      scalar.rareLstmCell(f, expectedGates, 0, panels, expectedState, cAt, expectedState, 2);

      float[] formula = sums.clone();
      for (int unit = 0; unit < units; unit++) {
        float[] c = {state[cAt + unit]};
        float[] h = new float[1];
        int panel = unit / LANES;
        int p = CellFunctions.peepholeAt(panel) + unit % LANES;
        float[] peephole =
            f.hasPeepholes()
                ? new float[] {f.peephole[p], f.peephole[p + LANES], f.peephole[p + 2 * LANES]}
                : new float[0];
        int z = panel * ROWS + unit % LANES;
        unit(f, formula, z, peephole, c, h);
        assertEquals(c[0], expectedState[cAt + unit]);
        assertEquals(h[0], expectedState[2 + unit]);
        for (int gate = 0; gate < 4; gate++) {
          assertEquals(formula[z + gate * LANES], expectedGates[z + gate * LANES]);
        }
      }
      for (int unit = units; unit < padded; unit++) {
        assertEquals(0f, expectedState[cAt + unit], "c of padding");
        assertEquals(0f, expectedState[2 + unit], "h of padding");
      }

      float[] gates = sums.clone();
      float[] found = state.clone();
      kernels.rareLstmCell(f, gates, 0, panels, found, cAt, found, 2);
      assertArrayEquals(expectedState, found);
      assertArrayEquals(expectedGates, gates);

      // one panel after another, into arrays of their own
      float[] c = Arrays.copyOfRange(state, cAt, cAt + padded);
      float[] h = new float[padded];
      float[] parts = sums.clone();
      for (int panel = 0; panel < panels; panel++) {
        kernels.rareLstmCell(f, parts, panel, panel + 1, c, 0, h, 0);
      }
      assertArrayEquals(Arrays.copyOfRange(expectedState, cAt, cAt + padded), c);
      assertArrayEquals(Arrays.copyOfRange(expectedState, 2, 2 + padded), h);
      assertArrayEquals(expectedGates, parts);
    }
  }

  /** A row's panels at once, and one panel of several rows at once: the same as steps. */
  @ParameterizedTest
  @ValueSource(ints = {1, 16, 20, 48})
  void manyLstmCells(int units) {
    Random random = new Random(units);
    Panels layout = new Panels(4, units);
    int padded = layout.paddedUnits();
    int panels = layout.count();
    int rows = 5;
    for (CellFunctions f : lstms(layout, random)) {
      float[][] input = new float[rows][];
      float[][] recurrent = new float[rows][];
      float[][] c = new float[rows][];
      float[][] expectedC = new float[rows][];
      float[][] expectedH = new float[rows][padded];
      for (int row = 0; row < rows; row++) {
        input[row] = numbers(random, layout.rows());
        recurrent[row] = numbers(random, layout.rows());
        c[row] = numbers(random, padded);
        expectedC[row] = c[row].clone();
        float[] z = new float[layout.rows()];
        for (int j = 0; j < z.length; j++) {
          z[j] = PartialSums.both(input[row][j], recurrent[row][j]);
        }
        scalar.rareLstmCell(f, z, 0, panels, expectedC[row], 0, expectedH[row], 0);
      }
      for (Kernels each : List.of(scalar, kernels)) {
        CellRows p = new CellRows();
        p.cells = panels;
        p.panelStep = 1;
        p.cAt = new int[panels];
        Arrays.setAll(p.cAt, panel -> 3 + panel * LANES);
        p.hStep = LANES;
        for (int row = 0; row < rows; row++) {
          p.input = input[row];
          p.recurrent = recurrent[row].clone();
          p.c = new float[padded + 3];
          System.arraycopy(c[row], 0, p.c, 3, padded);
          p.h = new float[padded];
          each.batch().rareLstmCells(f, p);
          assertArrayEquals(expectedC[row], Arrays.copyOfRange(p.c, 3, 3 + padded));
          assertArrayEquals(expectedH[row], p.h);
        }
        for (int panel = 0; panel < panels; panel++) {
          rowsOfAPanel(each, f, panel, input, recurrent, c, expectedC, expectedH);
        }
      }
    }
  }

  private static void rowsOfAPanel(
      Kernels each,
      CellFunctions f,
      int panel,
      float[][] input,
      float[][] recurrent,
      float[][] c,
      float[][] expectedC,
      float[][] expectedH) {
    int rows = input.length;
    int padded = c[0].length;
    CellRows p = new CellRows();
    p.cells = rows;
    p.panel = panel;
    p.input = new float[rows * ROWS + 1];
    p.inputAt = 1;
    p.recurrent = new float[rows * ROWS];
    p.c = new float[rows * padded];
    p.cAt = new int[rows];
    p.cFrom = panel * LANES;
    p.h = new float[rows * padded];
    p.hAt = panel * LANES;
    p.hStep = padded;
    for (int row = 0; row < rows; row++) {
      System.arraycopy(input[row], panel * ROWS, p.input, 1 + row * ROWS, ROWS);
      System.arraycopy(recurrent[row], panel * ROWS, p.recurrent, row * ROWS, ROWS);
      // rows in another order than their states
      p.cAt[row] = (rows - 1 - row) * padded;
      System.arraycopy(c[row], 0, p.c, p.cAt[row], padded);
    }
    each.batch().rareLstmCells(f, p);
    for (int row = 0; row < rows; row++) {
      int from = panel * LANES;
      int at = p.cAt[row] + from;
      assertArrayEquals(
          Arrays.copyOfRange(expectedC[row], from, from + LANES),
          Arrays.copyOfRange(p.c, at, at + LANES));
      assertArrayEquals(
          Arrays.copyOfRange(expectedH[row], from, from + LANES),
          Arrays.copyOfRange(p.h, row * padded + from, row * padded + from + LANES));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 15, 64, 70, 200})
  void rnnCells(int units) {
    Random random = new Random(units);
    Panels layout = new Panels(1, units);
    int panels = layout.count();
    for (Activation function : functions()) {
      for (float clip : new float[] {Float.POSITIVE_INFINITY, 0.7f}) {
        CellFunctions f = CellFunctions.rnn(layout, function, clip);
        float[] input = numbers(random, layout.rows());
        float[] recurrent = numbers(random, layout.rows());
        float[] sums = new float[layout.rows()];
        for (int j = 0; j < sums.length; j++) {
          sums[j] = PartialSums.both(input[j], recurrent[j]);
        }
        float[] expected = new float[layout.rows()];
        for (int unit = 0; unit < units; unit++) {
          expected[unit] = ActivationFunctions.apply(function, clip(f, sums[unit]));
        }
        for (Kernels each : List.of(scalar, kernels)) {
          float[] h = new float[layout.rows() + 3];
          each.rareRnnCell(f, sums.clone(), 0, panels, h, 3);
          assertArrayEquals(expected, Arrays.copyOfRange(h, 3, h.length), function.toString());
          CellRows p = new CellRows();
          p.input = input;
          p.recurrent = recurrent.clone();
          p.cells = panels;
          p.panelStep = 1;
          p.h = new float[layout.rows()];
          p.hStep = ROWS;
          each.batch().rareRnnCells(f, p);
          assertArrayEquals(expected, p.h, function.toString());
        }
      }
    }
  }

  /** The usual functions as a rare cell, without anything rare, are the usual cell. */
  @Test
  void theUsualCellIsOneOfThem() {
    Random random = new Random(9);
    Panels layout = new Panels(4, 40);
    int padded = layout.paddedUnits();
    CellFunctions usual =
        CellFunctions.lstm(
            layout,
            Activation.SIGMOID,
            Activation.TANH,
            Activation.TANH,
            Float.POSITIVE_INFINITY,
            false,
            new float[0]);
    float[] sums = layout.pack(numbers(random, 160));
    float[] state = new float[2 * padded];
    System.arraycopy(numbers(random, 40), 0, state, padded, 40);
    for (Kernels each : List.of(scalar, kernels)) {
      float[] gates = sums.clone();
      float[] rareGates = sums.clone();
      float[] one = state.clone();
      float[] other = state.clone();
      each.lstmCell(gates, 0, layout.count(), one, padded, one, 0);
      each.rareLstmCell(usual, rareGates, 0, layout.count(), other, padded, other, 0);
      assertArrayEquals(one, other);
      assertArrayEquals(gates, rareGates);
    }
  }
}
