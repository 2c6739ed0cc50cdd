// SPDX-License-Identifier: Apache-2.0
package org.quadgate.engine;

import java.lang.foreign.Arena;
import java.util.Arrays;
import org.quadgate.kernel.BatchKernels;
import org.quadgate.kernel.CellRows;
import org.quadgate.kernel.Kernels;
import org.quadgate.kernel.PanelWalk;
import org.quadgate.kernel.RowBlock;

/**
 * Many timesteps of one direction of a layer: W·x of all timesteps first, which reads W once for
 * all of them, then the recurrence, which reads R once per timestep.
 *
 * <pre>
 *   in [steps][panel][4][16] = x[steps][inputs]·Wᵀ
 *   for each timestep:  c, h = cell(in + (b + R·h))
 * </pre>
 *
 * <p>The scratch of one thread; allocates nothing once made.
 */
final class LayerPass {
  /** Most timesteps at once: a whole number of the kernels' tiles. */
  static final int STEPS = RowBlock.roomFor(56);

  private final Kernels kernels;
  private final RowBlock block;
  private final CellRows cells = new CellRows();

  /** Where each timestep's input begins, to be set before {@link #run}; shape [STEPS]. */
  final int[] inputAt = new int[STEPS];

  /** Input sums of the timesteps; shape [STEPS][rows]. */
  private final float[] sums;

  /** Recurrent sums of one timestep; shape [rows]. */
  private final float[] recurrent;

  /** h before it is projected, and c, of the present timestep; shape [padded units]. */
  private final float[] unprojected;

  private final float[] cell;

  /** h as it is given on; shape [padded width]. */
  private final float[] hidden;

  /** Scratch for any direction of a network. */
  LayerPass(PackedNetwork network) {
    kernels = network.kernels;
    block = new RowBlock(kernels.batch(), Arena.ofAuto());
    int rows = 0;
    int units = 0;
    int width = 0;
    for (PackedLayer layer : network.layers) {
      for (PackedDirection direction : layer.directions) {
        rows = Math.max(rows, direction.rows);
        units = Math.max(units, direction.paddedUnits);
        width = Math.max(width, direction.projectionBias.length);
      }
    }
    sums = new float[Math.multiplyExact(STEPS, rows)];
    recurrent = new float[rows];
    unprojected = new float[units];
    cell = new float[units];
    hidden = new float[width];
  }

  /** How many timesteps go into a block, so that a sequence has blocks of about one length. */
  static int blockLength(int steps) {
    int blocks = (steps - 1) / STEPS + 1;
    return RowBlock.roomFor((steps - 1) / blocks + 1);
  }

  /** Goes through the panels the other way than before, from now on. */
  void turn() {
    block.turn();
  }

  /**
   * Reads timesteps.
   *
   * @param walk over the direction's recurrent weights
   * @param steps 1 to {@link #STEPS}
   * @param x timestep t's input begins at {@code inputAt[t]}
   * @param state h from {@code hiddenAt} and c from {@code cellAt}; moved on
   * @param to receives h of each; shape [steps][{@link PackedDirection#outputStride}]
   */
  void run(
      PackedDirection direction,
      PanelWalk walk,
      int steps,
      float[] x,
      float[] state,
      int hiddenAt,
      int cellAt,
      float[] to) {
    for (int t = steps; t < RowBlock.roomFor(steps); t++) {
      inputAt[t] = inputAt[steps - 1];
    }
    block.inputSums(direction.gates, steps, x, inputAt, sums);
    boolean projects = direction.projection != null;
    float[] h = projects ? hidden : unprojected;
    int cellCount = direction.initialCell.length;
    // lanes beyond the units hold what another layer left there, and are to stay zero
    Arrays.fill(cell, cellCount, Math.max(cellCount, direction.paddedUnits), 0);
    System.arraycopy(state, cellAt, cell, 0, cellCount);
    System.arraycopy(state, hiddenAt, h, 0, direction.width);
    CellRows c = cells;
    c.input = sums;
    c.recurrent = recurrent;
    c.cells = direction.panelCount;
    c.c = cell;
    c.cAt = direction.panelAt;
    c.cFrom = 0;
    c.h = unprojected;
    c.hAt = 0;
    c.hStep = direction.panels.unitsPerPanel();
    c.panel = 0;
    c.panelStep = 1;
    int stride = direction.outputStride();
    for (int t = 0; t < steps; t++) {
      walk.recurrentSums(kernels, h, 0, direction.bias, recurrent);
      direction.panels.spread(recurrent);
      c.inputAt = t * direction.rows;
      cells(direction, c);
      if (projects) {
        direction.projection.recurrentSums(
            kernels, unprojected, 0, direction.projectionBias, hidden);
      }
      System.arraycopy(h, 0, to, t * stride, stride);
    }
    System.arraycopy(cell, 0, state, cellAt, cellCount);
    System.arraycopy(h, 0, state, hiddenAt, direction.width);
  }

  /** Refers to no caller's array from now on. */
  void letGo() {
    block.letGo();
  }

  private void cells(PackedDirection direction, CellRows rows) {
    BatchKernels batch = kernels.batch();
    if (direction.functions == null) {
      if (direction.isLstm()) {
        batch.lstmCells(rows);
      } else {
        batch.tanhCells(rows);
      }
    } else if (direction.isLstm()) {
      batch.rareLstmCells(direction.functions, rows);
    } else {
      batch.rareRnnCells(direction.functions, rows);
    }
  }
}
