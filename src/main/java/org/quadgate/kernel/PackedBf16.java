// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

/**
 * Two weights in a 32-bit word, 2 bytes each: half the bytes of fp32 for one operation more.
 *
 * <p>Shape [panel][k][2][16]: word (s, lane) holds the rows of groups 2s (low half) and 2s+1 (high
 * half). The low weight is a bfloat16, {@code word << 16}. The high weight is the whole word read
 * as a float, so nothing has to be masked away: its upper bits are chosen such that the word, low
 * half included, is nearest to the weight, and its error is within bfloat16's.
 */
public final class PackedBf16 extends PackedMatrix {
  private static final int WORDS = Panels.ROWS / 2;

  /** The upper half of the smallest normal float. */
  private static final int MIN_NORMAL_UPPER = Float.floatToRawIntBits(Float.MIN_NORMAL) >>> 16;

  private final int[] words;

  /**
   * Packs a gate-major matrix.
   *
   * @param matrix shape [gates·units][columns]
   */
  public PackedBf16(Panels layout, int columns, float[] matrix) {
    super(layout, columns);
    words = new int[packedLength(layout, columns) / 2];
    for (int panel = 0, at = 0; panel < layout.count(); panel++) {
      for (int k = 0; k < columns; k++) {
        for (int word = 0; word < WORDS; word++, at++) {
          int slot = word / Panels.LANES * 2 * Panels.LANES + word % Panels.LANES;
          float low = weight(matrix, panel, slot, k);
          float high = weight(matrix, panel, slot + Panels.LANES, k);
          words[at] = pair(low, high);
        }
      }
    }
  }

  private float weight(float[] matrix, int panel, int slot, int k) {
    int row = layout.sourceRow(panel, slot);
    return row < 0 ? 0 : matrix[row * columns + k];
  }

  /** The low weight of a word. */
  static float low(int word) {
    return Float.intBitsToFloat(word << 16);
  }

  /** The high weight of a word. */
  static float high(int word) {
    return Float.intBitsToFloat(word);
  }

  private static int pair(float low, float high) {
    int lower = nearest(low, 0) >>> 16;
    return nearest(high, lower);
  }

  /** The word with the given lower half that, as a float, is nearest to {@code weight}. */
  private static int nearest(float weight, int lower) {
    int upper = Float.floatToRawIntBits(weight) >>> 16;
    if (lower != 0 && Math.abs(weight) < Float.MIN_NORMAL) {
      // below this upper half the word would be a subnormal, slow to multiply on some CPUs
      return (((upper & 0x8000) | MIN_NORMAL_UPPER) << 16) | lower;
    }
    int best = (upper << 16) | lower;
    for (int step = -1; step <= 1; step += 2) {
      int candidate = ((upper + step) << 16) | lower;
      float value = Float.intBitsToFloat(candidate);
      if (Float.isFinite(value)
          && Math.abs((double) value - weight)
              < Math.abs((double) Float.intBitsToFloat(best) - weight)) {
        best = candidate;
      }
    }
    return best;
  }

  @Override
  public void sums(
      Kernels kernels, float[] v, int offset, float[] start, float[] addend, float[] sums) {
    kernels.sumsBf16(words, layout.count(), columns, v, offset, start, addend, sums);
  }

  @Override
  public long bytes() {
    return 4L * words.length;
  }
}
