// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

/**
 * The operands of one matrix product, C = S + A·B, as places in arrays. Mutable, so that a thread
 * reuses one for all its products and allocates none.
 *
 * <pre>
 *   C[m][n] = fma(A[m][K-1], B[K-1][n], … fma(A[m][0], B[0][n], S[m][n]))
 * </pre>
 *
 * <p>A may have any strides, so it may be read transposed; a stride of 0 repeats a row or a number.
 * The rows of B, S and C are contiguous. S may be C.
 */
public final class Product {
  private static final float[] ONE = {1};

  public float[] a;
  public int aAt;
  public int aRow;
  public int aColumn;
  public float[] b;
  public int bAt;
  public int bRow;
  public float[] start;
  public int startAt;
  public int startRow;
  public float[] c;
  public int cAt;
  public int cRow;
  public int rows;
  public int columns;
  public int depth;

  /** A[m][k] is {@code a[at + m·row + k·column]}. */
  public Product left(float[] a, int at, int row, int column) {
    this.a = a;
    aAt = at;
    aRow = row;
    aColumn = column;
    return this;
  }

  /** A is 1 everywhere, so that each row of C is S plus the sum of B's rows. */
  public Product ones() {
    return left(ONE, 0, 0, 0);
  }

  /** B[k][n] is {@code b[at + k·row + n]}. */
  public Product right(float[] b, int at, int row) {
    this.b = b;
    bAt = at;
    bRow = row;
    return this;
  }

  /** S[m][n] is {@code s[at + m·row + n]}. */
  public Product from(float[] s, int at, int row) {
    start = s;
    startAt = at;
    startRow = row;
    return this;
  }

  /** C[m][n] is {@code c[at + m·row + n]}. */
  public Product to(float[] c, int at, int row) {
    this.c = c;
    cAt = at;
    cRow = row;
    return this;
  }

  /** As {@link #to}, adding to what is there: S is C. */
  public Product addTo(float[] c, int at, int row) {
    return from(c, at, row).to(c, at, row);
  }

  /**
   * Computes it.
   *
   * @param rows of A and C, m
   * @param columns of B and C, n, a multiple of 16
   * @param depth columns of A and rows of B, K
   */
  public void run(TrainingKernels kernels, int rows, int columns, int depth) {
    assert columns % PanelShape.LANES == 0 : columns;
    this.rows = rows;
    this.columns = columns;
    this.depth = depth;
    kernels.multiply(this);
  }
}
