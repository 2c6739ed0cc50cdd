// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

/** How partial sums begin and come together, which the scalar and the vector code must share. */
public final class PartialSums {
  private PartialSums() {}

  /**
   * Where a sum of so many products starts: of none it is -0, which changes nothing it is added to.
   */
  public static float empty(int columns) {
    return columns == 0 ? -0f : 0f;
  }

  /** Both sums of a gate, in any order; of two that are -0 it is 0, as it is in a step. */
  public static float both(float one, float other) {
    return one + 0f + other;
  }

  /** The sum of 16 partial sums from {@code at}: p[j] += p[j+8], then +4, +2, +1. */
  public static float halve(float[] p, int at) {
    float a0 = (p[at] + p[at + 8]) + (p[at + 4] + p[at + 12]);
    float a1 = (p[at + 1] + p[at + 9]) + (p[at + 5] + p[at + 13]);
    float a2 = (p[at + 2] + p[at + 10]) + (p[at + 6] + p[at + 14]);
    float a3 = (p[at + 3] + p[at + 11]) + (p[at + 7] + p[at + 15]);
    return (a0 + a2) + (a1 + a3);
  }
}
