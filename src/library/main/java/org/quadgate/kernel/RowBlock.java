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
 *     rec [rows][4][16] = b + h[rows][recurrent]·Rᵀ
 *     c, next h         = cell(in + rec)
 * </pre>
 *
 * <p>After a {@link #turn} it goes through the panels of every layer in the opposite direction, for
 * the reason that {@link PanelWalk} gives.
 *
 * <p>The scratch of one thread; once it has seen a precision it allocates nothing.
 */
public final class RowBlock {
  /** Rows at a time: enough to make little of reading the weights, few enough for the caches. */
  public static final int ROWS = 96;

  /** Columns of a panel that are widened at a time, to stay in the second-level cache. */
  static final int WIDENED = 512;

  private static final int PANEL = PanelShape.ROWS;
  private static final int LANES = PanelShape.LANES;

  private final BatchKernels kernels;
  private final Arena arena;
  private final RowProduct product = new RowProduct();
  private final CellRows cells = new CellRows();
  private final float[] zeros = new float[PANEL];
  private final float[] in = new float[ROWS * PANEL]; // [row][4][16]
  private final float[] recurrent = new float[ROWS * PANEL]; // [row][4][16]
  private final float[] lastCells = new float[ROWS * LANES]; // c of a partial panel, [row][16]
  private final int[] lastAt = new int[ROWS];

  /** [WIDENED][4][16] floats; null until weights come that are not stored as floats. */
  private MemorySegment widened;

  /** Whether panels are gone through from the last to the first. */
  private boolean descends;

  /**
   * Scratch for kernels.
   *
   * @param arena owns the room for widened weights, if any are widened
   */
  public RowBlock(BatchKernels kernels, Arena arena) {
    this.kernels = kernels;
    this.arena = arena;
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
   * @param bias shape [panel][4][16], tight
   * @param functions of a rare cell; null: the usual ones
   */
  public void lstm(PackedGates w, float[] bias, CellFunctions functions, LayerRows rows) {
    begin(w, rows);
    for (int i = 0; i < w.panels; i++) {
      int panel = panel(w, i);
      int unit = panel * LANES;
      sums(w, panel, bias, rows);
      cells.panel = panel;
      cells.hAt = rows.nextAt + unit;
      int own = w.layout.units() - unit;
      if (own >= LANES) {
        cells.c = rows.c;
        cells.cAt = rows.cAt;
        cells.cFrom = unit;
        lstmCells(functions);
      } else {
        // a whole panel would reach beyond this row's cells
        for (int row = 0; row < rows.rows; row++) {
          System.arraycopy(rows.c, rows.cAt[row] + unit, lastCells, row * LANES, own);
        }
        cells.c = lastCells;
        cells.cAt = lastAt;
        cells.cFrom = 0;
        lstmCells(functions);
        for (int row = 0; row < rows.rows; row++) {
          System.arraycopy(lastCells, row * LANES, rows.c, rows.cAt[row] + unit, own);
        }
      }
    }
  }

  private void lstmCells(CellFunctions functions) {
    if (functions == null) {
      kernels.lstmCells(cells);
    } else {
      kernels.rareLstmCells(functions, cells);
    }
  }

  /** As {@link #lstm}, one step of a vanilla RNN layer. */
  public void rnn(PackedGates w, float[] bias, CellFunctions functions, LayerRows rows) {
    begin(w, rows);
    for (int i = 0; i < w.panels; i++) {
      int panel = panel(w, i);
      sums(w, panel, bias, rows);
      cells.panel = panel;
      cells.hAt = rows.nextAt + panel * PANEL;
      if (functions == null) {
        kernels.tanhCells(cells);
      } else {
        kernels.rareRnnCells(functions, cells);
      }
    }
  }

  private void begin(PackedGates w, LayerRows rows) {
    cells.input = in;
    cells.recurrent = recurrent;
    cells.cells = rows.rows;
    cells.h = rows.next;
    cells.hStep = w.layout.paddedUnits();
  }

  /** The panel whose turn comes after i others. */
  private int panel(PackedGates w, int i) {
    return descends ? w.panels - 1 - i : i;
  }

  /** Both sums of a panel, spread as in a full one. */
  private void sums(PackedGates w, int panel, float[] bias, LayerRows rows) {
    from(zeros, 0, 0).to(in, 0, PANEL);
    multiply(w, panel, 0, w.inputs, rows.rows, rows.x, rows.xAt);
    w.finishInput(kernels, panel, in, 0, PANEL, rows.rows);
    recurrentSums(w, panel, bias, rows.rows, rows.h, rows.hAt);
    if (panel == w.panels - 1 && w.layout.isPartial()) {
      for (int row = 0; row < rows.rows; row++) {
        w.layout.spread(in, row * PANEL);
        w.layout.spread(recurrent, row * PANEL);
      }
    }
  }

  /** The recurrent sums of a panel, not spread yet. */
  private void recurrentSums(
      PackedGates w, int panel, float[] bias, int rows, float[] h, int[] hAt) {
    if (w.startsAtBias()) {
      from(bias, panel * PANEL, 0);
    } else {
      from(zeros, 0, 0);
    }
    to(recurrent, 0, PANEL);
    multiply(w, panel, w.inputs, w.recurrent, rows, h, hAt);
    w.finishRecurrent(kernels, panel, bias, recurrent, rows);
  }

  /**
   * The input sums of many timesteps, as the cells take them.
   *
   * @param xAt where each timestep's input begins; repeats one up to {@link #roomFor} rows
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

  /**
   * Products of many rows with R alone, which is what a projection is.
   *
   * @param rows up to {@link #ROWS}
   * @param hAt where each row's h begins; repeats one up to {@link #roomFor} rows
   * @param bias shape [panel][4][16], tight
   * @param sums written, spread; shape [rows][panel][4][16]
   */
  public void recurrentSums(
      PackedGates w, int rows, float[] h, int[] hAt, float[] bias, float[] sums) {
    int room = w.panels * PANEL;
    for (int i = 0; i < w.panels; i++) {
      int panel = panel(w, i);
      recurrentSums(w, panel, bias, rows, h, hAt);
      for (int row = 0; row < rows; row++) {
        System.arraycopy(recurrent, row * PANEL, sums, row * room + panel * PANEL, PANEL);
      }
    }
    for (int row = 0; row < rows && w.layout.isPartial(); row++) {
      w.layout.spread(sums, (row + 1) * room - PANEL);
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

  /** Columns first … first+count of a panel times the rows of a, added to where they start. */
  private void multiply(
      PackedGates w, int panel, int first, int count, int rows, float[] a, int[] aAt) {
    RowProduct p = product;
    p.rows = rows;
    p.a = a;
    p.aAt = aAt;
    int depth = Math.min(count, w.columnsAtOnce());
    int from = 0;
    do {
      p.aFrom = from;
      p.depth = Math.min(depth, count - from);
      w.columns(kernels, panel, first + from, p, room(w));
      ahead(w, panel, first + from);
      kernels.multiply(p);
      // the sums go on from where they are, which changes no bit
      from(p.c, p.cAt, p.cRow);
      from += depth;
    } while (from < count);
  }

  private MemorySegment room(PackedGates w) {
    if (widened == null && !w.readInPlace()) {
      widened = arena.allocate((long) WIDENED * PANEL * Float.BYTES, 64);
    }
    return widened;
  }

  /**
   * Has the product read ahead in the next panel, from the same column. Weights that are widened
   * have half the bytes or less, and it is the widening that waits for them.
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
    product.c = null;
    product.start = null;
    cells.c = null;
    cells.h = null;
  }

  /** Bytes of scratch. */
  public long bytes() {
    int floats = zeros.length + in.length + recurrent.length + lastCells.length;
    return 4L * (floats + lastAt.length) + (widened == null ? 0 : widened.byteSize());
  }
}
