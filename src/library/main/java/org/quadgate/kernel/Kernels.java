// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

import org.quadgate.network.Activation;

/**
 * The inner loops of one step. Implementations are stateless, check nothing beyond what the JVM
 * checks, and agree in every bit; the package documentation defines the arithmetic. A row array is
 * in packed order, {@code [panel][4][16]}. An array that comes with a place begins there.
 *
 * <p>Sums take their operands one by one, as no other kernel does: a step would have to store the
 * arrays into an object that has lived long, and each such store costs 5 ns of the collector's
 * bookkeeping.
 */
public interface Kernels {
  /** Bits in a register: 32 for scalar code. */
  int widthBits();

  /** What many rows at once need beside these, at the same width. */
  BatchKernels batch();

  /** Linear layers, at the same width. */
  LinearKernels linear();

  /** What training needs beside these, at the same width. */
  TrainingKernels training();

  /**
   * The sums of {@link PackedGates}: sums = (Σ_{k<fromX} W[k]·x[xAt + k]) + (start + Σ_{k<fromH}
   * R[k]·h[hAt + k]). A part of no columns leaves the other as it is, down to the sign of a zero.
   * Of all panels, or of those a {@link PackedGates#part} is for.
   *
   * @param start shape [panel][4][16]
   * @param sums written; shape [panel][4][16]
   */
  void sums(
      PackedFp32 w,
      float[] x,
      int xAt,
      int fromX,
      float[] h,
      int hAt,
      int fromH,
      float[] start,
      float[] sums);

  /** As {@link #sums}, for bfloat16. */
  void sumsBf16(
      PackedBf16 w,
      float[] x,
      int xAt,
      int fromX,
      float[] h,
      int hAt,
      int fromH,
      float[] start,
      float[] sums);

  /**
   * As {@link #sums}, for 8-bit integers: (scale·Σ_{k<fromX} W[k]·x[xAt + k]) + fma(scale,
   * Σ_{k<fromH} R[k]·h[hAt + k], start).
   */
  void sumsInt8(
      PackedInt8 w,
      float[] x,
      int xAt,
      int fromX,
      float[] h,
      int hAt,
      int fromH,
      float[] start,
      float[] sums);

  /**
   * As {@link #sums} without h, over some columns: sums = (Σ_j W[columns[j]]·x[xAt + columns[j]]) +
   * start.
   *
   * @param columns ascending; those left out have x = 0
   * @param count how many columns there are in the array
   */
  void sparseSums(
      PackedFp32 w, int[] columns, int count, float[] x, int xAt, float[] start, float[] sums);

  /** As {@link #sparseSums}, for bfloat16. */
  void sparseSumsBf16(
      PackedBf16 w, int[] columns, int count, float[] x, int xAt, float[] start, float[] sums);

  /** As {@link #sparseSums}, for 8-bit integers. */
  void sparseSumsInt8(
      PackedInt8 w, int[] columns, int count, float[] x, int xAt, float[] start, float[] sums);

  /**
   * The LSTM cell: turns sums into activated gates in place, and moves c and h one step on.
   *
   * @param gates in: sums; out: i, f, g, o; shape [panel][4][16]
   * @param from the first panel to compute
   * @param to the panel after the last to compute
   * @param c cell state; shape [panel][16]
   * @param h hidden state, written; shape [panel][16]; may be {@code c} at another place
   */
  void lstmCell(float[] gates, int from, int to, float[] c, int cAt, float[] h, int hAt);

  /**
   * The vanilla RNN cell: h = tanh(sums).
   *
   * @param sums shape [panel][64]
   * @param from the first panel to compute
   * @param to the panel after the last to compute
   * @param h written; shape [panel][64]
   */
  void tanhCell(float[] sums, int from, int to, float[] h, int hAt);

  /** {@link #lstmCell} with other functions; the padding of c and h becomes 0. */
  void rareLstmCell(
      CellFunctions functions,
      float[] gates,
      int from,
      int to,
      float[] c,
      int cAt,
      float[] h,
      int hAt);

  /** {@link #tanhCell} with another function; uses the sums up, and the padding of h becomes 0. */
  void rareRnnCell(CellFunctions functions, float[] sums, int from, int to, float[] h, int hAt);

  /** Applies a function to {@code count} values in place. */
  void activate(Activation function, float[] values, int at, int count);
}
