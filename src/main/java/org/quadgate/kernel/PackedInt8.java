// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

/**
 * Four weights in a 32-bit word, 1 byte each, with a scale per row: a quarter of fp32's bytes.
 *
 * <p>Shape [panel][k][16]: byte g of word (lane) holds the row of group g. Weight g is {@code
 * (float) (word << 24 - 8·g)} times the row's scale: one shift and one conversion, and for the top
 * byte the conversion alone. The bytes below a weight's own stay in as a known fraction of a step,
 * which packing takes into account, so the error is half a step as with whole numbers.
 */
public final class PackedInt8 extends PackedMatrix {
  /** Steps on either side of zero that a row's largest weight is mapped to. */
  private static final double STEPS = 127;

  /** A step in the shifted word. */
  private static final double STEP = 1 << 24;

  private final int[] words;

  /** Shape [panel][4][16]. */
  private final float[] scales;

  /**
   * Packs a gate-major matrix.
   *
   * @param matrix shape [gates·units][columns]
   */
  public PackedInt8(Panels layout, int columns, float[] matrix) {
    super(layout, columns);
    words = new int[packedLength(layout, columns) / Panels.GROUPS];
    scales = new float[layout.rows()];
    for (int i = 0; i < scales.length; i++) {
      int row = layout.sourceRow(i / Panels.ROWS, i % Panels.ROWS);
      scales[i] = row < 0 ? 0 : (float) (largest(matrix, row) / (STEPS * STEP));
    }
    for (int panel = 0, at = 0; panel < layout.count(); panel++) {
      for (int k = 0; k < columns; k++) {
        for (int lane = 0; lane < Panels.LANES; lane++, at++) {
          words[at] = word(matrix, panel, lane, k);
        }
      }
    }
  }

  private double largest(float[] matrix, int row) {
    double largest = 0;
    for (int k = row * columns; k < (row + 1) * columns; k++) {
      largest = Math.max(largest, Math.abs(matrix[k]));
    }
    return largest;
  }

  private int word(float[] matrix, int panel, int lane, int k) {
    long word = 0;
    for (int group = 0; group < Panels.GROUPS; group++) {
      int slot = group * Panels.LANES + lane;
      int row = layout.sourceRow(panel, slot);
      float scale = scales[panel * Panels.ROWS + slot];
      // where the scale underflows, all weights of the row are below 1e-34
      double steps = row < 0 || scale == 0 ? 0 : matrix[row * columns + k] / (scale * STEP);
      // the bytes below, as a fraction of this one's step; none below the lowest
      double below = (double) word / (1L << (8 * group));
      long whole = Math.clamp(Math.round(steps - below), -128, 127);
      word |= (whole & 0xff) << (8 * group);
    }
    return (int) word;
  }

  /** Weight {@code group} of a word, before scaling. */
  static float value(int word, int group) {
    return (float) (word << (24 - 8 * group));
  }

  @Override
  public void sums(
      Kernels kernels, float[] v, int offset, float[] start, float[] addend, float[] sums) {
    kernels.sumsInt8(words, scales, layout.count(), columns, v, offset, start, addend, sums);
  }

  @Override
  public long bytes() {
    return 4L * (words.length + scales.length);
  }
}
