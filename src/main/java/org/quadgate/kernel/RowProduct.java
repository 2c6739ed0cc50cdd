// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

import java.lang.foreign.MemorySegment;

/**
 * The operands of one matrix product whose left rows lie anywhere: C[m] = S[m] + Σ_k A[m][k]·B[k],
 * with k ascending by fma. Mutable, so that a block reuses one.
 */
final class RowProduct {
  /** Rows in the tallest tile. */
  static final int TILE = 6;

  /** B[k] is {@code width} floats from byte {@code bAt + k·bStride}. */
  MemorySegment b;

  int bAt;
  int bStride;

  /** Floats in a row of B and of C, a multiple of 16. */
  int width;

  /** Rows of B. */
  int depth;

  /** A[m][k] is {@code a[aAt[m] + aFrom + k]}. */
  float[] a;

  /** Valid up to the next multiple of {@link #TILE}, where it repeats a row. */
  int[] aAt;

  int aFrom;

  /** S[m] begins at {@code start[startAt + m·startRow]}. */
  float[] start;

  int startAt;
  int startRow;

  /** C[m] begins at {@code c[cAt + m·cRow]}; there is room up to the next multiple of the tile. */
  float[] c;

  int cAt;
  int cRow;

  /** Rows of A, S and C. */
  int rows;

  /** {@code rows} up to the next multiple of the tile. */
  static int roomFor(int rows) {
    return (rows + TILE - 1) / TILE * TILE;
  }
}
