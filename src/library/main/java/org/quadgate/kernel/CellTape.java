// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

/**
 * What the cells of one panel and one timestep read and write in training, for many rows. Mutable:
 * a thread reuses one for all its calls. States stand in rows of 16 units of an LSTM or 64 of a
 * vanilla RNN, {@link #stride} apart.
 */
public final class CellTape {
  /**
   * Forwards: input sums, then activated gates of an LSTM. Backwards: those gates, then the
   * gradient of the sums. Shape [rows][4][16] from {@code gatesAt}.
   */
  public float[] gates;

  public int gatesAt;

  /** Recurrent sums, used up by a vanilla RNN; shape [rows][4][16] from {@code sumsAt}. */
  public float[] sums;

  public int sumsAt;

  /** c of the timestep before from {@code before}, c' from {@code after}. */
  public float[] cells;

  /** tanh(c') from {@code tanhAt}. */
  public float[] tanhCells;

  public int tanhAt;

  /** h' from {@code after}. */
  public float[] hidden;

  /** Where states of the timestep before stand. */
  public int before;

  /** Where states of this timestep stand. */
  public int after;

  /** ∂L/∂h' from {@code gradientAt}. */
  public float[] dh;

  /** In: ∂L/∂c' as it comes from the timestep above; out: ∂L/∂c; from {@code gradientAt}. */
  public float[] dc;

  public int gradientAt;

  /** How far apart the rows of states and of their gradients are. */
  public int stride;

  /** How many rows there are. */
  public int rows;
}
