// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The Vector API kernels, at 128, 256 or 512 bits: whatever the JVM prefers.
 *
 * <p>Sums run over 8 accumulators at a time, enough to hide the latency of fma. At 512 bits that is
 * two panels side by side, at 256 one, at 128 half a panel; the code sees two bases of 4 vectors.
 *
 * <p>Sums and cell are separate methods with a row of sums between them on purpose: in one method
 * C2 reaches its inlining limits and boxes every vector, which is 5 times slower. If a change here
 * makes a kernel mysteriously slow, look at its allocation rate first.
 */
final class VectorKernels implements Kernels {
  static final VectorSpecies<Float> SPECIES = species();
  private static final int L = SPECIES.length();
  private static final int ROWS = Panels.ROWS;
  private static final int LANES = Panels.LANES;

  private static VectorSpecies<Float> species() {
    VectorSpecies<Float> preferred = FloatVector.SPECIES_PREFERRED;
    // a 16-lane group is the widest unit of the layout
    return preferred.length() > LANES ? FloatVector.SPECIES_512 : preferred;
  }

  @Override
  public int widthBits() {
    return SPECIES.vectorBitSize();
  }

  @Override
  public TrainingKernels training() {
    return new VectorTraining();
  }

  @Override
  public void sums(
      float[] weights,
      int panels,
      int columns,
      float[] v,
      int offset,
      float[] start,
      float[] addend,
      float[] sums) {
    int panelSize = columns * ROWS;
    int panel = 0;
    if (L == LANES) {
      for (; panel + 1 < panels; panel += 2) {
        int at = panel * panelSize;
        int row = panel * ROWS;
        eight(
            weights, at, at + panelSize, columns, v, offset, start, addend, sums, row, row + ROWS);
      }
      if (panel < panels) {
        four(weights, panel * panelSize, columns, v, offset, start, addend, sums, panel * ROWS);
      }
    } else {
      for (; panel < panels; panel++) {
        for (int slot = 0; slot < ROWS; slot += 8 * L) {
          int at = panel * panelSize + slot;
          int row = panel * ROWS + slot;
          eight(weights, at, at + 4 * L, columns, v, offset, start, addend, sums, row, row + 4 * L);
        }
      }
    }
  }

  /** Rows a … a+4L and b … b+4L, whose weights begin at wa and wb. */
  private static void eight(
      float[] w,
      int wa,
      int wb,
      int columns,
      float[] v,
      int offset,
      float[] start,
      float[] addend,
      float[] sums,
      int a,
      int b) {
    FloatVector a0 = fromArray(SPECIES, start, a);
    FloatVector a1 = fromArray(SPECIES, start, a + L);
    FloatVector a2 = fromArray(SPECIES, start, a + 2 * L);
    FloatVector a3 = fromArray(SPECIES, start, a + 3 * L);
    FloatVector b0 = fromArray(SPECIES, start, b);
    FloatVector b1 = fromArray(SPECIES, start, b + L);
    FloatVector b2 = fromArray(SPECIES, start, b + 2 * L);
    FloatVector b3 = fromArray(SPECIES, start, b + 3 * L);
    for (int k = 0; k < columns; k++) {
      FloatVector x = broadcast(SPECIES, v[offset + k]);
      int p = wa + k * ROWS;
      int q = wb + k * ROWS;
      a0 = fromArray(SPECIES, w, p).fma(x, a0);
      a1 = fromArray(SPECIES, w, p + L).fma(x, a1);
      a2 = fromArray(SPECIES, w, p + 2 * L).fma(x, a2);
      a3 = fromArray(SPECIES, w, p + 3 * L).fma(x, a3);
      b0 = fromArray(SPECIES, w, q).fma(x, b0);
      b1 = fromArray(SPECIES, w, q + L).fma(x, b1);
      b2 = fromArray(SPECIES, w, q + 2 * L).fma(x, b2);
      b3 = fromArray(SPECIES, w, q + 3 * L).fma(x, b3);
    }
    fromArray(SPECIES, addend, a).add(a0).intoArray(sums, a);
    fromArray(SPECIES, addend, a + L).add(a1).intoArray(sums, a + L);
    fromArray(SPECIES, addend, a + 2 * L).add(a2).intoArray(sums, a + 2 * L);
    fromArray(SPECIES, addend, a + 3 * L).add(a3).intoArray(sums, a + 3 * L);
    fromArray(SPECIES, addend, b).add(b0).intoArray(sums, b);
    fromArray(SPECIES, addend, b + L).add(b1).intoArray(sums, b + L);
    fromArray(SPECIES, addend, b + 2 * L).add(b2).intoArray(sums, b + 2 * L);
    fromArray(SPECIES, addend, b + 3 * L).add(b3).intoArray(sums, b + 3 * L);
  }

