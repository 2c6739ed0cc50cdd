// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train.tape;

import java.util.Arrays;
import org.quadgate.kernel.CellTape;
import org.quadgate.kernel.PanelShape;
import org.quadgate.kernel.Panels;
import org.quadgate.kernel.Product;
import org.quadgate.network.CellType;

/**
 * One recurrent layer in training: its tape, and the passes over it.
 *
 * <p>T steps, B sequences, I inputs, H units, S = H padded. A row is (t, b).
 *
 * <pre>
 *   forward    Z = X·Wᵀ for all rows at once, then for t = 0, 1, …
 *              z[t] = Z[t] + (b + h[t-1]·Rᵀ),   h[t], c[t] = cell(z[t], c[t-1])
 *   backward   for t = T-1, T-2, …
 *              dh = upstream[t] + dz[t+1]·R,    dz[t] = cell'(dh, dc)
 *              then dX = dZ·W, dW = dZᵀ·X, dR = dZᵀ·Hprev, db = Σ dZ for all rows at once
 * </pre>
 */
final class RecurrentPass {
  private static final int ROWS = PanelShape.ROWS;
  private static final float[] ZEROS = new float[ROWS];

  /** About as many rows as a product takes at once where it could take all. */
  private static final int BLOCK = 192;

  private final RecurrentLayout layout;
  private final float[] parameters;
  private final CellType cell;
  private final Panels panels;
  private final int inputs;
  private final int units;
  final int stride; // S
  private final int panelUnits; // units of a panel: 16 or 64

  private int sequences; // B
  private int steps; // T
  private float[] gates = {}; // input sums, then i f g o, then dz; [panel][T][B][64]
  float[] hidden = {}; // h, from the initial one; [T+1][B][S]
  private float[] cells = {}; // c, from the initial one; [T+1][B][S]
  private float[] tanhCells = {}; // tanh(c); [T][B][S]
  float[] upstream = {}; // dL/dh from above; [T][B][S]
  private float[] sums = {}; // recurrent sums of one panel and step; [B][64]
  private float[] dh = {}; // [B][S]
  private float[] dc = {}; // [B][S]
  final CarriedStates carried;
  private final OutputDropout outputDropout;
  private final RecurrentDropout recurrentDropout;
  private boolean dropping; // in training, with a probability above 0
  private final TransposedMatrix inputTransposed;
  private final TransposedMatrix recurrentTransposed;

  /**
   * A pass over one layer's parameters.
   *
   * @param outputMask drops outputs
   * @param recurrentMask drops what the next timestep sees
   */
  RecurrentPass(
      RecurrentLayout layout,
      float[] parameters,
      DropoutMask outputMask,
      DropoutMask recurrentMask) {
    this.layout = layout;
    this.parameters = parameters;
    cell = layout.cell;
    panels = layout.panels;
    inputs = layout.inputs;
    units = layout.units;
    stride = layout.stride;
    panelUnits = panels.unitsPerPanel();
    inputTransposed = new TransposedMatrix(inputs, panels.count());
    recurrentTransposed = new TransposedMatrix(units, panels.count());
    carried = new CarriedStates(units, stride, cell.hasCellState());
    outputDropout = new OutputDropout(outputMask, stride);
    recurrentDropout = new RecurrentDropout(recurrentMask, stride);
  }

  /** Makes room for a minibatch; with dropout, draws from the masks of {@code step}. */
  void reshape(int sequences, int steps, boolean dropping, long step) {
    this.sequences = sequences;
    this.steps = steps;
    this.dropping = dropping;
    if (dropping) {
      outputDropout.reshape(sequences * steps, step);
      recurrentDropout.reshape(sequences, steps, step);
    }
    carried.reshape(sequences);
    long rows = (long) sequences * steps;
    gates = Lanes.room(gates, rows * panels.rows());
    hidden = Lanes.room(hidden, (rows + sequences) * stride);
    upstream = Lanes.room(upstream, rows * stride);
    sums = Lanes.room(sums, (long) sequences * ROWS);
    dh = Lanes.room(dh, (long) sequences * stride);
    if (cell.hasCellState()) {
      cells = Lanes.room(cells, (rows + sequences) * stride);
      tanhCells = Lanes.room(tanhCells, rows * stride);
      dc = Lanes.room(dc, (long) sequences * stride);
    }
  }

  /** What the layer above sees; rows of {@link #stride}, the first at {@link #outputAt}. */
  float[] output() {
    return dropsOutput() ? outputDropout.y : hidden;
  }

  int outputAt() {
    return dropsOutput() ? 0 : hiddenOutputAt();
  }

  /** Where h of the first timestep stands in {@link #hidden}: behind the initial one. */
  int hiddenOutputAt() {
    return sequences * stride;
  }

  private boolean dropsOutput() {
    return dropping && outputDropout.drops();
  }

  private boolean dropsRecurrence() {
    return dropping && recurrentDropout.drops();
  }

