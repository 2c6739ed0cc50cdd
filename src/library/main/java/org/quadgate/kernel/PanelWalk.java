// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

/**
 * Walks over the panels of one layer's weights, turning round each time: a cache that cannot hold
 * all of them still holds those read last, which would be evicted before their turn if every walk
 * began at the front. Panels are independent of each other, so the direction changes no bit.
 *
 * <p>For one thread at a time; the weights themselves are shared. Allocates nothing once made.
 */
public final class PanelWalk {
  private final PackedGates[] pieces;

  /** Whether the present walk goes from the last piece to the first. */
  private boolean descends;

  /**
   * Starts so that the first walk goes from the last piece to the first.
   *
   * @param pieces of a layer, not copied: {@link PackedGates#piecesOfSteps} for single steps,
   *     {@link PackedGates#pieces} for many in a row, which gain from the first-level cache too
   */
  public PanelWalk(PackedGates[] pieces) {
    this.pieces = pieces;
  }

  private PackedGates piece(int i) {
    return pieces[descends ? pieces.length - 1 - i : i];
  }

  /** As {@link PackedGates#sums}, in the opposite direction to the last walk. */
  public void sums(
      Kernels kernels, float[] x, int xAt, float[] h, int hAt, float[] bias, float[] sums) {
    descends = !descends;
    for (int i = 0; i < pieces.length; i++) {
      piece(i).sums(kernels, x, xAt, h, hAt, bias, sums);
    }
  }

  /** As {@link PackedGates#recurrentSums}, in the opposite direction to the last walk. */
  public void recurrentSums(
      Kernels kernels, float[] h, int hAt, float[] bias, float[] recurrentSums) {
    descends = !descends;
    for (int i = 0; i < pieces.length; i++) {
      piece(i).recurrentSums(kernels, h, hAt, bias, recurrentSums);
    }
  }

  /** As {@link PackedGates#inputSums}: the rest of a walk that {@link #recurrentSums} began. */
  public void inputSums(Kernels kernels, float[] x, int xAt, float[] recurrentSums, float[] sums) {
    for (int i = 0; i < pieces.length; i++) {
      piece(i).inputSums(kernels, x, xAt, recurrentSums, sums);
    }
  }
}
