// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.metadata;

/** What a writer may leave out, because a reader takes it for granted. */
public final class Neutral {
  private Neutral() {}

  /** Whether all numbers have the bits of {@code value}, so that leaving them out loses none. */
  public static boolean isAll(float value, float[] numbers) {
    for (float number : numbers) {
      if (Float.floatToRawIntBits(number) != Float.floatToRawIntBits(value)) {
        return false;
      }
    }
    return true;
  }
}
