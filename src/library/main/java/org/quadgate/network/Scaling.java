// SPDX-License-Identifier: Apache-2.0
package org.quadgate.network;

import java.util.Arrays;

/**
 * A mean and a standard deviation per value. Inputs become (x − mean) / std before the first layer;
 * outputs become y·std + mean after the last. Immutable.
 */
public final class Scaling {
  private final float[] mean;
  private final float[] std;

  /**
   * Copies the arrays.
   *
   * @param mean shape [values], finite
   * @param std shape [values], finite and above 0
   * @throws IllegalArgumentException if the lengths differ or a number is not so
   */
  public Scaling(float[] mean, float[] std) {
    this("scaling", mean, std);
  }

  Scaling(String what, float[] mean, float[] std) {
    if (mean.length != std.length) {
      throw new IllegalArgumentException(
          what + ": " + mean.length + " means and " + std.length + " standard deviations");
    }
    Finite.check(what + " mean", mean);
    Finite.check(what + " std", std);
    for (int i = 0; i < std.length; i++) {
      if (!(std[i] > 0)) {
        throw new IllegalArgumentException(
            what + " std[" + i + "] is " + std[i] + ", expected a number above 0");
      }
    }
    this.mean = mean.clone();
    this.std = std.clone();
  }

  /** Means of 0 and standard deviations of 1, which change no value. */
  public static Scaling identity(int size) {
    float[] ones = new float[size];
    Arrays.fill(ones, 1);
    return new Scaling(new float[size], ones);
  }

  /** Values that are scaled. */
  public int size() {
    return mean.length;
  }

  /** A copy of the means; shape [values]. */
  public float[] mean() {
    return mean.clone();
  }

  /** A copy of the standard deviations; shape [values]. */
  public float[] std() {
    return std.clone();
  }

  /** Whether every value stays as it is. */
  public boolean isIdentity() {
    for (int i = 0; i < mean.length; i++) {
      if (mean[i] != 0 || std[i] != 1) {
        return false;
      }
    }
    return true;
  }
}
