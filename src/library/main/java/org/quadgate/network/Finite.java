// SPDX-License-Identifier: Apache-2.0
package org.quadgate.network;

/** Refuses numbers with which no network can compute. */
final class Finite {
  private Finite() {}

  /**
   * Checks that every number is finite.
   *
   * @throws IllegalArgumentException naming the first that is not
   */
  static void check(String what, float[] values) {
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw new IllegalArgumentException(
            what + "[" + i + "] is " + values[i] + ", expected a finite number");
      }
    }
  }
}
