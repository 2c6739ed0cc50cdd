// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

/**
 * Walks over the panels of one layer's weights, each the other way than the one before: what was
 * read last is still in a cache that cannot hold all of them, and would be gone before its turn if
 * every walk began at the front. Panels do not depend on each other, so no bit depends on the way.
 *
 * <p>For one thread at a time; the weights themselves are shared. Allocates nothing once made.
 */
public final class PanelWalk {
  private final PackedGates[] pieces;

  /** Whether the present walk goes from the last piece to the first. */
  private boolean descends;

  /**
   * A walk whose first goes from the last piece to the first.
   *
   * @param pieces of a layer; shared, not copied: {@link PackedGates#piecesOfSteps} for single
   *     steps, {@link PackedGates#pieces} for many on end, which profit from the first-level cache
   *     as well
   */
  public PanelWalk(PackedGates[] pieces) {
    this.pieces = pieces;
  }

  private PackedGates piece(int i) {
    return pieces[descends ? pieces.length - 1 - i : i];
  }

  /** As {@link PackedGates#sums}, the other way than the last walk. */
  public void sums(
      Kernels kernels, float[] x, int xAt, float[] h, int hAt, float[] bias, float[] sums) {
    descends = !descends;
    for (int i = 0; i < pieces.length; i++) {
      piece(i).sums(kernels, x, xAt, h, hAt, bias, sums);
    }
  }

  /** As {@link PackedGates#recurrentSums}, the other way than the last walk. */
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
