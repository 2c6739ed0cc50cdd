// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Two weights in a 32-bit word, 2 bytes each: half the bytes of fp32 for one operation more.
 *
 * <p>Shape [panel][k][2][16]: word (s, lane) holds the rows of groups 2s (low half) and 2s+1 (high
 * half). The low weight is a bfloat16, {@code word << 16}. The high weight is the whole word read
 * as a float, so nothing has to be masked away: its upper bits are chosen such that the word, low
 * half included, is nearest to the weight, and its error is within bfloat16's.
 */
public final class PackedBf16 extends PackedGates {
  private static final int GROUP_BYTES = PanelShape.LANES * Integer.BYTES;

  /** Panels that are computed at a time at 512 bits. */
  public static final int WIDE = 4;

  /** The upper half of the smallest normal float. */
  private static final int MIN_NORMAL_UPPER = Float.floatToRawIntBits(Float.MIN_NORMAL) >>> 16;

  /**
   * The high weight of a word whose low one alone is a row's. It cannot be 0 beside any low half,
   * and next to 0 its sums would be subnormal, which takes some CPUs a hundred cycles an fma; what
   * the rows of padding sum up to does not matter.
   */
  private static final float PADDING = 1;

  /**
   * Packs two gate-major matrices.
   *
   * @param arena owns the packed weights
   * @param w shape [gates·units][inputs]
   * @param r shape [gates·units][recurrent]
   */
  public PackedBf16(Arena arena, Panels layout, int inputs, int recurrent, float[] w, float[] r) {
    super(
        arena,
        layout,
        inputs,
        recurrent,
        2 * GROUP_BYTES,
        (layout.groupsInLast() + 1) / 2 * GROUP_BYTES);
    long at = 0;
    for (int panel = 0; panel < panels; panel++) {
      for (int k = 0; k < inputs + recurrent; k++) {
        for (int word = 0; word < stride(panel) / Integer.BYTES; word++) {
          int slot = word / PanelShape.LANES * 2 * PanelShape.LANES + word % PanelShape.LANES;
          int row = layout.tightRow(panel, slot);
          int next = layout.tightRow(panel, slot + PanelShape.LANES);
          float low = weight(w, r, inputs, recurrent, row, k);
          float high = next < 0 && row >= 0 ? PADDING : weight(w, r, inputs, recurrent, next, k);
          weights.setAtIndex(ValueLayout.JAVA_INT, at++, pair(low, high));
        }
      }
    }
  }

  /** The low weight of a word. */
  public static float low(int word) {
    return Float.intBitsToFloat(word << 16);
  }

  /** The high weight of a word. */
  public static float high(int word) {
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

  /** Word {@code word} of a column, read slowly, for the reference and for tests. */
  public int word(int panel, int k, int word) {
    return weights.get(ValueLayout.JAVA_INT, offset(panel) + (long) k * stride(panel) + 4L * word);
  }

  private PackedBf16(PackedBf16 whole, int from, int to) {
    super(whole, from, to);
  }

  @Override
  public PackedBf16 part(int from, int to) {
    return new PackedBf16(this, from, to);
  }

  @Override
  int panelsAtOnce() {
    return WIDE;
  }

  @Override
  public void sparseInputSums(
      Kernels kernels,
      int[] columns,
      int count,
      float[] x,
      int xAt,
      float[] recurrentSums,
      float[] sums) {
    kernels.sparseSumsBf16(this, columns, count, x, xAt, recurrentSums, sums);
  }

  @Override
  void columns(BatchKernels kernels, int panel, int from, RowProduct p, MemorySegment scratch) {
    int stride = stride(panel);
    kernels.widenBf16(
        weights, offset(panel) + from * stride, p.depth * stride / GROUP_BYTES, scratch);
    p.b = scratch;
    p.bAt = 0;
    p.bStride = 2 * stride;
    p.width = 2 * stride / Float.BYTES;
  }

  @Override
  void sums(
      Kernels kernels,
      float[] x,
      int xAt,
      int fromX,
      float[] h,
      int hAt,
      int fromH,
      float[] start,
      float[] sums) {
    kernels.sumsBf16(this, x, xAt, fromX, h, hAt, fromH, start, sums);
  }
}
