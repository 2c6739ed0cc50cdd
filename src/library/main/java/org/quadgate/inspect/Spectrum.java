// SPDX-License-Identifier: Apache-2.0
package org.quadgate.inspect;

import java.util.Arrays;

/**
 * Singular values of weight matrices, by one-sided Jacobi rotations (Hestenes, "Inversion of
 * Matrices by Biorthogonalization and Related Results", 1958). The largest bounds how much a gate's
 * sums can grow; a spectrum that falls fast says that fewer units might do.
 */
public final class Spectrum {
  private static final int MOST_SWEEPS = 60;
  private static final double PRECISION = 1e-12;

  private Spectrum() {}

  /**
   * All singular values, largest first.
   *
   * @param matrix shape [rows][columns] from {@code at}
   * @return min(rows, columns) values
   */
  public static double[] singularValues(float[] matrix, int at, int rows, int columns) {
    // vectors along the longer side, as many as the shorter one has
    boolean tall = rows >= columns;
    int count = Math.min(rows, columns);
    int length = Math.max(rows, columns);
    double[][] vectors = new double[count][length];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        vectors[tall ? j : i][tall ? i : j] = matrix[at + i * columns + j];
      }
    }
    boolean rotated = true;
    for (int sweep = 0; sweep < MOST_SWEEPS && rotated; sweep++) {
      rotated = false;
      for (int p = 0; p < count; p++) {
        for (int q = p + 1; q < count; q++) {
          rotated |= rotate(vectors[p], vectors[q]);
        }
      }
    }
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = -Math.sqrt(dot(vectors[i], vectors[i]));
    }
    Arrays.sort(values);
    for (int i = 0; i < count; i++) {
      values[i] = -values[i];
    }
    return values;
  }

  /** Makes two vectors orthogonal; false if they were. */
  private static boolean rotate(double[] p, double[] q) {
    double pp = dot(p, p);
    double qq = dot(q, q);
    double pq = dot(p, q);
    if (Math.abs(pq) <= PRECISION * Math.sqrt(pp * qq)) {
      return false;
    }
    double zeta = (qq - pp) / (2 * pq);
    double t = Math.copySign(1, zeta) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
    double c = 1 / Math.sqrt(1 + t * t);
    double s = c * t;
    for (int i = 0; i < p.length; i++) {
      double before = p[i];
      p[i] = c * before - s * q[i];
      q[i] = s * before + c * q[i];
    }
    return true;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
