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

  /**
   * For every row: sums = addend + (start + Σ_k weights[k]·v[offset + k]).
   *
   * @param weights shape [panel][k][4][16]
   */
  void sums(
      float[] weights,
      int panels,
      int columns,
      float[] v,
      int offset,
      float[] start,
      float[] addend,
      float[] sums);

  /**
   * {@link #sums} for the encoding of {@link PackedBf16}.
   *
   * @param words shape [panel][k][2][16]
   */
  void sumsBf16(
      int[] words,
      int panels,
      int columns,
      float[] v,
      int offset,
      float[] start,
      float[] addend,
      float[] sums);

  /**
   * For the encoding of {@link PackedInt8}: sums = addend + fma(scale, Σ_k value·v[offset + k],
   * start), the inner sum from 0.
   *
   * @param words shape [panel][k][16]
   * @param scales shape [panel][4][16]
   */
  void sumsInt8(
      int[] words,
      float[] scales,
      int panels,
      int columns,
      float[] v,
      int offset,
      float[] start,
      float[] addend,
      float[] sums);

  /**
   * The LSTM cell: turns sums into activated gates in place, and moves c and h one step on.
   *
   * @param gates in: sums; out: i, f, g, o; shape [panel][4][16]
   * @param c cell state; shape [panel][16]
   * @param h hidden state, written; shape [panel][16]
   */
  void lstmCell(float[] gates, int panels, float[] c, float[] h);

  /**
   * The vanilla RNN cell: h = tanh(sums).
   *
   * @param sums shape [panel][64]
   * @param h written; shape [panel][64]
   */
  void tanhCell(float[] sums, int panels, float[] h);

  /**
   * A linear layer: y[row] = Σ_k weights[row][k]·v[k] + bias[row].
   *
   * @param weights shape [outputs][stride], zero beyond the true columns
   * @param stride columns, a multiple of 16
   * @param v shape [stride], finite
   * @param scratch shape [16]
   * @param y written; shape [outputs]
   */
  void linear(
      float[] weights,
      int outputs,
      int stride,
      float[] v,
      float[] bias,
      float[] scratch,
      float[] y);
}
