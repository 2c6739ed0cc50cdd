// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Four weights in a 32-bit word, 1 byte each, with a scale per row: a quarter of fp32's bytes.
 *
 * <p>Shape [panel][k][16]: byte g of word (lane) holds the row of group g. Weight g is {@code
 * (float) (word << 24 - 8·g)} times the row's scale: one shift and one conversion, and for the top
 * byte the conversion alone. The bytes below a weight's own stay in as a known fraction of a step,
 * which packing takes into account, so the error is half a step as with whole numbers.
 */
public final class PackedInt8 extends PackedGates {
  private static final int COLUMN_BYTES = PanelShape.LANES * Integer.BYTES;

  /** Steps on either side of zero that a row's largest weight is mapped to. */
  private static final double STEPS = 127;

  /** A step in the shifted word. */
  private static final double STEP = 1 << 24;

  /** Scales of the rows of W; shape [panel][4][16]. */
  public final float[] inputScales;

  /** Scales of the rows of R; shape [panel][4][16]. */
  public final float[] recurrentScales;

  /**
   * Packs two gate-major matrices.
   *
   * @param arena owns the packed weights
   * @param w shape [gates·units][inputs]
   * @param r shape [gates·units][recurrent]
   */
  public PackedInt8(Arena arena, Panels layout, int inputs, int recurrent, float[] w, float[] r) {
    super(arena, layout, inputs, recurrent, COLUMN_BYTES, COLUMN_BYTES);
    inputScales = scales(layout, w, inputs);
    recurrentScales = scales(layout, r, recurrent);
    long at = 0;
    for (int panel = 0; panel < panels; panel++) {
      for (int k = 0; k < inputs + recurrent; k++) {
        float[] scales = k < inputs ? inputScales : recurrentScales;
        for (int lane = 0; lane < PanelShape.LANES; lane++) {
          long word = 0;
          for (int group = 0; group < PanelShape.GROUPS; group++) {
            int slot = group * PanelShape.LANES + lane;
            float weight = weight(w, r, inputs, recurrent, layout.tightRow(panel, slot), k);
            word |= value(weight, scales[panel * PanelShape.ROWS + slot], word, group);
          }
          weights.setAtIndex(ValueLayout.JAVA_INT, at++, (int) word);
        }
      }
    }
  }

  private static float[] scales(Panels layout, float[] matrix, int columns) {
    float[] scales = new float[layout.rows()];
    for (int i = 0; i < scales.length; i++) {
      int row = layout.tightRow(i / PanelShape.ROWS, i % PanelShape.ROWS);
      double largest = 0;
      for (int k = row * columns; row >= 0 && k < (row + 1) * columns; k++) {
        largest = Math.max(largest, Math.abs(matrix[k]));
      }
      scales[i] = (float) (largest / (STEPS * STEP));
    }
    return scales;
  }

  /** The byte of a weight, in its place above the bytes that are in the word already. */
  private static long value(float weight, float scale, long word, int group) {
    // where the scale underflows, all weights of the row are below 1e-34
    double steps = scale == 0 ? 0 : weight / (scale * STEP);
    // the bytes below, as a fraction of this one's step; none below the lowest
    double below = (double) word / (1L << (8 * group));
    long whole = Math.clamp(Math.round(steps - below), -128, 127);
    return (whole & 0xff) << (8 * group);
  }

  /** Weight {@code group} of a word, before scaling. */
  public static float value(int word, int group) {
    return (float) (word << (24 - 8 * group));
  }

  /** The word of {@code lane} in a column, read slowly, for the reference and for tests. */
  public int word(int panel, int k, int lane) {
    return weights.get(ValueLayout.JAVA_INT, offset(panel) + (long) k * stride + 4L * lane);
  }

  private PackedInt8(PackedInt8 whole, int from, int to) {
    super(whole, from, to);
    inputScales = whole.inputScales;
    recurrentScales = whole.recurrentScales;
  }

  @Override
  public PackedInt8 part(int from, int to) {
    return new PackedInt8(this, from, to);
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
    kernels.sparseSumsInt8(this, columns, count, x, xAt, recurrentSums, sums);
  }

  @Override
  void columns(BatchKernels kernels, int panel, int from, RowProduct p, MemorySegment scratch) {
    kernels.widenInt8(weights, offset(panel) + from * stride, p.depth, scratch);
    p.b = scratch;
    p.bAt = 0;
    p.bStride = PanelShape.ROWS * Float.BYTES;
    p.width = PanelShape.ROWS;
  }

  @Override
  boolean startsAtBias() {
    return false;
  }

  @Override
  void finishInput(
      BatchKernels kernels, int panel, float[] sums, int sumsAt, int sumsRow, int rows) {
    kernels.scaleInput(inputScales, panel * PanelShape.ROWS, sums, sumsAt, sumsRow, rows);
  }

  @Override
  void finishRecurrent(BatchKernels kernels, int panel, float[] bias, float[] sums, int rows) {
    kernels.scaleRecurrent(recurrentScales, bias, panel * PanelShape.ROWS, sums, rows);
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
    kernels.sumsInt8(this, x, xAt, fromX, h, hAt, fromH, start, sums);
  }

  @Override
  public long bytes() {
    return super.bytes() + 4L * (inputScales.length + recurrentScales.length);
  }
}
