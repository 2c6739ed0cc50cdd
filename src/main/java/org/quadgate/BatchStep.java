// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import java.util.Arrays;
import org.quadgate.kernel.Kernels;
import org.quadgate.kernel.RowBlock;

/**
 * One timestep of a block of streams, through all layers and the head: the scratch of a batch, so
 * few rows that it stays in the second-level cache.
 */
final class BatchStep {
  /** Streams in a block. */
  static final int ROWS = RowBlock.ROWS;

  /** The block's streams, to be set before {@link #run}; shape [ROWS]. */
  final int[] streams = new int[ROWS];

  private final LstmModel model;
  private final Kernels kernels;
  private final RowBlock block;

  /** The standardised inputs, if the model standardises; shape [ROWS][input]. */
  private final float[] x;

  /** Where each row's input begins; shape [ROWS]. */
  private final int[] inputAt = new int[ROWS];

  /** Where each stream's h and c begin in the present layer and in the one below; [ROWS]. */
  private int[] at = new int[ROWS];

  private int[] below = new int[ROWS];

  /** The next h of the present layer; shape [ROWS][padded units]. */
  private final float[] next;

  /** Outputs of the head's layers, zero-padded for the next; shape [head layers][padded]. */
  private final float[][] head;

  /** Room for one linear row's partial sums. */
  private final float[] partial = new float[16];

  BatchStep(LstmModel model) {
    this.model = model;
    kernels = model.kernels;
    block = new RowBlock(kernels.batch());
    x = new float[model.standardises() ? ROWS * model.config().inputSize() : 0];
    int widest = 0;
    for (LstmModel.PackedLayer layer : model.layers) {
      widest = Math.max(widest, layer.panels.paddedUnits());
    }
    next = new float[ROWS * widest];
    head = new float[model.head.length][];
    for (int i = 0; i < head.length; i++) {
      head[i] = new float[LstmModel.padToLanes(model.head[i].outputs)];
    }
  }

  /**
   * Steps the block's streams.
   *
   * @param rows how many of {@link #streams}
   * @param h per layer; shape [layers][streams][hidden]
   * @param c per layer; shape [layers][streams][hidden]
   * @param xs checked inputs, the block's from {@code row}; shape [rows of all blocks][input]
   * @param ys receives the outputs, the block's from {@code row}
   */
  void run(int rows, float[][] h, float[][] c, float[] xs, int row, float[] ys) {
    int inputs = model.config().inputSize();
    float[] in = xs;
    int first = row;
    if (x.length > 0) {
      for (int r = 0; r < rows; r++) {
        model.standardise(xs, (row + r) * inputs, x, r * inputs);
      }
      in = x;
      first = 0;
    }
    for (int r = 0; r < RowBlock.roomFor(rows); r++) {
      // what fills the last tile up repeats the last row
      inputAt[r] = (first + Math.min(r, rows - 1)) * inputs;
    }
    int padded = layers(rows, h, c, in);
    int outputs = model.config().outputSize();
    for (int r = 0; r < rows; r++) {
      model.output(kernels, next, r * padded, head, partial, ys, (row + r) * outputs);
    }
  }

  /**
   * Steps the block's streams with the same input, and leaves out the head.
   *
   * @param shared a checked input; shape [input]
   */
  void advance(int rows, float[][] h, float[][] c, float[] shared) {
    float[] in = shared;
    if (x.length > 0) {
      model.standardise(shared, 0, x, 0);
      in = x;
    }
    Arrays.fill(inputAt, 0);
    layers(rows, h, c, in);
  }

  /** All recurrent layers; returns how far apart the rows of {@link #next} are. */
  private int layers(int rows, float[][] h, float[][] c, float[] input) {
    int room = RowBlock.roomFor(rows);
    float[] in = input;
    int[] inAt = inputAt;
    int padded = 0;
    for (int i = 0; i < model.layers.length; i++) {
      LstmModel.PackedLayer layer = model.layers[i];
      int units = layer.panels.units();
      padded = layer.panels.paddedUnits();
      for (int r = 0; r < room; r++) {
        at[r] = streams[Math.min(r, rows - 1)] * units;
      }
      if (layer.cell == CellType.LSTM) {
        block.lstm(layer.gates, rows, in, inAt, h[i], c[i], at, layer.bias, next);
      } else {
        block.tanh(layer.gates, rows, in, inAt, h[i], at, layer.bias, next);
      }
      for (int r = 0; r < rows; r++) {
        System.arraycopy(next, r * padded, h[i], at[r], units);
      }
      in = h[i];
      inAt = at;
      at = below;
      below = inAt;
    }
    return padded;
  }

  /** Bytes of scratch. */
  long bytes() {
    long floats = (long) x.length + next.length + partial.length;
    for (float[] layer : head) {
      floats += layer.length;
    }
    int ints = streams.length + inputAt.length + at.length + below.length;
    return 4 * (floats + ints) + block.bytes();
  }
}
