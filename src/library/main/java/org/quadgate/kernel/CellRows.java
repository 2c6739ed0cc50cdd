// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

/**
 * The operands of many cells: of one panel for each row of a batch, or of each panel of one row. A
 * cell is 16 units of an LSTM or 64 of a vanilla RNN. Mutable: a thread reuses one for all its
 * calls.
 */
public final class CellRows {
  /** Input sums; shape [cells][4][16] from {@code inputAt}. */
  public float[] input;

  public int inputAt;

  /** Recurrent sums, used up; shape [cells][4][16]. */
  public float[] recurrent;

  /** How many cells there are. */
  public int cells;

  /** The cell states of cell j, moved on, begin at {@code cAt[j] + cFrom}. */
  public float[] c;

  public int[] cAt;
  public int cFrom;

  /** The hidden states of cell j, written, begin at {@code hAt + j·hStep}. */
  public float[] h;

  public int hAt;
  public int hStep;

  /** Cell j belongs to panel {@code panel + j·panelStep}: only rare cells differ by panel. */
  public int panel;

  public int panelStep;
}
