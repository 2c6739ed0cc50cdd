// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

import java.lang.foreign.MemorySegment;

/**
 * The operands of one matrix product whose left rows lie anywhere: C[m] = S[m] + Σ_k A[m][k]·B[k],
 * with k ascending by fma. Mutable: a block reuses one.
 */
public final class RowProduct {
  /** Rows in the tallest tile. */
  public static final int TILE = 6;

  /** Bytes that a tile reads ahead per row of B, at 512 bits: 48 rows of A bring a panel. */
  public static final int AHEAD = 32;

  /** B[k] is {@code width} floats from byte {@code bAt + k·bStride}. */
  public MemorySegment b;

  public int bAt;
  public int bStride;

  /** Floats in a row of B and of C, a multiple of 16. */
  public int width;

  /** Rows of B. */
  public int depth;

  /** A[m][k] is {@code a[aAt[m] + aFrom + k]}. */
  public float[] a;

  /** Valid up to the next multiple of {@link #TILE}, where it repeats a row. */
  public int[] aAt;

  public int aFrom;

  /** S[m] begins at {@code start[startAt + m·startRow]}. */
  public float[] start;

  public int startAt;
  public int startRow;

  /** C[m] begins at {@code c[cAt + m·cRow]}; there is room up to the next multiple of the tile. */
  public float[] c;

  public int cAt;
  public int cRow;

  /** Rows of A, S and C. */
  public int rows;

  /**
   * The byte of B where what the product to come will read begins, so that it can be brought nearer
   * meanwhile; negative where nothing is to be read ahead.
   */
  public long aheadAt = -1;

  /** How far it may be read: at least {@link #AHEAD} for each row of B, where it is to be. */
  public long aheadBytes;

  /** A use for what is read ahead, lest the compiler drop the read. */
  public int encounters;

  /**
   * Where the tile that begins at a row reads ahead: each has a share of the same size; when there
   * is none left, the first one's once more.
   */
  public long aheadFor(int row) {
    long share = (long) depth * AHEAD;
    long from = row / TILE * share;
    return from + share <= aheadBytes ? aheadAt + from : aheadAt;
  }

  /** {@code rows} up to the next multiple of the tile. */
  public static int roomFor(int rows) {
    return (rows + TILE - 1) / TILE * TILE;
  }
}