  /** h[t-1] as R sees it, in blocks of [B][S]. */
  private float[] recurrentInput() {
    return dropsRecurrence() ? recurrentDropout.kept : hidden;
  }

  /** Where the gates of sequence b of (panel, t) begin. */
  private int gatesAt(int panel, int t, int b) {
    return ((panel * steps + t) * sequences + b) * ROWS;
  }

  // ---------------------------------------------------------------- forward

  /**
   * @param x rows {@code xRow} apart from {@code xAt}
   * @param carries whether to start from the carried states
   */
  void forward(Share share, float[] x, int xAt, int xRow, boolean carries) {
    inputSums(share, x, xAt, xRow);
    begin(share, carries);
    int first = share.first;
    int count = share.count;
    Product product = share.product;
    float[] previous = recurrentInput();
    CellTape tape = cells(share);
    for (int t = 0; t < steps; t++) {
      if (dropsRecurrence()) {
        recurrentDropout.forward(share, hidden, t);
      }
      int before = (t * sequences + first) * stride;
      int after = before + sequences * stride;
      for (int panel = 0; panel < panels.count(); panel++) {
        product
            .left(previous, before, stride, 1)
            .right(parameters, layout.recurrentAt + panel * units * ROWS, ROWS)
            .from(parameters, layout.biasAt + panel * ROWS, 0)
            .to(sums, first * ROWS, ROWS)
            .run(share.kernels, count, ROWS, units);
        int column = panel * panelUnits;
        tape.gatesAt = gatesAt(panel, t, first);
        tape.sumsAt = first * ROWS;
        tape.before = before + column;
        tape.after = after + column;
        tape.tanhAt = before + column;
        if (cell == CellType.LSTM) {
          share.kernels.lstmForward(tape);
        } else {
          share.kernels.tanhForward(tape);
        }
      }
    }
    carried.end(share, hidden, cells, steps * sequences * stride);
    if (dropsOutput()) {
      for (int t = 0; t < steps; t++) {
        int row = t * sequences + first;
        outputDropout.forward(hidden, (row + sequences) * stride, row, count);
      }
    }
  }

  /** gates = X·Wᵀ for all timesteps. */
  private void inputSums(Share share, float[] x, int xAt, int xRow) {
    int stepsAtOnce = stepsAtOnce(share);
    for (int panel = 0; panel < panels.count(); panel++) {
      for (int t = 0; t < steps; t += stepsAtOnce) {
        int rows = (Math.min(stepsAtOnce, steps - t) - 1) * sequences + share.count;
        share
            .product
            .left(x, xAt + (t * sequences + share.first) * xRow, xRow, 1)
            .right(parameters, layout.inputAt + panel * inputs * ROWS, ROWS)
            .from(ZEROS, 0, 0)
            .to(gates, gatesAt(panel, t, share.first), ROWS)
            .run(share.kernels, rows, ROWS, inputs);
      }
    }
  }

  /** The arrays of this layer, for the cells of a share's rows. */
  private CellTape cells(Share share) {
    CellTape tape = share.cells;
    tape.gates = gates;
    tape.sums = sums;
    tape.cells = cells;
    tape.tanhCells = tanhCells;
    tape.hidden = hidden;
    tape.dh = dh;
    tape.dc = dc;
    tape.stride = stride;
    tape.rows = share.count;
    return tape;
  }

  /** Timesteps whose rows are neighbours: several if the share is the whole minibatch, else one. */
  private int stepsAtOnce(Share share) {
    return share.count == sequences ? Math.max(1, BLOCK / sequences) : 1;
  }

  private void begin(Share share, boolean carries) {
    if (dropsRecurrence()) {
      recurrentDropout.draw(share);
    }
    if (carries) {
      carried.begin(share, hidden, cells);
      return;
    }
    for (int b = share.first; b < share.first + share.count; b++) {
      System.arraycopy(parameters, layout.hiddenAt, hidden, b * stride, stride);
      if (cell.hasCellState()) {
        System.arraycopy(parameters, layout.cellAt, cells, b * stride, stride);
      }
    }
  }

  // ---------------------------------------------------------------- backward

  int transposedTiles() {
    return inputTransposed.tiles() + recurrentTransposed.tiles();
  }

  /** Brings one tile of the transposed matrices up to date. */
  void transpose(int tile) {
    if (tile < inputTransposed.tiles()) {
      inputTransposed.fill(tile, parameters, layout.inputAt);
    } else {
      recurrentTransposed.fill(tile - inputTransposed.tiles(), parameters, layout.recurrentAt);
    }
  }

