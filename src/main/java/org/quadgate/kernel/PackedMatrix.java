// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

/**
 * A weight matrix as the kernels read it: {@code [panel][k][4][16]}, in one of several encodings.
 * Immutable.
 */
public abstract sealed class PackedMatrix permits PackedFp32, PackedBf16, PackedInt8 {
  final Panels layout;
  final int columns;

  PackedMatrix(Panels layout, int columns) {
    this.layout = layout;
    this.columns = columns;
  }

  /**
   * sums[row] = addend[row] + (start[row] + Σ_k matrix[row][k]·v[k]), k ascending by fma.
   *
   * @param v the vector, from {@code offset}; shape [columns]
   * @param start shape [rows, packed]
   * @param addend shape [rows, packed]
   * @param sums shape [rows, packed]; may be {@code addend}
   */
  public abstract void sums(
      Kernels kernels, float[] v, int offset, float[] start, float[] addend, float[] sums);

  /** Bytes of weights, padding included: what a step reads. */
  public abstract long bytes();

  /** Length of the packed array for {@code layout} and {@code columns}, per weight. */
  static int packedLength(Panels layout, int columns) {
    return Math.multiplyExact(layout.rows(), columns);
  }
}
