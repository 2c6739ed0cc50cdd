// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import java.lang.foreign.Arena;
import java.util.Arrays;
import org.quadgate.kernel.LayerRows;
import org.quadgate.kernel.Panels;
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
  private final RowBlock block;
  private final LayerRows layerRows = new LayerRows();

  /** The standardised inputs, if the model standardises; shape [ROWS][input]. */
  private final float[] x;

  /** Where each row's input begins; shape [ROWS]. */
  private final int[] inputAt = new int[ROWS];

  /** Where each stream's h and c begin in the present layer and in the one below; [ROWS]. */
  private int[] at = new int[ROWS];

  private int[] below = new int[ROWS];

  /** The next h of the present layer; shape [ROWS][padded units]. */
  private final float[] next;

  private final RowHead head;

  /** Whether the outputs are the last layer's h as it is, padding and all. */
  private final boolean givesHidden;

  BatchStep(LstmModel model) {
    this.model = model;
    block = new RowBlock(model.kernels.batch(), Arena.ofAuto());
    x = new float[model.input.standardises() ? ROWS * model.config().inputSize() : 0];
    int widest = 0;
    for (PackedLayer layer : model.layers) {
      widest = Math.max(widest, layer.panels.paddedUnits());
    }
    next = new float[ROWS * widest];
    Panels last = model.layers[model.layers.length - 1].panels;
    givesHidden =
        model.head.length == 0 && !model.output.scales() && last.units() == last.paddedUnits();
    head = new RowHead(model, ROWS);
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
    if (x.length > 0) {
      for (int r = 0; r < rows; r++) {
        model.input.standardise(xs, (row + r) * inputs, x, r * inputs);
      }
      in = x;
    }
    int first = x.length > 0 ? 0 : row;
    for (int r = 0; r < rows; r++) {
      inputAt[r] = (first + r) * inputs;
    }
    fillUp(inputAt, rows);
    if (givesHidden) {
      layers(rows, h, c, in, ys, row * model.config().outputSize());
    } else {
      head.run(rows, next, layers(rows, h, c, in, next, 0), ys, row);
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
      model.input.standardise(shared, 0, x, 0);
      in = x;
    }
    Arrays.fill(inputAt, 0);
    layers(rows, h, c, in, next, 0);
  }

  /**
   * All recurrent layers.
   *
   * @param last receives the last layer's hidden states from {@code lastAt}
   * @return how far apart their rows are: the padded units
   */
  private int layers(int rows, float[][] h, float[][] c, float[] input, float[] last, int lastAt) {
    float[] in = input;
    int[] inAt = inputAt;
    float[] to = next;
    int toAt = 0;
    int padded = 0;
    block.turn();
    for (int i = 0; i < model.layers.length; i++) {
      PackedLayer layer = model.layers[i];
      int units = layer.panels.units();
      padded = layer.panels.paddedUnits();
      for (int r = 0; r < rows; r++) {
        at[r] = streams[r] * units;
      }
      fillUp(at, rows);
      if (i == model.layers.length - 1) {
        to = last;
        toAt = lastAt;
      }
      layerRows.rows = rows;
      layerRows.x = in;
      layerRows.xAt = inAt;
      layerRows.h = h[i];
      layerRows.hAt = at;
      layerRows.c = c[i];
      layerRows.cAt = at;
      layerRows.next = to;
      layerRows.nextAt = toAt;
      if (layer.cell == CellType.LSTM) {
        block.lstm(layer.gates, layer.bias, null, layerRows);
      } else {
        block.rnn(layer.gates, layer.bias, null, layerRows);
      }
      for (int r = 0; r < rows; r++) {
        System.arraycopy(to, toAt + r * padded, h[i], at[r], units);
      }
      in = h[i];
      inAt = at;
      at = below;
      below = inAt;
    }
    return padded;
  }

  /** So many rows that no tile but the last is filled up. */
  static int wholeTiles(int rows) {
    return RowBlock.roomFor(rows);
  }

  /** Repeats the last row to the end of its tile. */
  private static void fillUp(int[] at, int rows) {
    for (int r = rows; r < RowBlock.roomFor(rows); r++) {
      at[r] = at[rows - 1];
    }
  }

  /** Bytes of scratch. */
  long bytes() {
    long floats = (long) x.length + next.length;
    int ints = streams.length + inputAt.length + at.length + below.length;
    return 4 * (floats + ints) + block.bytes() + head.bytes();
  }
}