  /** Turns gates into dz, from {@link #upstream}; leaves dL/d(initial state) in dh and dc. */
  void backward(Share share) {
    int first = share.first;
    int count = share.count;
    int at = first * stride;
    System.arraycopy(upstream, (steps - 1) * sequences * stride + at, dh, at, count * stride);
    if (cell.hasCellState()) {
      Arrays.fill(dc, at, at + count * stride, 0);
    }
    CellTape tape = cells(share);
    for (int t = steps - 1; t >= 0; t--) {
      int before = (t * sequences + first) * stride;
      int after = before + sequences * stride;
      for (int panel = 0; panel < panels.count(); panel++) {
        int column = panel * panelUnits;
        tape.gatesAt = gatesAt(panel, t, first);
        tape.before = before + column;
        tape.after = after + column;
        tape.tanhAt = before + column;
        tape.gradientAt = at + column;
        if (cell == CellType.LSTM) {
          share.kernels.lstmBackward(tape);
        } else {
          share.kernels.tanhBackward(tape);
        }
      }
      recurrentGradient(share, t);
    }
  }

  /** dh of the timestep before t: what comes from above and through R; from R alone before 0. */
  private void recurrentGradient(Share share, int t) {
    int at = share.first * stride;
    int above = (t - 1) * sequences * stride;
    Product product = share.product.to(dh, at, stride);
    if (t > 0 && !dropsRecurrence()) {
      product.from(upstream, above + at, stride);
    } else {
      product.from(ZEROS, 0, 0);
    }
    timesTransposed(share, recurrentTransposed, t, share.count);
    if (dropsRecurrence() && t > 0) {
      recurrentDropout.backward(share, upstream, above, dh);
    } else if (dropsRecurrence()) {
      recurrentDropout.backward(share, dh);
    }
  }

  /** Turns the gradient of what the layer above saw, in {@link #upstream}, into that of h. */
  void outputGradient(Share share) {
    if (dropsOutput()) {
      for (int t = 0; t < steps; t++) {
        outputDropout.backward(upstream, t * sequences + share.first, share.count);
      }
    }
  }

  /**
   * dX = dZ·W for all timesteps.
   *
   * @param dx rows {@code dxRow} apart
   */
  void inputGradient(Share share, float[] dx, int dxRow) {
    int stepsAtOnce = stepsAtOnce(share);
    for (int t = 0; t < steps; t += stepsAtOnce) {
      int rows = (Math.min(stepsAtOnce, steps - t) - 1) * sequences + share.count;
      share.product.from(ZEROS, 0, 0).to(dx, (t * sequences + share.first) * dxRow, dxRow);
      timesTransposed(share, inputTransposed, t, rows);
    }
  }

  /** C = S + dz·matrix for rows from timestep t on, with the S and C of the share's product. */
  private void timesTransposed(Share share, TransposedMatrix matrix, int t, int rows) {
    int panelApart = steps * sequences * ROWS;
    matrix.multiply(share, gates, gatesAt(0, t, share.first), panelApart, rows);
  }

  // ---------------------------------------------------------------- gradients of the parameters

  int gradientTasks() {
    return 2 * panels.count() + 1;
  }

  /**
   * One part of the gradient, over all rows of the minibatch in order.
   *
   * @param x the layer's input, as in the forward pass
   * @param learnsState whether the initial states have a gradient
   */
  void gradient(
      Share share, int task, float[] x, int xAt, int xRow, boolean learnsState, float[] gradient) {
    Product product = share.product;
    int rows = steps * sequences;
    int panel = task / 2;
    if (panel == panels.count()) {
      initialStateGradient(share, learnsState, gradient);
    } else if (task % 2 == 0) {
      product
          .left(recurrentInput(), 0, 1, stride)
          .right(gates, gatesAt(panel, 0, 0), ROWS)
          .from(ZEROS, 0, 0)
          .to(gradient, layout.recurrentAt + panel * units * ROWS, ROWS)
          .run(share.kernels, units, ROWS, rows);
    } else {
      product
          .left(x, xAt, 1, xRow)
          .right(gates, gatesAt(panel, 0, 0), ROWS)
          .from(ZEROS, 0, 0)
          .to(gradient, layout.inputAt + panel * inputs * ROWS, ROWS)
          .run(share.kernels, inputs, ROWS, rows);
      product
          .ones()
          .to(gradient, layout.biasAt + panel * ROWS, ROWS)
          .run(share.kernels, 1, ROWS, rows);
    }
  }

  private void initialStateGradient(Share share, boolean learnsState, float[] gradient) {
    if (!learnsState) {
      Arrays.fill(gradient, layout.hiddenAt, layout.end, 0);
      return;
    }
    for (int column = 0; column < stride; column += PanelShape.LANES) {
      share
          .product
          .ones()
          .right(dh, column, stride)
          .from(ZEROS, 0, 0)
          .to(gradient, layout.hiddenAt + column, stride)
          .run(share.kernels, 1, PanelShape.LANES, sequences);
      if (cell.hasCellState()) {
        share
            .product
            .right(dc, column, stride)
            .to(gradient, layout.cellAt + column, stride)
            .run(share.kernels, 1, PanelShape.LANES, sequences);
      }
    }
  }
}
