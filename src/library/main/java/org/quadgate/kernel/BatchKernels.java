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

  /** LSTM cells: moves c on and writes h. */
  void lstmCells(CellRows rows);

  /** Vanilla RNN cells: writes h. */
  void tanhCells(CellRows rows);

  /** {@link #lstmCells} with other functions; the padding of c and h becomes 0. */
  void rareLstmCells(CellFunctions functions, CellRows rows);

  /** {@link #tanhCells} with another function; the padding of h becomes 0. */
  void rareRnnCells(CellFunctions functions, CellRows rows);
}
