// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import java.lang.foreign.Arena;
import org.quadgate.kernel.BatchKernels;
import org.quadgate.kernel.CellRows;
import org.quadgate.kernel.Kernels;
import org.quadgate.kernel.PanelShape;
import org.quadgate.kernel.PanelWalk;
import org.quadgate.kernel.RowBlock;

/**
 * A state's whole sequences, a block of timesteps at a time and layer by layer: W·x of all
 * timesteps first, which reads W once for all of them, then the recurrence, which reads R once per
 * timestep.
 *
 * <pre>
 *   for each layer:
 *     in [steps][panel][4][16] = x[steps][inputs]·Wᵀ
 *     for each timestep:  c, h = cell(in + (b + R·h))
 * </pre>
 */
final class SequenceRun {
  /** Most timesteps in a block: a whole number of the kernels' tiles. */
  private static final int STEPS = RowBlock.roomFor(56);

  private final LstmModel model;
  private final Kernels kernels;
  private final BatchKernels cells;
  private final RowBlock block;
  private final CellRows cellRows = new CellRows();
  private final RowHead head;

  /** The standardised inputs, if the model standardises; shape [STEPS][input]. */
  private final float[] x;

  /** Where each timestep's input begins; shape [STEPS]. */
  private final int[] inputAt = new int[RowBlock.roomFor(STEPS)];

  /** Input sums of the present layer; shape [STEPS][rows]. */
  private final float[] sums;

  /** Recurrent sums of the present layer and timestep; shape [rows]. */
  private final float[] recurrent;

  /** h of every timestep of the present layer; shape [STEPS][padded units]. */
  private float[] hidden;

  /** The same of the layer below. */
  private float[] below;

  /** From which end each layer's recurrent weights are read next; shape [layers]. */
  private final PanelWalk[] walks;

  /** Where each panel's units begin; shape [panels]. */
  private final int[] panelAt;

  SequenceRun(LstmModel model) {
    this.model = model;
    kernels = model.kernels;
    cells = kernels.batch();
    block = new RowBlock(cells, Arena.ofAuto());
    head = new RowHead(model, STEPS);
    x = new float[model.input.standardises() ? STEPS * model.config().inputSize() : 0];
    int rows = 0;
    int units = 0;
    int panels = 0;
    for (PackedLayer layer : model.layers) {
      rows = Math.max(rows, layer.panels.rows());
      units = Math.max(units, layer.panels.paddedUnits());
      panels = Math.max(panels, layer.panels.count());
    }
    sums = new float[Math.multiplyExact(STEPS, rows)];
    recurrent = new float[rows];
    hidden = new float[STEPS * units];
    below = new float[model.layers.length > 1 ? hidden.length : 0];
    walks = new PanelWalk[model.layers.length];
    for (int i = 0; i < walks.length; i++) {
      walks[i] = new PanelWalk(model.layers[i].gates.pieces());
    }
    panelAt = new int[panels];
    for (int panel = 0; panel < panels; panel++) {
      panelAt[panel] = panel * PanelShape.LANES;
    }
  }

  /**
   * Advances a state by {@code steps} timesteps.
   *
   * @param xs checked inputs; shape [steps][input]
   * @param ys receives the outputs; shape [steps][output]
   */
  void run(LstmState state, float[] xs, int steps, float[] ys) {
    // blocks of about one length, since W is read once, and widened once, for each
    int blocks = (steps - 1) / STEPS + 1;
    int length = RowBlock.roomFor((steps - 1) / blocks + 1);
    int size;
    for (int from = 0; from < steps; from += size) {
      size = Math.min(length, steps - from);
      runBlock(state, xs, from, size, ys);
    }
    state.prepared = false;
  }

  private void runBlock(LstmState state, float[] xs, int from, int steps, float[] ys) {
    int inputs = model.config().inputSize();
    float[] in = xs;
    int first = from;
    if (x.length > 0) {
      for (int t = 0; t < steps; t++) {
        model.input.standardise(xs, (from + t) * inputs, x, t * inputs);
      }
      in = x;
      first = 0;
    }
    int stride = inputs;
    block.turn();
    for (int i = 0; i < model.layers.length; i++) {
      PackedLayer layer = model.layers[i];
      for (int t = 0; t < RowBlock.roomFor(steps); t++) {
        // what fills the last tile up repeats the last timestep
        inputAt[t] = (first + Math.min(t, steps - 1)) * stride;
      }
      block.inputSums(layer.gates, steps, in, inputAt, sums);
      recur(layer, walks[i], state.h[i], state.c[i], steps);
      in = hidden;
      first = 0;
      stride = layer.panels.paddedUnits();
      if (i + 1 < model.layers.length) {
        hidden = below;
        below = in;
      }
    }
    head.run(steps, in, stride, ys, from);
  }

  /** The recurrence of one layer: from {@link #sums} to {@link #hidden}. */
  private void recur(PackedLayer layer, PanelWalk walk, float[] h, float[] c, int steps) {
    int panels = layer.panels.count();
    int rows = layer.panels.rows();
    boolean lstm = layer.cell == CellType.LSTM;
    cellRows.input = sums;
    cellRows.recurrent = recurrent;
    cellRows.cells = panels;
    cellRows.c = c;
    cellRows.cAt = panelAt;
    cellRows.h = h;
    cellRows.hStep = lstm ? PanelShape.LANES : PanelShape.ROWS;
    cellRows.panelStep = 1;
    for (int t = 0; t < steps; t++) {
      cellRows.inputAt = t * rows;
      walk.recurrentSums(kernels, h, 0, layer.bias, recurrent);
      layer.panels.spread(recurrent);
      if (lstm) {
        cells.lstmCells(cellRows);
      } else {
        cells.tanhCells(cellRows);
      }
      System.arraycopy(h, 0, hidden, t * h.length, h.length);
    }
  }
}
