// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

/** 32-bit floats as trained. */
public final class PackedFp32 extends PackedMatrix {
  /** Shape [panel][k][4][16]. */
  private final float[] weights;

  /**
   * Packs a gate-major matrix.
   *
   * @param matrix shape [gates·units][columns]
   */
  public PackedFp32(Panels layout, int columns, float[] matrix) {
    super(layout, columns);
    weights = new float[packedLength(layout, columns)];
    layout.pack(matrix, columns, weights, 0);
  }

  @Override
  public void sums(
      Kernels kernels, float[] v, int offset, float[] start, float[] addend, float[] sums) {
    kernels.sums(weights, layout.count(), columns, v, offset, start, addend, sums);
  }

  @Override
  public long bytes() {
    return 4L * weights.length;
  }
}