  /** The last panel of an odd number, at 512 bits. */
  private static void four(
      float[] w,
      int at,
      int columns,
      float[] v,
      int offset,
      float[] start,
      float[] addend,
      float[] sums,
      int a) {
    FloatVector a0 = fromArray(SPECIES, start, a);
    FloatVector a1 = fromArray(SPECIES, start, a + L);
    FloatVector a2 = fromArray(SPECIES, start, a + 2 * L);
    FloatVector a3 = fromArray(SPECIES, start, a + 3 * L);
    for (int k = 0; k < columns; k++) {
      FloatVector x = broadcast(SPECIES, v[offset + k]);
      int p = at + k * ROWS;
      a0 = fromArray(SPECIES, w, p).fma(x, a0);
      a1 = fromArray(SPECIES, w, p + L).fma(x, a1);
      a2 = fromArray(SPECIES, w, p + 2 * L).fma(x, a2);
      a3 = fromArray(SPECIES, w, p + 3 * L).fma(x, a3);
    }
    fromArray(SPECIES, addend, a).add(a0).intoArray(sums, a);
    fromArray(SPECIES, addend, a + L).add(a1).intoArray(sums, a + L);
    fromArray(SPECIES, addend, a + 2 * L).add(a2).intoArray(sums, a + 2 * L);
    fromArray(SPECIES, addend, a + 3 * L).add(a3).intoArray(sums, a + 3 * L);
  }

  @Override
  public void sumsBf16(
      int[] words,
      int panels,
      int columns,
      float[] v,
      int offset,
      float[] start,
      float[] addend,
      float[] sums) {
    VectorBf16.sums(words, panels, columns, v, offset, start, addend, sums);
  }

  @Override
  public void sumsInt8(
      int[] words,
      float[] scales,
      int panels,
      int columns,
      float[] v,
      int offset,
      float[] start,
      float[] addend,
      float[] sums) {
    VectorInt8.sums(words, scales, panels, columns, v, offset, start, addend, sums);
  }

  @Override
  public void lstmCell(float[] gates, int panels, float[] c, float[] h) {
    VectorCells.lstm(gates, panels, c, h);
  }

  @Override
  public void tanhCell(float[] sums, int panels, float[] h) {
    VectorCells.tanh(sums, 0, h, 0, panels * ROWS);
  }

  @Override
  public void linear(
      float[] weights,
      int outputs,
      int stride,
      float[] v,
      float[] bias,
      float[] scratch,
      float[] y) {
    for (int row = 0; row < outputs; row++) {
      for (int lane = 0; lane < LANES; lane += L) {
        FloatVector sum = FloatVector.zero(SPECIES);
        for (int k = lane; k < stride; k += LANES) {
          sum = fromArray(SPECIES, weights, row * stride + k).fma(fromArray(SPECIES, v, k), sum);
        }
        sum.intoArray(scratch, lane);
      }
      y[row] = ScalarKernels.halve(scratch, 0) + bias[row];
    }
  }
}
