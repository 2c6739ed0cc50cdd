// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

/** The reference: the definition of the arithmetic, one number at a time. */
final class ScalarKernels implements Kernels {
  private static final int ROWS = Panels.ROWS;
  private static final int LANES = Panels.LANES;

  @Override
  public int widthBits() {
    return Float.SIZE;
  }

  @Override
  public TrainingKernels training() {
    return new ScalarTraining();
  }

  @Override
  public BatchKernels batch() {
    return new ScalarBatch();
  }

  @Override
  public void sums(
      PackedFp32 w,
      float[] x,
      int offset,
      int fromX,
      float[] h,
      int fromH,
      float[] start,
      float[] sums) {
    for (int panel = w.from; panel < w.to; panel++) {
      for (int slot = 0; slot < w.layout.groups(panel) * LANES; slot++) {
        int row = panel * ROWS + slot;
        float in = empty(fromX);
        for (int k = 0; k < fromX; k++) {
          in = Math.fma(w.weight(panel, k, slot), x[offset + k], in);
        }
        float rec = start[row];
        for (int k = 0; k < fromH; k++) {
          rec = Math.fma(w.weight(panel, w.inputs + k, slot), h[k], rec);
        }
        sums[row] = in + empty(fromX) + rec;
      }
    }
  }

  /**
   * Where a sum of so many products starts: of none it is -0, which changes nothing it is added to.
   */
  static float empty(int columns) {
    return columns == 0 ? -0f : 0f;
  }

  @Override
  public void sumsBf16(
      PackedBf16 w,
      float[] x,
      int offset,
      int fromX,
      float[] h,
      int fromH,
      float[] start,
      float[] sums) {
    for (int panel = w.from; panel < w.to; panel++) {
      for (int pair = 0; pair < w.stride(panel) / Integer.BYTES; pair++) {
        int row = panel * ROWS + pair / LANES * 2 * LANES + pair % LANES;
        float inLow = empty(fromX);
        float inHigh = inLow;
        for (int k = 0; k < fromX; k++) {
          int word = w.word(panel, k, pair);
          inLow = Math.fma(PackedBf16.low(word), x[offset + k], inLow);
          inHigh = Math.fma(PackedBf16.high(word), x[offset + k], inHigh);
        }
        float recLow = start[row];
        float recHigh = start[row + LANES];
        for (int k = 0; k < fromH; k++) {
          int word = w.word(panel, w.inputs + k, pair);
          recLow = Math.fma(PackedBf16.low(word), h[k], recLow);
          recHigh = Math.fma(PackedBf16.high(word), h[k], recHigh);
        }
        sums[row] = inLow + empty(fromX) + recLow;
        sums[row + LANES] = inHigh + empty(fromX) + recHigh;
      }
    }
  }

  @Override
  public void sumsInt8(
      PackedInt8 w,
      float[] x,
      int offset,
      int fromX,
      float[] h,
      int fromH,
      float[] start,
      float[] sums) {
    for (int row = w.from * ROWS; row < w.to * ROWS; row++) {
      int panel = row / ROWS;
      int group = row % ROWS / LANES;
      float in = empty(fromX);
      for (int k = 0; k < fromX; k++) {
        int word = w.word(panel, k, row % LANES);
        in = Math.fma(PackedInt8.value(word, group), x[offset + k], in);
      }
      float rec = empty(fromH);
      for (int k = 0; k < fromH; k++) {
        int word = w.word(panel, w.inputs + k, row % LANES);
        rec = Math.fma(PackedInt8.value(word, group), h[k], rec);
      }
      rec = Math.fma(w.recurrentScales[row], rec, start[row]);
      sums[row] = w.inputScales[row] * in + empty(fromX) + rec;
    }
  }

