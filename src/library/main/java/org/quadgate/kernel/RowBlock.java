// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Steps many rows of one layer at once, panel by panel: the weights of a panel are read once for
 * all rows of the block, and its gate sums are used while they are in the first-level cache.
 *
 * <pre>
 *   for each panel of 16 units:            (64 of a vanilla RNN)
 *     in  [rows][4][16] = x[rows][inputs]·Wᵀ
 *     rec [rows][4][16] = b + h[rows][hidden]·Rᵀ
 *     c, next h         = cell(in + rec)
 * </pre>
 *
 * <p>After a {@link #turn} it goes through the panels of every layer the other way than before it:
 * what was read last of a layer is still in a cache that cannot hold all its weights, and would be
 * gone before its turn if every step began at the front.
 *
 * <p>The scratch of one thread; allocates nothing once made.
 */
public final class RowBlock {
  /** Rows at a time: enough to make little of reading the weights, few enough for the caches. */
  public static final int ROWS = 96;

  /** Columns of a panel that are widened at a time, to stay in the second-level cache. */
  static final int WIDENED = 512;

  private static final int PANEL = Panels.ROWS;
  private static final int LANES = Panels.LANES;

  private final BatchKernels kernels;
  private final RowProduct product = new RowProduct();
  private final float[] zeros = new float[PANEL];
  private final float[] in = new float[ROWS * PANEL]; // [row][4][16]
  private final float[] recurrent = new float[ROWS * PANEL]; // [row][4][16]
  private final float[] lastCells = new float[ROWS * LANES]; // c of a partial panel, [row][16]
  private final int[] lastAt = new int[ROWS];
  private final MemorySegment widened; // [WIDENED][4][16] floats

  /** Whether panels are gone through from the last to the first. */
  private boolean descends;

  /** Scratch for kernels. */
  public RowBlock(BatchKernels kernels) {
    this.kernels = kernels;
    widened = Arena.ofAuto().allocate((long) WIDENED * PANEL * Float.BYTES, 64);
    for (int row = 0; row < ROWS; row++) {
      lastAt[row] = row * LANES;
    }
  }

  /** {@code rows} up to the next multiple of the kernels' tile: the room arrays of rows need. */
  public static int roomFor(int rows) {
    return RowProduct.roomFor(rows);
  }

  /** Turns round, before a step of all layers. */
  public void turn() {
    descends = !descends;
  }

  /**
   * One step of an LSTM layer.
   *
   * @param rows up to {@link #ROWS}
   * @param x row m's input begins at {@code xAt[m]}; both int arrays go on to {@link #roomFor} rows
   * @param h row m's hidden state begins at {@code at[m]}; not changed
   * @param c row m's cell state begins at {@code at[m]}; moved on
   * @param bias shape [panel][4][16], tight
   * @param next receives the next hidden state, padding included, from {@code nextAt}; shape
   *     [rows][padded units]
   */
  public void lstm(
      PackedGates w,
      int rows,
      float[] x,
      int[] xAt,
      float[] h,
      float[] c,
      int[] at,
      float[] bias,
      float[] next,
      int nextAt) {
    Panels layout = w.layout;
    int padded = layout.paddedUnits();
    for (int i = 0; i < w.panels; i++) {
      int panel = panel(w, i);
      int unit = panel * LANES;
      sums(w, panel, rows, x, xAt, h, at, bias);
      if (unit + LANES <= w.hidden) {
        kernels.lstmCells(in, 0, recurrent, rows, c, at, unit, next, nextAt + unit, padded);
      } else {
        // the panel's lanes go on beyond the row, where the next row begins
        int own = w.hidden - unit;
        for (int row = 0; row < rows; row++) {
          System.arraycopy(c, at[row] + unit, lastCells, row * LANES, own);
        }
        kernels.lstmCells(
            in, 0, recurrent, rows, lastCells, lastAt, 0, next, nextAt + unit, padded);
        for (int row = 0; row < rows; row++) {
          System.arraycopy(lastCells, row * LANES, c, at[row] + unit, own);
        }
      }
    }
  }

  /** As {@link #lstm}, one step of a vanilla RNN layer. */
  public void tanh(
      PackedGates w,
      int rows,
      float[] x,
      int[] xAt,
      float[] h,
      int[] at,
      float[] bias,
      float[] next,
      int nextAt) {
    int padded = w.layout.paddedUnits();
    for (int i = 0; i < w.panels; i++) {
      int panel = panel(w, i);
      sums(w, panel, rows, x, xAt, h, at, bias);
      kernels.tanhCells(in, 0, recurrent, rows, next, nextAt + panel * PANEL, padded);
    }
  }

  /** The panel whose turn comes after i others. */
  private int panel(PackedGates w, int i) {
    return descends ? w.panels - 1 - i : i;
  }

  /** Both sums of a panel, spread as in a full one. */
  private void sums(
      PackedGates w, int panel, int rows, float[] x, int[] xAt, float[] h, int[] at, float[] bias) {
    from(zeros, 0, 0).to(in, 0, PANEL);
    multiply(w, panel, 0, w.inputs, rows, x, xAt);
    w.finishInput(kernels, panel, in, 0, PANEL, rows);
    if (w.startsAtBias()) {
      from(bias, panel * PANEL, 0);
    } else {
      from(zeros, 0, 0);
    }
    to(recurrent, 0, PANEL);
    multiply(w, panel, w.inputs, w.hidden, rows, h, at);
    w.finishRecurrent(kernels, panel, bias, recurrent, rows);
    if (panel == w.panels - 1 && w.layout.isPartial()) {
      for (int row = 0; row < rows; row++) {
        w.layout.spread(in, row * PANEL);
        w.layout.spread(recurrent, row * PANEL);
      }
    }
  }

  /**
   * The input sums of many timesteps, as the cells take them.
   *
   * @param sums written, spread; shape [roomFor(rows)][panel][4][16]
   */
  public void inputSums(PackedGates w, int rows, float[] x, int[] xAt, float[] sums) {
    int row = w.panels * PANEL;
    for (int i = 0; i < w.panels; i++) {
      int panel = panel(w, i);
      int at = panel * PANEL;
      from(zeros, 0, 0).to(sums, at, row);
      multiply(w, panel, 0, w.inputs, rows, x, xAt);
      w.finishInput(kernels, panel, sums, at, row, rows);
    }
    for (int r = 0; r < rows && w.layout.isPartial(); r++) {
      w.layout.spread(sums, r * row + row - PANEL);
    }
  }

  private RowBlock from(float[] start, int at, int row) {
    product.start = start;
    product.startAt = at;
    product.startRow = row;
    return this;
  }

  private void to(float[] c, int at, int row) {
    product.c = c;
    product.cAt = at;
    product.cRow = row;
  }

  /** Columns first … first+count of a panel times the rows of a. */
  private void multiply(
      PackedGates w, int panel, int first, int count, int rows, float[] a, int[] aAt) {
    RowProduct p = product;
    p.rows = rows;
    p.a = a;
    p.aAt = aAt;
    int depth = Math.min(count, w.columnsAtOnce());
    for (int from = 0; from < count; from += depth) {
      p.aFrom = from;
      p.depth = Math.min(depth, count - from);
      w.columns(kernels, panel, first + from, p, widened);
      ahead(w, panel, first + from);
      kernels.multiply(p);
      // the sums go on from where they are, which changes no bit
      from(p.c, p.cAt, p.cRow);
    }
  }

  /**
   * Has the product read ahead in the panel that is next, from the same column. Weights that are
   * widened are half the bytes or less and waited for elsewhere.
   */
  private void ahead(PackedGates w, int panel, int column) {
    int next = descends ? panel - 1 : panel + 1;
    if (!w.readInPlace() || !w.isFar() || next < 0 || next == w.panels) {
      product.aheadAt = -1;
      product.aheadBytes = 0;
    } else {
      product.aheadAt = w.offset(next) + (long) column * w.stride(next);
      product.aheadBytes = (long) product.depth * w.stride(next);
    }
  }

  /** Refers to no caller's array from now on. */
  public void letGo() {
    product.a = null;
    product.aAt = null;
  }

  /** Bytes of scratch. */
  public long bytes() {
    int floats = zeros.length + in.length + recurrent.length + lastCells.length;
    return 4L * (floats + lastAt.length) + widened.byteSize();
  }
}
