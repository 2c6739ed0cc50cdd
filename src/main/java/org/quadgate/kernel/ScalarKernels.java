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
  public void sums(
      float[] weights,
      int panels,
      int columns,
      float[] v,
      int offset,
      float[] start,
      float[] addend,
      float[] sums) {
    for (int panel = 0; panel < panels; panel++) {
      int base = panel * columns * ROWS;
      for (int slot = 0; slot < ROWS; slot++) {
        int row = panel * ROWS + slot;
        float sum = start[row];
        for (int k = 0; k < columns; k++) {
          sum = Math.fma(weights[base + k * ROWS + slot], v[offset + k], sum);
        }
        sums[row] = addend[row] + sum;
      }
    }
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
    for (int panel = 0; panel < panels; panel++) {
      for (int pair = 0; pair < ROWS / 2; pair++) {
        int row = panel * ROWS + pair / LANES * 2 * LANES + pair % LANES;
        float low = start[row];
        float high = start[row + LANES];
        for (int k = 0; k < columns; k++) {
          int word = words[(panel * columns + k) * (ROWS / 2) + pair];
          low = Math.fma(PackedBf16.low(word), v[offset + k], low);
          high = Math.fma(PackedBf16.high(word), v[offset + k], high);
        }
        sums[row] = addend[row] + low;
        sums[row + LANES] = addend[row + LANES] + high;
      }
    }
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
    for (int row = 0; row < panels * ROWS; row++) {
      int panel = row / ROWS;
      int group = row % ROWS / LANES;
      float sum = 0;
      for (int k = 0; k < columns; k++) {
        int word = words[(panel * columns + k) * LANES + row % LANES];
        sum = Math.fma(PackedInt8.value(word, group), v[offset + k], sum);
      }
      sums[row] = addend[row] + Math.fma(scales[row], sum, start[row]);
    }
  }

  @Override
  public void lstmCell(float[] gates, int panels, float[] c, float[] h) {
    for (int panel = 0; panel < panels; panel++) {
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
  public void tanhCell(float[] sums, int panels, float[] h) {
    for (int row = 0; row < panels * ROWS; row++) {
      h[row] = Activations.tanh(sums[row]);
    }
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