  @Override
  public void sparseSums(
      PackedFp32 w, int[] columns, int count, float[] x, int offset, float[] start, float[] sums) {
    for (int panel = w.from; panel < w.to; panel++) {
      for (int slot = 0; slot < w.layout.groups(panel) * LANES; slot++) {
        int row = panel * ROWS + slot;
        float in = 0;
        for (int j = 0; j < count; j++) {
          in = Math.fma(w.weight(panel, columns[j], slot), x[offset + columns[j]], in);
        }
        sums[row] = in + 0f + start[row];
      }
    }
  }

  @Override
  public void sparseSumsBf16(
      PackedBf16 w, int[] columns, int count, float[] x, int offset, float[] start, float[] sums) {
    for (int panel = w.from; panel < w.to; panel++) {
      for (int pair = 0; pair < w.stride(panel) / Integer.BYTES; pair++) {
        int row = panel * ROWS + pair / LANES * 2 * LANES + pair % LANES;
        float low = 0;
        float high = 0;
        for (int j = 0; j < count; j++) {
          int word = w.word(panel, columns[j], pair);
          low = Math.fma(PackedBf16.low(word), x[offset + columns[j]], low);
          high = Math.fma(PackedBf16.high(word), x[offset + columns[j]], high);
        }
        sums[row] = low + 0f + start[row];
        sums[row + LANES] = high + 0f + start[row + LANES];
      }
    }
  }

  @Override
  public void sparseSumsInt8(
      PackedInt8 w, int[] columns, int count, float[] x, int offset, float[] start, float[] sums) {
    for (int row = w.from * ROWS; row < w.to * ROWS; row++) {
      int group = row % ROWS / LANES;
      float in = 0;
      for (int j = 0; j < count; j++) {
        int word = w.word(row / ROWS, columns[j], row % LANES);
        in = Math.fma(PackedInt8.value(word, group), x[offset + columns[j]], in);
      }
      sums[row] = w.inputScales[row] * in + 0f + start[row];
    }
  }

  @Override
  public void lstmCell(float[] gates, int from, int to, float[] c, float[] h) {
    for (int panel = from; panel < to; panel++) {
      for (int lane = 0; lane < LANES; lane++) {
        int z = panel * ROWS + lane;
        int unit = panel * LANES + lane;
        float i = Activations.sigmoid(gates[z]);
        float f = Activations.sigmoid(gates[z + LANES]);
        float g = Activations.tanh(gates[z + 2 * LANES]);
        float o = Activations.sigmoid(gates[z + 3 * LANES]);
        float next = Math.fma(f, c[unit], i * g);
        gates[z] = i;
        gates[z + LANES] = f;
        gates[z + 2 * LANES] = g;
        gates[z + 3 * LANES] = o;
        c[unit] = next;
        h[unit] = o * Activations.tanh(next);
      }
    }
  }

  @Override
  public void tanhCell(float[] sums, int from, int to, float[] h) {
    for (int row = from * ROWS; row < to * ROWS; row++) {
      h[row] = Activations.tanh(sums[row]);
    }
  }

  @Override
  public void linear(
      float[] weights,
      int from,
      int to,
      int stride,
      float[] v,
      float[] bias,
      float[] scratch,
      float[] y) {
    for (int row = from; row < to; row++) {
      for (int j = 0; j < LANES; j++) {
        float sum = 0;
        for (int k = j; k < stride; k += LANES) {
          sum = Math.fma(weights[row * stride + k], v[k], sum);
        }
        scratch[j] = sum;
      }
      y[row] = halve(scratch, 0) + bias[row];
    }
  }

  /** The sum of 16 partial sums from {@code at}: p[j] += p[j+8], then +4, +2, +1. */
  static float halve(float[] p, int at) {
    float a0 = (p[at] + p[at + 8]) + (p[at + 4] + p[at + 12]);
    float a1 = (p[at + 1] + p[at + 9]) + (p[at + 5] + p[at + 13]);
    float a2 = (p[at + 2] + p[at + 10]) + (p[at + 6] + p[at + 14]);
    float a3 = (p[at + 3] + p[at + 11]) + (p[at + 7] + p[at + 15]);
    return (a0 + a2) + (a1 + a3);
  }
}
