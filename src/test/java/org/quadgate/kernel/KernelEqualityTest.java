// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The chosen kernels against the scalar reference, and that against the formula, bit by bit. */
class KernelEqualityTest {
  private final Kernels kernels = KernelProvider.chosen().kernels();
  private final Kernels scalar = KernelProvider.scalar("test").kernels();

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
      for (int columns : new int[] {1, 2, 3, 8, 13, 100}) {
        Random random = new Random(31L * units + columns);
        Panels layout = new Panels(gates, units);
        float[] matrix = random(random, gates * units * columns);
        float[] v = random(random, columns + 3);
        float[] start = layout.pack(random(random, gates * units));
        float[] addend = layout.pack(random(random, gates * units));
        float[] expected = new float[layout.rows()];
        for (PackedMatrix packed :
            List.of(
                new PackedInt8(layout, columns, matrix),
                new PackedBf16(layout, columns, matrix),
                new PackedFp32(layout, columns, matrix))) {
          float[] found = new float[layout.rows()];
          packed.sums(kernels, v, 3, start, addend, found);
          packed.sums(scalar, v, 3, start, addend, expected);
          assertArrayEquals(
              expected, found, packed.getClass() + " units " + units + " columns " + columns);
        }

        for (int slot = 0; slot < layout.rows(); slot++) {
          int row = layout.sourceRow(slot / Panels.ROWS, slot % Panels.ROWS);
          float sum = start[slot];
          for (int k = 0; row >= 0 && k < columns; k++) {
            sum = Math.fma(matrix[row * columns + k], v[3 + k], sum);
          }
          assertTrue(addend[slot] + sum == expected[slot], "row " + row);
        }
      }
    }
  }

  /** Reads single weights back through unit vectors: each encoding's rounding is as documented. */
  @Test
  void encodingsRoundEachWeightToItsNearest() {
    int columns = 37;
    Panels layout = new Panels(4, 21);
    float[] matrix = random(new Random(5), 4 * 21 * columns);
    matrix[3] = 0;
    matrix[4 * columns] = 1e-40f;
    PackedMatrix bf16 = new PackedBf16(layout, columns, matrix);
    PackedMatrix int8 = new PackedInt8(layout, columns, matrix);
    float[] zeros = new float[layout.rows()];
    float[] found = new float[layout.rows()];
    for (int k = 0; k < columns; k++) {
      float[] unit = new float[columns];
      unit[k] = 1;
      for (int slot = 0; slot < layout.rows(); slot++) {
        int row = layout.sourceRow(slot / Panels.ROWS, slot % Panels.ROWS);
        if (row < 0) {
          continue;
        }
        float weight = matrix[row * columns + k];
        bf16.sums(scalar, unit, 0, zeros, zeros, found);
        // half a unit in the last of 8 bits of mantissa
        assertEquals(weight, found[slot], Math.max(Math.abs(weight) / 256, 2.4e-38f));
        int8.sums(scalar, unit, 0, zeros, zeros, found);
        float largest = 0;
        for (int j = 0; j < columns; j++) {
          largest = Math.max(largest, Math.abs(matrix[row * columns + j]));
        }
        // half a step, or a whole one where the fraction from below would need step 128
        float bound = weight > largest * 126 / 127 ? 1f : 0.501f;
        assertEquals(weight, found[slot], bound * largest / 127, "row " + row + " k " + k);
      }
    }
    assertEquals(bf16.bytes() * 2, new PackedFp32(layout, columns, matrix).bytes());
    assertTrue(int8.bytes() < 0.3 * new PackedFp32(layout, columns, matrix).bytes());
  }

  @Test
  void everyRowStandsInExactlyOneSlot() {
    for (int gates : new int[] {1, 4}) {
      for (int units = 1; units < 200; units++) {
        Panels layout = new Panels(gates, units);
        boolean[] seen = new boolean[gates * units];
        for (int slot = 0; slot < layout.rows(); slot++) {
          int row = layout.sourceRow(slot / Panels.ROWS, slot % Panels.ROWS);
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

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 17})
  void linearLayers(int outputs) {
    for (int stride = 16; stride <= 128; stride += 16) {
      Random random = new Random(outputs + stride);
      float[] weights = random(random, outputs * stride);
      float[] v = random(random, stride);
      float[] bias = random(random, outputs);
      float[] found = new float[outputs];
      float[] expected = new float[outputs];
      kernels.linear(weights, outputs, stride, v, bias, new float[16], found);
      scalar.linear(weights, outputs, stride, v, bias, new float[16], expected);
      assertArrayEquals(expected, found);
      for (int row = 0; row < outputs; row++) {
        double exact = bias[row];
        for (int k = 0; k < stride; k++) {
          exact += (double) weights[row * stride + k] * v[k];
        }
        assertTrue(Math.abs(exact - expected[row]) < 1e-4, "the definition is off");
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
