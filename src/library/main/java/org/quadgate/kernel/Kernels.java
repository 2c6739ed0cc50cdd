// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

/**
 * The inner loops. Implementations are stateless, check nothing beyond what the JVM checks, and
 * agree in every bit; the package documentation defines the arithmetic. A row array is in packed
 * order, {@code [panel][4][16]}.
 */
public interface Kernels {
  /** Bits in a register: 32 for scalar code. */
  int widthBits();

  /** What training needs beside these, at the same width. */
  TrainingKernels training();

  /** What many rows at once need beside these, at the same width. */
  BatchKernels batch();

  /**
   * The sums of {@link PackedGates}: sums = (Σ_{k<fromX} W[k]·x[offset + k]) + (start + Σ_{k<fromH}
   * R[k]·h[k]). A part of no columns leaves the other as it is, down to the sign of a zero. Of all
   * panels, or of those a {@link PackedGates#part} is for.
   *
   * @param start shape [panel][4][16]
   * @param sums written; shape [panel][4][16]
   */
  void sums(
      PackedFp32 w,
      float[] x,
      int offset,
      int fromX,
      float[] h,
      int fromH,
      float[] start,
      float[] sums);

  /** As {@link #sums}, for bfloat16. */
  void sumsBf16(
      PackedBf16 w,
      float[] x,
      int offset,
      int fromX,
      float[] h,
      int fromH,
      float[] start,
      float[] sums);

  /**
   * As {@link #sums}, for 8-bit integers: (scale·Σ_{k<fromX} W[k]·x[offset + k]) + fma(scale,
   * Σ_{k<fromH} R[k]·h[k], start).
   */
  void sumsInt8(
      PackedInt8 w,
      float[] x,
      int offset,
      int fromX,
      float[] h,
      int fromH,
      float[] start,
      float[] sums);

  /**
   * As {@link #sums} without h, over some columns: sums = (Σ_j W[columns[j]]·x[offset +
   * columns[j]]) + start.
   *
   * @param columns ascending; those left out have x = 0
   * @param count how many columns there are in the array
   */
  void sparseSums(
      PackedFp32 w, int[] columns, int count, float[] x, int offset, float[] start, float[] sums);

  /** As {@link #sparseSums}, for bfloat16. */
  void sparseSumsBf16(
      PackedBf16 w, int[] columns, int count, float[] x, int offset, float[] start, float[] sums);

  /** As {@link #sparseSums}, for 8-bit integers. */
  void sparseSumsInt8(
      PackedInt8 w, int[] columns, int count, float[] x, int offset, float[] start, float[] sums);

  /**
   * The LSTM cell: turns sums into activated gates in place, and moves c and h one step on.
   *
   * @param gates in: sums; out: i, f, g, o; shape [panel][4][16]
   * @param from the first panel to compute
   * @param to the panel after the last to compute
   * @param c cell state; shape [panel][16]
   * @param h hidden state, written; shape [panel][16]
   */
  void lstmCell(float[] gates, int from, int to, float[] c, float[] h);

  /** {@link #lstmCell(float[], int, int, float[], float[])} of the first {@code panels}. */
  default void lstmCell(float[] gates, int panels, float[] c, float[] h) {
    lstmCell(gates, 0, panels, c, h);
  }

  /**
   * The vanilla RNN cell: h = tanh(sums).
   *
   * @param sums shape [panel][64]
   * @param from the first panel to compute
   * @param to the panel after the last to compute
   * @param h written; shape [panel][64]
   */
  void tanhCell(float[] sums, int from, int to, float[] h);

  /** {@link #tanhCell(float[], int, int, float[])} of the first {@code panels}. */
  default void tanhCell(float[] sums, int panels, float[] h) {
    tanhCell(sums, 0, panels, h);
  }

  /**
   * A linear layer: y[row] = Σ_k weights[row][k]·v[k] + bias[row].
   *
   * @param weights shape [outputs][stride], zero beyond the true columns
   * @param from the first row to compute
   * @param to the row after the last to compute
   * @param stride columns, a multiple of 16
   * @param v shape [stride], finite
   * @param scratch shape [16]
   * @param y written; shape [outputs]
   */
  void linear(
      float[] weights,
      int from,
      int to,
      int stride,
      float[] v,
      float[] bias,
      float[] scratch,
      float[] y);

  /**
   * {@link #linear(float[], int, int, int, float[], float[], float[], float[])} of the first {@code
   * outputs} rows.
   */
  default void linear(
      float[] weights,
      int outputs,
      int stride,
      float[] v,
      float[] bias,
      float[] scratch,
      float[] y) {
    linear(weights, 0, outputs, stride, v, bias, scratch, y);
  }
}
