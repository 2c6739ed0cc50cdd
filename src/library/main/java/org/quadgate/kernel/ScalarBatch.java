// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The reference for many rows at once, one number at a time. */
final class ScalarBatch implements BatchKernels {
  private static final int ROWS = Panels.ROWS;
  private static final int LANES = Panels.LANES;

  @Override
  public void multiply(RowProduct p) {
    for (int m = 0; m < p.rows; m++) {
      for (int j = 0; j < p.width; j++) {
        float sum = p.start[p.startAt + m * p.startRow + j];
        for (int k = 0; k < p.depth; k++) {
          float weight = p.b.get(ValueLayout.JAVA_FLOAT, p.bAt + (long) k * p.bStride + 4L * j);
          sum = Math.fma(weight, p.a[p.aAt[m] + p.aFrom + k], sum);
        }
        p.c[p.cAt + m * p.cRow + j] = sum;
      }
    }
  }

  @Override
  public void widenBf16(MemorySegment words, int at, int groups, MemorySegment to) {
    for (int j = 0; j < groups * LANES; j++) {
      int word = words.get(ValueLayout.JAVA_INT, at + 4L * j);
      int low = j / LANES * 2 * LANES + j % LANES;
      to.setAtIndex(ValueLayout.JAVA_FLOAT, low, PackedBf16.low(word));
      to.setAtIndex(ValueLayout.JAVA_FLOAT, low + LANES, PackedBf16.high(word));
    }
  }

  @Override
  public void widenInt8(MemorySegment words, int at, int groups, MemorySegment to) {
    for (int j = 0; j < groups * LANES; j++) {
      int word = words.get(ValueLayout.JAVA_INT, at + 4L * j);
      for (int g = 0; g < Panels.GROUPS; g++) {
        int slot = j / LANES * ROWS + g * LANES + j % LANES;
        to.setAtIndex(ValueLayout.JAVA_FLOAT, slot, PackedInt8.value(word, g));
      }
    }
  }

  @Override
  public void scaleInput(float[] scales, int at, float[] sums, int sumsAt, int sumsRow, int rows) {
    for (int row = 0; row < rows; row++) {
      for (int j = 0; j < ROWS; j++) {
        sums[sumsAt + row * sumsRow + j] = scales[at + j] * sums[sumsAt + row * sumsRow + j];
      }
    }
  }

  @Override
  public void scaleRecurrent(float[] scales, float[] start, int at, float[] sums, int rows) {
    for (int j = 0; j < rows * ROWS; j++) {
      int slot = at + j % ROWS;
      sums[j] = Math.fma(scales[slot], sums[j], start[slot]);
    }
  }

  @Override
  public void lstmCells(
      float[] input,
      int inputAt,
      float[] recurrent,
      int cells,
      float[] c,
      int[] cAt,
      int cFrom,
      float[] h,
      int hAt,
      int hStep) {
    for (int cell = 0; cell < cells; cell++) {
      for (int lane = 0; lane < LANES; lane++) {
        int z = cell * ROWS + lane;
        int unit = cAt[cell] + cFrom + lane;
        float i = Activations.sigmoid(sum(input[inputAt + z], recurrent[z]));
        float f = Activations.sigmoid(sum(input[inputAt + z + LANES], recurrent[z + LANES]));
        float g = Activations.tanh(sum(input[inputAt + z + 2 * LANES], recurrent[z + 2 * LANES]));
        float o =
            Activations.sigmoid(sum(input[inputAt + z + 3 * LANES], recurrent[z + 3 * LANES]));
        float next = Math.fma(f, c[unit], i * g);
        c[unit] = next;
        h[hAt + cell * hStep + lane] = o * Activations.tanh(next);
      }
    }
  }

  /** Both sums of a gate, in any order; of two that are -0 it is 0, as it is in a step. */
  static float sum(float one, float other) {
    return one + 0f + other;
  }

  @Override
  public void tanhCells(
      float[] input, int inputAt, float[] recurrent, int cells, float[] h, int hAt, int hStep) {
    for (int j = 0; j < cells * ROWS; j++) {
      h[hAt + j / ROWS * hStep + j % ROWS] =
          Activations.tanh(sum(input[inputAt + j], recurrent[j]));
    }
  }
}
