// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

/**
 * The operands of a linear layer over many rows. Mutable: a thread reuses one for all its calls.
 */
public final class LinearRows {
  /** Outputs, and rows, that are computed side by side. */
  public static final int TILE = 4;

  public PackedLinear layer;

  /** Row r's input: as many finite values as the layer's stride from {@code vAt + r·vRow}. */
  public float[] v;

  public int vAt;
  public int vRow;

  /** Row r's outputs go to {@code yAt + r·yRow}. */
  public float[] y;

  public int yAt;
  public int yRow;

  /** How many rows there are. */
  public int rows;

  /** The partial sums of one tile. */
  public final float[] partial = new float[TILE * TILE * PanelShape.LANES];
}
