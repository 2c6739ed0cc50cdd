// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

/** The rows that {@link RowBlock} steps. Mutable: a thread reuses one for all its layers. */
public final class LayerRows {
  /** How many rows there are, up to {@link RowBlock#ROWS}. */
  public int rows;

  /** Row m's input begins at {@code xAt[m]}, which repeats a row up to {@link RowBlock#roomFor}. */
  public float[] x;

  public int[] xAt;

  /** Row m's hidden state begins at {@code hAt[m]}, filled up like {@code xAt}; not changed. */
  public float[] h;

  public int[] hAt;

  /** Row m's cell state begins at {@code cAt[m]}; moved on, without padding; may be {@code h}. */
  public float[] c;

  public int[] cAt;

  /** Receives the next hidden states; shape [rows][padded units] from {@code nextAt}. */
  public float[] next;

  public int nextAt;
}
