// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.quadgate.kernel.provider.KernelProvider;

/** The chosen kernels against the scalar reference, and that against the formula, bit by bit. */
class KernelEqualityTest {
  private final Kernels kernels = KernelProvider.chosen().kernels();
  private final Kernels scalar = KernelProvider.scalar("test").kernels();

  private final Arena arena = Arena.ofAuto();

  private static float[] random(Random random, int length) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 13, 15, 16, 17, 31, 32, 33, 48, 63, 64, 65, 100, 128, 200})
  void sumsOfEveryHiddenSize(int units) {
    for (int gates : new int[] {1, 4}) {
      for (int inputs : new int[] {1, 2, 3, 8, 13, 100}) {
        sums(gates, units, inputs, units);
      }
    }
  }

  /** As many columns of R as a projection leaves, or more; and no inputs at all. */
  @ParameterizedTest
  @ValueSource(ints = {1, 4, 16, 20, 32, 64, 100, 128})
  void sumsOverAsManyColumnsAsOneLikes(int units) {
    for (int gates : new int[] {1, 4}) {
      for (int[] columns : new int[][] {{3, 1}, {5, units + 7}, {2, 80}, {0, 6}}) {
        sums(gates, units, columns[0], columns[1]);
      }
    }
  }

  private void sums(int gates, int units, int inputs, int recurrent) {
    Random random = new Random(31L * units + inputs);
    Panels layout = new Panels(gates, units);
    float[] w = random(random, gates * units * inputs);
    float[] r = random(random, gates * units * recurrent);
    // h and x in one array, as in a state whose lower layer gives x
    int hAt = 5;
    int xAt = hAt + recurrent + 3;
    float[] state = random(random, xAt + inputs);
    float[] bias = layout.packTight(random(random, gates * units));
    float[] expected = new float[layout.rows()];
    for (PackedGates packed :
        List.of(
            new PackedInt8(arena, layout, inputs, recurrent, w, r),
            new PackedBf16(arena, layout, inputs, recurrent, w, r),
            new PackedFp32(arena, layout, inputs, recurrent, w, r))) {
      packed.sums(scalar, state, xAt, state, hAt, bias, expected);
      float[] found = new float[layout.rows()];
      packed.sums(kernels, state, xAt, state, hAt, bias, found);
      String what = packed.getClass() + " " + units + " units, " + inputs + " + " + recurrent;
      assertArrayEquals(spread(layout, expected), spread(layout, found), what);

      for (Kernels each : List.of(scalar, kernels)) {
        float[] recurrentSums = new float[layout.rows()];
        packed.recurrentSums(each, state, hAt, bias, recurrentSums);
        packed.inputSums(each, state, xAt, recurrentSums, found);
        assertArrayEquals(spread(layout, expected), spread(layout, found), what + " in two");
      }
    }

    for (int slot = 0; slot < layout.rows(); slot++) {
      int row = layout.tightRow(slot / PanelShape.ROWS, slot % PanelShape.ROWS);
      if (row < 0) {
        continue;
      }
      float in = 0;
      for (int k = 0; k < inputs; k++) {
        in = Math.fma(w[row * inputs + k], state[xAt + k], in);
      }
      float rec = bias[slot];
      for (int k = 0; k < recurrent; k++) {
        rec = Math.fma(r[row * recurrent + k], state[hAt + k], rec);
      }
      assertTrue(in + rec == expected[slot], "row " + row);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 17, 48, 100, 129})
  void aPartGivesItsPanelsSumsAndTouchesNoOther(int units) {
    int inputs = 20;
    for (int gates : new int[] {1, 4}) {
      Random random = new Random(units);
      Panels layout = new Panels(gates, units);
      float[] w = random(random, gates * units * inputs);
      float[] r = random(random, gates * units * units);
      float[] x = random(random, inputs);
      float[] h = random(random, units);
      float[] bias = layout.packTight(random(random, gates * units));
      int[] columns = {1, 7, 19};
      for (PackedGates whole :
          List.of(
              new PackedInt8(arena, layout, inputs, units, w, r),
              new PackedBf16(arena, layout, inputs, units, w, r),
              new PackedFp32(arena, layout, inputs, units, w, r))) {
        for (Kernels each : List.of(scalar, kernels)) {
          float[] all = new float[layout.rows()];
          float[] sparse = new float[layout.rows()];
          whole.sums(each, x, 0, h, 0, bias, all);
          whole.sparseInputSums(each, columns, 3, x, 0, bias, sparse);
          for (int from = 0; from <= layout.count(); from++) {
            for (int to = from; to <= layout.count(); to++) {
              PackedGates part = whole.part(from, to);
              float[] found = new float[layout.rows()];
              Arrays.fill(found, 42);
              part.sums(each, x, 0, h, 0, bias, found);
              assertPart(layout, all, from, to, found);
              Arrays.fill(found, 42);
              part.sparseInputSums(each, columns, 3, x, 0, bias, found);
              assertPart(layout, sparse, from, to, found);
            }
          }
        }
      }
    }
  }

  private static void assertPart(Panels layout, float[] all, int from, int to, float[] found) {
    for (int i = 0; i < found.length; i++) {
      int panel = i / PanelShape.ROWS;
      if (panel < from || panel >= to) {
        assertEquals(42, found[i], "row " + i);
      } else if (layout.tightRow(panel, i % PanelShape.ROWS) >= 0) {
        assertEquals(all[i], found[i], "row " + i);
      }
    }
  }

  /** Padding may hold anything until it is cleared. */
  private static float[] spread(Panels layout, float[] sums) {
    float[] cleared = sums.clone();
    layout.spread(cleared);
    return cleared;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 13, 16, 20, 33, 64, 100})
  void leavingOutZerosChangesNoBit(int units) {
    for (int gates : new int[] {1, 4}) {
      for (int zeros = 0; zeros <= 8; zeros++) {
        Random random = new Random(units + zeros);
        Panels layout = new Panels(gates, units);
        int inputs = 24;
        float[] w = random(random, gates * units * inputs);
        float[] r = random(random, gates * units * units);
        float[] x = random(random, inputs + 3);
        // -0 has to be left out like 0, and products that round to -0 must not show
        int[] columns = new int[inputs];
        int count = 0;
        for (int k = 0; k < inputs; k++) {
          if (random.nextInt(8) < zeros) {
            x[3 + k] = random.nextBoolean() ? 0f : -0f;
          } else {
            x[3 + k] *= random.nextBoolean() ? 1e-40f : 1;
            columns[count] = k;
            count += x[3 + k] == 0 ? 0 : 1;
          }
        }
        float[] recurrent = layout.packTight(random(random, gates * units));
        recurrent[0] = -0f;
        for (PackedGates packed :
            List.of(
                new PackedInt8(arena, layout, inputs, units, w, r),
                new PackedBf16(arena, layout, inputs, units, w, r),
                new PackedFp32(arena, layout, inputs, units, w, r))) {
          for (Kernels each : List.of(scalar, kernels)) {
            float[] dense = new float[layout.rows()];
            float[] sparse = new float[layout.rows()];
            packed.inputSums(each, x, 3, recurrent, dense);
            packed.sparseInputSums(each, columns, count, x, 3, recurrent, sparse);
            assertArrayEquals(spread(layout, dense), spread(layout, sparse), "zeros " + zeros);
          }
        }
      }
    }
  }

  /** Phases may not turn -0 into 0: tanh would pass the sign on. */
  @Test
  void twoPhasesKeepTheSignOfZero() {
    Panels layout = new Panels(4, 3);
    float[] minus = new float[layout.rows()];
    Arrays.fill(minus, -0f);
    float[] w = new float[12];
    Arrays.fill(w, -1e-30f);
    float[] r = new float[36];
    float[] x = {1e-30f}; // W·x rounds to -0
    float[] h = {-1, -1, -1}; // and R·h is -0
    for (PackedGates packed :
        List.of(
            new PackedInt8(arena, layout, 1, 3, w, r),
            new PackedBf16(arena, layout, 1, 3, w, r),
            new PackedFp32(arena, layout, 1, 3, w, r))) {
      for (Kernels each : List.of(scalar, kernels)) {
        float[] once = new float[layout.rows()];
        packed.sums(each, x, 0, h, 0, minus, once);
        float[] recurrent = new float[layout.rows()];
        packed.recurrentSums(each, h, 0, minus, recurrent);
        float[] twice = new float[layout.rows()];
        packed.inputSums(each, x, 0, recurrent, twice);
        assertEquals(Float.floatToRawIntBits(once[0]), Float.floatToRawIntBits(twice[0]));
        if (!(packed instanceof PackedInt8)) {
          assertEquals(-0f, recurrent[0], "the first phase adds nothing");
        }
        assertEquals(0f, twice[0], "the input sum ends in + 0");
      }
    }
  }

  /** Reads single weights back through unit vectors: each encoding's rounding is as documented. */
  @Test
  void encodingsRoundEachWeightToItsNearest() {
    int columns = 37;
    Panels layout = new Panels(4, 29);
    float[] matrix = random(new Random(5), 4 * 29 * columns);
    matrix[3] = 0;
    matrix[4 * columns] = 1e-40f;
    float[] none = new float[4 * 29 * 29];
    PackedGates bf16 = new PackedBf16(arena, layout, columns, 29, matrix, none);
    PackedGates int8 = new PackedInt8(arena, layout, columns, 29, matrix, none);
    float[] zeros = new float[layout.rows()];
    float[] found = new float[layout.rows()];
    for (int k = 0; k < columns; k++) {
      float[] unit = new float[columns];
      unit[k] = 1;
      for (int slot = 0; slot < layout.rows(); slot++) {
        int row = layout.tightRow(slot / PanelShape.ROWS, slot % PanelShape.ROWS);
        if (row < 0) {
          continue;
        }
        float weight = matrix[row * columns + k];
        bf16.sums(scalar, unit, 0, zeros, 0, zeros, found);
        // half a unit in the last of 8 bits of mantissa
        assertEquals(weight, found[slot], Math.max(Math.abs(weight) / 256, 2.4e-38f));
        int8.sums(scalar, unit, 0, zeros, 0, zeros, found);
        float largest = 0;
        for (int j = 0; j < columns; j++) {
          largest = Math.max(largest, Math.abs(matrix[row * columns + j]));
        }
        // half a step, or a whole one where the fraction from below would need step 128
        float bound = weight > largest * 126 / 127 ? 1f : 0.501f;
        assertEquals(weight, found[slot], bound * largest / 127, "row " + row + " k " + k);
      }
    }
    assertEquals(
        bf16.bytes() * 2, new PackedFp32(arena, layout, columns, 29, matrix, none).bytes());
    assertTrue(
        int8.bytes() < 0.3 * new PackedFp32(arena, layout, columns, 29, matrix, none).bytes());
  }

  @Test
  void everyRowStandsInExactlyOneSlot() {
    for (int gates : new int[] {1, 4}) {
      for (int units = 1; units < 200; units++) {
        Panels layout = new Panels(gates, units);
        boolean[] seen = new boolean[gates * units];
        for (int slot = 0; slot < layout.rows(); slot++) {
          int row = layout.tightRow(slot / PanelShape.ROWS, slot % PanelShape.ROWS);
          if (row >= 0) {
            assertFalse(seen[row], "twice: row " + row);
            seen[row] = true;
          }
        }
        for (boolean s : seen) {
          assertTrue(s, "a row is missing");
        }
      }
    }
  }

  @Test
  void spreadingPutsEachRowInItsGatesGroup() {
    for (int gates : new int[] {1, 4}) {
      for (int units = 1; units < 200; units++) {
        Panels layout = new Panels(gates, units);
        float[] rows = new float[gates * units];
        for (int row = 0; row < rows.length; row++) {
          rows[row] = row + 1;
        }
        float[] packed = layout.packTight(rows);
        layout.spread(packed);
        float[] expected = new float[layout.rows()];
        for (int row = 0; row < rows.length; row++) {
          int unit = row % units;
          int panel = unit / layout.unitsPerPanel();
          int lane = unit % layout.unitsPerPanel();
          expected[panel * PanelShape.ROWS + row / units * PanelShape.LANES + lane] = rows[row];
        }
        assertArrayEquals(expected, packed, gates + " gates, " + units + " units");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 17})
  void linearLayers(int outputs) {
    for (int stride = 16; stride <= 128; stride += 16) {
      Random random = new Random(outputs + stride);
      float[] weights = random(random, outputs * stride);
      float[] v = random(random, stride + 5);
      float[] bias = random(random, outputs);
      float[] found = new float[outputs + 2];
      float[] expected = new float[outputs + 2];
      PackedLinear layer = PackedLinear.pack(stride, outputs, weights, bias);
      scalar.linear().row(layer, 0, outputs, v, 5, new float[16], expected, 2);
      // in two parts, as two cores share it
      kernels.linear().row(layer, 0, outputs / 2, v, 5, new float[16], found, 2);
      kernels.linear().row(layer, outputs / 2, outputs, v, 5, new float[16], found, 2);
      assertArrayEquals(expected, found);
      for (int row = 0; row < outputs; row++) {
        double exact = bias[row];
        for (int k = 0; k < stride; k++) {
          exact += (double) weights[row * stride + k] * v[5 + k];
        }
        assertTrue(Math.abs(exact - expected[2 + row]) < 1e-4, "the definition is off");
      }
    }
  }

  @Test
  void equalityWouldSeeOneUlp() {
    float[] a = {1, 2, 3};
    float[] b = {1, Math.nextUp(2f), 3};
    assertFalse(Arrays.equals(a, b));
  }
}
