// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

import java.lang.foreign.MemorySegment;

/**
 * What many rows at once need beside {@link Kernels}; the same arithmetic, so the same bits as a
 * step of each row alone. A row is a timestep of a stream. {@link RowBlock} puts these together.
 */
public interface BatchKernels {
  /** Sums over weights that are floats: the whole work of a batch, nearly. */
  void multiply(RowProduct p);

  /**
   * Widens words of {@link PackedBf16}: 16 words to two groups of 16 floats.
   *
   * @param at where the words begin in {@code words}, in bytes
   * @param groups of 16 words
   * @param to receives floats from its start; shape [2·groups][16]
   */
  void widenBf16(MemorySegment words, int at, int groups, MemorySegment to);

  /**
   * Widens words of {@link PackedInt8}, without their scales: 16 words to four groups of floats.
   *
   * @param at where the words begin in {@code words}, in bytes
   * @param groups of 16 words
   * @param to receives floats from its start; shape [4·groups][16]
   */
  void widenInt8(MemorySegment words, int at, int groups, MemorySegment to);

  /**
   * The scales of {@link PackedInt8}'s inputs: sums = scale·sums.
   *
   * @param scales from {@code at}, 64 for a panel
   * @param sums from {@code sumsAt}, a row every {@code sumsRow}, 64 of each
   */
  void scaleInput(float[] scales, int at, float[] sums, int sumsAt, int sumsRow, int rows);

  /**
   * The scales of {@link PackedInt8}'s recurrent weights: sums = fma(scale, sums, start).
   *
   * @param scales from {@code at}, 64 for a panel
   * @param start from {@code at}, 64 for a panel
   * @param sums shape [rows][64]
   */
  void scaleRecurrent(float[] scales, float[] start, int at, float[] sums, int rows);

  /**
   * LSTM cells of 16 units each: moves c on and writes h. A cell is a row of a batch, or a panel of
   * one row.
   *
   * @param input input sums, from {@code inputAt}; shape [cells][4][16]
   * @param recurrent recurrent sums, used up; shape [cells][4][16]
   * @param c where cell j begins at {@code cAt[j] + cFrom}
   * @param h written; cell j begins at {@code hAt + j·hStep}
   */
  void lstmCells(
      float[] input,
      int inputAt,
      float[] recurrent,
      int cells,
      float[] c,
      int[] cAt,
      int cFrom,
      float[] h,
      int hAt,
      int hStep);

  /** As {@link #lstmCells}, vanilla RNN cells of 64 units each: sums [cells][64]. */
  void tanhCells(
      float[] input, int inputAt, float[] recurrent, int cells, float[] h, int hAt, int hStep);
}
