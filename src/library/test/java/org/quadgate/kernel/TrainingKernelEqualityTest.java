// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.quadgate.kernel.provider.KernelProvider;

/** The training kernels chosen against the scalar reference, and that against the formulas. */
class TrainingKernelEqualityTest {
  private final TrainingKernels kernels = KernelProvider.chosen().kernels().training();
  private final TrainingKernels scalar = KernelProvider.scalar("test").kernels().training();

  private static float[] random(Random random, int length) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14, 20, 33})
  void productsOfEveryHeight(int rows) {
    for (int columns = 16; columns <= 208; columns += columns < 128 ? 16 : 80) {
      for (int depth : new int[] {0, 1, 2, 95, 96, 97, 200}) {
        Random random = new Random(rows + columns + depth);
        float[] b = random(random, 3 + Math.max(1, depth) * (columns + 16));
        float[] start = random(random, rows * (columns + 5) + 7);
        // A as it stands, and transposed
        for (int[] strides : new int[][] {{depth + 2, 1}, {1, rows + 3}}) {
          float[] a = random(random, 4 + rows * strides[0] + Math.max(1, depth) * strides[1]);
          Product product =
              new Product()
                  .left(a, 4, strides[0], strides[1])
                  .right(b, 3, columns + 16)
                  .from(start, 7, columns + 5);
          float[] found = new float[rows * columns + 9];
          float[] expected = found.clone();
          product.to(found, 9, columns).run(kernels, rows, columns, depth);
          product.to(expected, 9, columns).run(scalar, rows, columns, depth);
          assertArrayEquals(expected, found, rows + "x" + columns + "x" + depth);
          for (int m = 0; m < rows; m++) {
            for (int n = 0; n < columns; n += 7) {
              float sum = start[7 + m * (columns + 5) + n];
              for (int k = 0; k < depth; k++) {
                float factor = a[4 + m * strides[0] + k * strides[1]];
                sum = Math.fma(factor, b[3 + k * (columns + 16) + n], sum);
              }
              assertEquals(sum, expected[9 + m * columns + n]);
            }
          }
        }
      }
    }
  }

  @Test
  void productsInPlaceAndOfOnes() {
    Random random = new Random(1);
    float[] b = random(random, 50 * 64);
    float[] found = random(random, 64);
    float[] expected = found.clone();
    for (int k = 0; k < 50; k++) {
      for (int n = 0; n < 64; n++) {
        expected[n] += b[k * 64 + n];
      }
    }
    new Product().ones().right(b, 0, 64).addTo(found, 0, 64).run(kernels, 1, 64, 50);
    assertArrayEquals(expected, found);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 17})
  void lstmCells(int rows) {
    Random random = new Random(rows);
    int stride = 48;
    float[] gates = random(random, 5 + rows * 64);
    float[] sums = random(random, 3 + rows * 64);
    gates[5] = 200; // saturated, and NaN
    gates[5 + 21] = -200;
    gates[5 + 47] = Float.NaN;
    float[] cells = random(random, 2 * rows * stride);
    float[][] theirs = forward(scalar, rows, stride, gates.clone(), sums, cells.clone());
    float[][] ours = forward(kernels, rows, stride, gates.clone(), sums, cells.clone());
    assertArrayEquals(theirs, ours);
    assertTrue(Float.isNaN(ours[0][5 + 47]));
    modelCell(rows, stride, gates, sums, cells, theirs);

    float[] dh = random(random, rows * stride);
    float[] dc = random(random, rows * stride);
    theirs[3] = backward(scalar, rows, stride, theirs, dh, dc.clone());
    ours[3] = backward(kernels, rows, stride, ours, dh, dc.clone());
    assertArrayEquals(theirs, ours);
  }

  private static float[][] forward(
      TrainingKernels under, int rows, int stride, float[] gates, float[] sums, float[] cells) {
    float[] tanh = new float[rows * stride];
    float[] hidden = new float[2 * rows * stride];
    CellTape p = tape(gates, cells, tanh, hidden, stride, rows);
    p.sums = sums;
    p.sumsAt = 3;
    under.lstmForward(p);
    return new float[][] {gates, cells, tanh, hidden};
  }

  private static CellTape tape(
      float[] gates, float[] cells, float[] tanh, float[] hidden, int stride, int rows) {
    CellTape p = new CellTape();
    p.gates = gates;
    p.gatesAt = 5;
    p.cells = cells;
    p.before = 16;
    p.after = 16 + rows * stride;
    p.tanhCells = tanh;
    p.tanhAt = 16;
    p.hidden = hidden;
    p.stride = stride;
    p.rows = rows;
    return p;
  }

  /** Turns gates into dz in place and returns dc. */
  private static float[] backward(
      TrainingKernels under, int rows, int stride, float[][] tape, float[] dh, float[] dc) {
    CellTape p = tape(tape[0], tape[1], tape[2], tape[3], stride, rows);
    p.dh = dh;
    p.dc = dc;
    p.gradientAt = 16;
    under.lstmBackward(p);
    return dc;
  }

  /** The cell that models step gives the same. */
  private static void modelCell(
      int rows, int stride, float[] gates, float[] sums, float[] cells, float[][] found) {
    Kernels model = KernelProvider.chosen().kernels();
    for (int row = 0; row < rows; row++) {
      float[] z = new float[64];
      for (int slot = 0; slot < 64; slot++) {
        z[slot] = sums[3 + row * 64 + slot] + gates[5 + row * 64 + slot];
      }
      int at = 16 + row * stride;
      float[] c = Arrays.copyOfRange(cells, at, at + 16);
      float[] h = new float[16];
      model.lstmCell(z, 0, 1, c, 0, h, 0);
      int after = at + rows * stride;
      assertArrayEquals(z, Arrays.copyOfRange(found[0], 5 + row * 64, 5 + row * 64 + 64));
      assertArrayEquals(c, Arrays.copyOfRange(found[1], after, after + 16));
      assertArrayEquals(h, Arrays.copyOfRange(found[3], after, after + 16));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void tanhCells(int rows) {
    Random random = new Random(rows);
    int stride = 128;
    float[] inputs = random(random, rows * 64 + 1);
    float[] sums = random(random, rows * 64 + 2);
    float[] dh = random(random, rows * stride);
    float[][] hidden = new float[2][rows * stride];
    float[][] dz = new float[2][rows * 64 + 1];
    for (int i = 0; i < 2; i++) {
      TrainingKernels under = i == 0 ? scalar : kernels;
      CellTape p = new CellTape();
      p.gates = inputs;
      p.gatesAt = 1;
      p.sums = sums.clone();
      p.sumsAt = 2;
      p.hidden = hidden[i];
      p.after = 64;
      p.stride = stride;
      p.rows = rows;
      under.tanhForward(p);
      p.gates = dz[i];
      p.dh = dh;
      p.gradientAt = 64;
      under.tanhBackward(p);
    }
    assertArrayEquals(hidden[0], hidden[1]);
    assertArrayEquals(dz[0], dz[1]);
    assertEquals(Activations.tanh(inputs[1] + sums[2]), hidden[0][64]);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 4, 5, 8, 10})
  void linearLayersAreThoseOfTheModel(int outputs) {
    for (int rows : new int[] {1, 2, 4, 7, 8}) {
      for (int stride : new int[] {16, 48, 208}) {
        Random random = new Random(rows + stride);
        float[] weights = random(random, 9 + outputs * stride + outputs);
        int biasAt = 9 + outputs * stride;
        float[] v = random(random, 6 + rows * (stride + 16));
        float[] found = new float[2 + rows * (outputs + 3)];
        float[] expected = found.clone();
        PackedLinear layer = new PackedLinear(weights, 9, outputs, stride, weights, biasAt);
        LinearRows p = new LinearRows();
        p.layer = layer;
        p.v = v;
        p.vAt = 6;
        p.vRow = stride + 16;
        p.y = found;
        p.yAt = 2;
        p.yRow = outputs + 3;
        p.rows = rows;
        KernelProvider.chosen().kernels().linear().rows(p);
        p.y = expected;
        KernelProvider.scalar("test").kernels().linear().rows(p);
        assertArrayEquals(expected, found);
        float[] y = new float[outputs];
        for (int row = 0; row < rows; row++) {
          int from = 6 + row * (stride + 16);
          LinearKernels one = KernelProvider.chosen().kernels().linear();
          one.row(layer, 0, outputs, v, from, new float[16], y, 0);
          int at = 2 + row * (outputs + 3);
          assertArrayEquals(y, Arrays.copyOfRange(found, at, at + outputs));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 15, 16, 17, 40, 1000})
  void exponentials(int count) {
    Random random = new Random(count);
    float[] y = random(random, count + 2);
    y[count] = 30; // the last one counts too
    float[] found = y.clone();
    float[] expected = y.clone();
    float[] scratch = new float[17];
    float[] otherScratch = new float[17];
    float sum = kernels.exponentials(found, 1, count, scratch);
    assertEquals(scalar.exponentials(expected, 1, count, otherScratch), sum);
    assertArrayEquals(expected, found);
    assertEquals(30, scratch[0]);
    assertEquals(30, otherScratch[0]);
    double exact = 0;
    for (int k = 1; k <= count; k++) {
      double e = Math.exp(-(double) (30 - y[k])); // the difference is rounded to a float
      exact += e;
      assertEquals(e, found[k], 4e-7 * e + 1e-38);
    }
    assertEquals(exact, sum, 4e-7 * exact);
    assertEquals(y[0], found[0]);
    assertEquals(y[count + 1], found[count + 1]);

    y[count / 2 + 1] = Float.NaN;
    assertTrue(Float.isNaN(kernels.exponentials(y.clone(), 1, count, scratch)));
    assertTrue(Float.isNaN(scalar.exponentials(y.clone(), 1, count, scratch)));
  }

  @Test
  void equalityWouldSeeOneUlp() {
    assertFalse(Arrays.deepEquals(new float[][] {{1}}, new float[][] {{Math.nextUp(1f)}}));
  }
}
