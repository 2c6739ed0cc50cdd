// SPDX-License-Identifier: Apache-2.0
package org.quadgate.engine;

import java.util.Arrays;
import org.quadgate.kernel.PanelWalk;
import org.quadgate.network.Direction;
import org.quadgate.network.Rows;

/**
 * Whole sequences of any network, layers that read backwards among them, layer by layer. What it
 * allocates grows with the sequences.
 */
public final class WholeRun {
  /** Sequences side by side, and what a layer gives for them. */
  static final class Result {
    /** h of every timestep; shape [steps][batch][directions][width]. */
    final float[] outputs;

    /** h after each sequence's last timestep read, else zeros; [batch][directions][width]. */
    final float[] finalHidden;

    /** c after each sequence's last timestep read, else zeros; [batch][directions][units]. */
    final float[] finalCell;

    private Result(PackedLayer layer, int steps, int batch) {
      int width = Math.multiplyExact(batch, layer.outputs);
      outputs = new float[Math.multiplyExact(steps, width)];
      finalHidden = new float[width];
      int cells = layer.directions[0].initialCell.length;
      finalCell = new float[Math.multiplyExact(batch, layer.directions.length * cells)];
    }
  }

  private final PackedNetwork network;
  private final int steps;
  private final int batch;
  private final int[] lengths; // [batch], or null: all have steps
  private final boolean[] masked; // [steps][batch], or null: all timesteps are read
  private final LayerPass pass;

  WholeRun(
      PackedNetwork network,
      Workspace workspace,
      int steps,
      int batch,
      int[] lengths,
      boolean[] masked) {
    this.network = network;
    this.steps = steps;
    this.batch = batch;
    this.lengths = lengths;
    this.masked = masked;
    pass = workspace.pass(network);
  }

  /**
   * Runs sequences of different lengths from the initial state.
   *
   * @param xs checked inputs; shape [steps][batch][input]
   * @param lengths each sequence's length; null where all have {@code steps}
   * @param ys receives the outputs; shape [rows][batch][output]
   */
  public static void run(
      PackedNetwork network,
      Workspace workspace,
      float[] xs,
      int steps,
      int batch,
      int[] lengths,
      float[] ys) {
    int inputs = network.inputSize;
    int rows = Math.multiplyExact(steps, batch);
    float[] values = new float[Math.multiplyExact(rows, inputs)];
    boolean[] masked = network.input.masks() ? new boolean[rows] : null;
    for (int row = 0; row < rows; row++) {
      network.input.copy(xs, row * inputs, values, row * inputs);
      if (masked != null) {
        masked[row] = network.input.isMasked(values, row * inputs);
      }
    }
    new WholeRun(network, workspace, steps, batch, lengths, masked).run(values, ys);
  }

  private void run(float[] values, float[] ys) {
    float[] in = values;
    Result result = null;
    for (PackedLayer layer : network.layers) {
      result = layer(layer, in, null, null);
      in = result.outputs;
    }
    int width = network.layers[network.layers.length - 1].outputs;
    float[] out =
        switch (network.rows) {
          case EACH -> result.outputs;
          case LAST ->
              Arrays.copyOfRange(
                  result.outputs, result.outputs.length - batch * width, result.outputs.length);
          case FINAL -> result.finalHidden;
        };
    head(out, width, network.rows == Rows.EACH ? steps * batch : batch, ys);
  }

  private void head(float[] out, int width, int rows, float[] ys) {
    int block = Math.min(rows, LayerPass.STEPS);
    RowHead head = new RowHead(network, block);
    int stride = network.head.length == 0 ? width : network.head[0].linear.stride;
    float[] padded = new float[Math.multiplyExact(block, stride)];
    for (int from = 0; from < rows; from += block) {
      int count = Math.min(block, rows - from);
      for (int row = 0; row < count; row++) {
        System.arraycopy(out, (from + row) * width, padded, row * stride, width);
      }
      head.run(network, count, padded, 0, stride, ys, from);
    }
  }

  /**
   * One layer over all sequences.
   *
   * @param values shape [steps][batch][inputs]
   * @param hidden h before the first timestep; shape [batch][directions][width]; null for the
   *     layer's own
   * @param cell c before the first timestep; shape [batch][directions][units]; null for the layer's
   *     own
   */
  Result layer(PackedLayer layer, float[] values, float[] hidden, float[] cell) {
    Result result = new Result(layer, steps, batch);
    for (int d = 0; d < layer.directions.length; d++) {
      PackedDirection direction = layer.directions[d];
      int width = direction.width;
      int cells = direction.initialCell.length;
      PanelWalk walk = new PanelWalk(direction.gates.pieces());
      float[] state = new float[width + cells];
      for (int b = 0; b < batch; b++) {
        int place = b * layer.directions.length + d;
        float[] h = hidden == null ? direction.initialHidden : hidden;
        float[] c = cell == null ? direction.initialCell : cell;
        System.arraycopy(h, hidden == null ? 0 : place * width, state, 0, width);
        System.arraycopy(c, cell == null ? 0 : place * cells, state, width, cells);
        if (sequence(layer, d, b, walk, values, state, result.outputs)) {
          System.arraycopy(state, 0, result.finalHidden, place * width, width);
          System.arraycopy(state, width, result.finalCell, place * cells, cells);
        }
      }
    }
    return result;
  }

  private int length(int sequence) {
    return lengths == null ? steps : lengths[sequence];
  }

  /**
   * One direction over one sequence. A masked timestep leaves the state as it is and puts out what
   * the one read before it did, at first zeros, as Keras does.
   *
   * @return whether a timestep was read
   */
  private boolean sequence(
      PackedLayer layer,
      int d,
      int sequence,
      PanelWalk walk,
      float[] values,
      float[] state,
      float[] outputs) {
    PackedDirection direction = layer.directions[d];
    boolean backwards = layer.reads == Direction.REVERSE || d == 1;
    int length = length(sequence);
    int block = LayerPass.blockLength(Math.max(1, length));
    float[] hidden = new float[Math.multiplyExact(block, direction.outputStride())];
    float[] last = new float[direction.width];
    int from = 0;
    int shown = 0;
    boolean any = false;
    while (from < length) {
      int count = 0;
      int n = from;
      for (; n < length && count < block; n++) {
        int row = row(length, backwards, sequence, n);
        if (!isMasked(row)) {
          pass.inputAt[count++] = row * direction.inputs;
        }
      }
      if (count > 0) {
        pass.turn();
        pass.run(direction, walk, count, values, state, 0, direction.width, hidden);
      }
      int read = 0;
      for (; shown < n; shown++) {
        int row = row(length, backwards, sequence, shown);
        if (!isMasked(row)) {
          System.arraycopy(hidden, read++ * direction.outputStride(), last, 0, direction.width);
        }
        int at = (row * layer.directions.length + d) * direction.width;
        System.arraycopy(last, 0, outputs, at, direction.width);
      }
      from = n;
      any |= count > 0;
    }
    return any;
  }

  private boolean isMasked(int row) {
    return masked != null && masked[row];
  }

  /** Which row of all sequences' timesteps is read as the n-th of a sequence. */
  private int row(int length, boolean backwards, int sequence, int n) {
    return (backwards ? length - 1 - n : n) * batch + sequence;
  }
}
