// SPDX-License-Identifier: Apache-2.0
package org.quadgate.engine;

import java.lang.foreign.Arena;
import java.util.Arrays;
import org.quadgate.kernel.LayerRows;
import org.quadgate.kernel.RowBlock;

/**
 * One timestep of a block of streams, through all layers and the head: the scratch of a thread, of
 * so few rows that it stays in the second-level cache.
 */
public final class BatchStep {
  /** Streams in a block. */
  public static final int ROWS = RowBlock.ROWS;

  /** The block's streams, to be set before {@link #run}; shape [ROWS]. */
  public final int[] streams = new int[ROWS];

  private final PackedNetwork network;
  private final RowBlock block;
  private final LayerRows layerRows = new LayerRows();

  /** The inputs as the first layer reads them, where they are not those given; [ROWS][input]. */
  private final float[] x;

  /** The streams that read their timestep, and which rows they are; shape [ROWS]. */
  private final int[] reading = new int[ROWS];

  private final int[] readingRow = new int[ROWS];

  /** Where each row's input, h and c begin in the present layer; shape [ROWS]. */
  private int[] inputAt = new int[ROWS];

  private int[] hiddenAt = new int[ROWS];
  private final int[] cellAt = new int[ROWS];

  /** The next h of the present layer, before it is projected; shape [ROWS][padded units]. */
  private final float[] next;

  /** The projected h; shape [ROWS][padded width]. */
  private final float[] projected;

  /** What the head reads where timesteps are masked; shape [ROWS][padded width]. */
  private final float[] top;

  private final int[] projectedAt = new int[ROWS];
  private final RowHead head;

  /** Whether the outputs are the last layer's h as it is, padding and all. */
  private final boolean givesHidden;

  /** Scratch for a network that can be stepped. */
  public BatchStep(PackedNetwork network) {
    this.network = network;
    block = new RowBlock(network.kernels.batch(), Arena.ofAuto());
    boolean copies = network.input.standardises() || network.input.masks();
    x = new float[copies ? ROWS * network.inputSize : 0];
    int units = 0;
    int width = 0;
    for (PackedLayer layer : network.layers) {
      units = Math.max(units, layer.only().paddedUnits);
      width = Math.max(width, layer.only().projectionBias.length);
    }
    next = new float[ROWS * units];
    projected = new float[ROWS * width];
    PackedDirection last = network.layers[network.layers.length - 1].only();
    top = new float[network.input.masks() ? ROWS * last.outputStride() : 0];
    givesHidden =
        network.head.length == 0
            && !network.output.scales()
            && !network.input.masks()
            && last.inPlace;
    head = new RowHead(network, ROWS);
  }

  /**
   * Steps the block's streams.
   *
   * @param rows how many of {@link #streams}
   * @param xs checked inputs, the block's from {@code row}; shape [rows of all blocks][input]
   * @param ys receives the outputs, the block's from {@code row}; may be {@code xs} where the sizes
   *     agree
   */
  @SuppressWarnings("ReferenceEquality") // one array, not two equal ones
  public void run(int rows, BatchMemory memory, float[] xs, int row, float[] ys) {
    int inputs = network.inputSize;
    if (network.input.masks()) {
      runUnmasked(rows, memory, xs, row, ys);
      return;
    }
    float[] in = xs;
    if (x.length > 0) {
      for (int r = 0; r < rows; r++) {
        network.input.standardise(xs, (row + r) * inputs, x, r * inputs);
      }
      in = x;
    }
    int first = x.length > 0 ? 0 : row;
    for (int r = 0; r < rows; r++) {
      inputAt[r] = (first + r) * inputs;
    }
    fillUp(inputAt, rows);
    PackedDirection last = network.layers[network.layers.length - 1].only();
    // outputs go straight to ys, unless a later panel would read them there as inputs
    if (givesHidden && ys != xs) {
      layers(streams, rows, memory, in, ys, row * network.outputSize);
    } else {
      float[] h = layers(streams, rows, memory, in, next, 0);
      head.run(network, rows, h, 0, last.outputStride(), ys, row);
    }
  }

  /** Steps the streams whose timestep is not masked; the others give their last output again. */
  private void runUnmasked(int rows, BatchMemory memory, float[] xs, int row, float[] ys) {
    int inputs = network.inputSize;
    int count = 0;
    for (int r = 0; r < rows; r++) {
      network.input.copy(xs, (row + r) * inputs, x, count * inputs);
      if (!network.input.isMasked(x, count * inputs)) {
        reading[count] = streams[r];
        readingRow[count] = r;
        inputAt[count] = count * inputs;
        count++;
      }
    }
    PackedLayer layer = network.layers[network.layers.length - 1];
    int width = layer.only().width;
    int stride = layer.only().outputStride();
    float[] h = memory.hidden[memory.hidden.length - 1];
    for (int r = 0; r < rows; r++) {
      if (memory.begun[streams[r]]) {
        System.arraycopy(h, streams[r] * width, top, r * stride, width);
      } else {
        Arrays.fill(top, r * stride, r * stride + width, 0);
      }
    }
    if (count > 0) {
      fillUp(inputAt, count);
      float[] read = layers(reading, count, memory, x, next, 0);
      for (int r = 0; r < count; r++) {
        System.arraycopy(read, r * stride, top, readingRow[r] * stride, width);
        memory.begun[reading[r]] = true;
      }
    }
    head.run(network, rows, top, 0, stride, ys, row);
  }

  /**
   * Steps the block's streams with the same input, and leaves out the head.
   *
   * @param shared a checked input; shape [input]
   */
  public void advance(int rows, BatchMemory memory, float[] shared) {
    float[] in = shared;
    if (x.length > 0) {
      network.input.copy(shared, 0, x, 0);
      in = x;
    }
    if (network.input.masks()) {
      if (network.input.isMasked(in, 0)) {
        return;
      }
      for (int r = 0; r < rows; r++) {
        memory.begun[streams[r]] = true;
      }
    }
    Arrays.fill(inputAt, 0);
    layers(streams, rows, memory, in, next, 0);
  }

  /**
   * All recurrent layers.
   *
   * @param last receives the last layer's h before it is projected, from {@code lastAt}
   * @return what the last layer puts out, padding included
   */
  private float[] layers(
      int[] of, int rows, BatchMemory memory, float[] input, float[] last, int lastAt) {
    LayerRows r = layerRows;
    r.rows = rows;
    r.x = input;
    r.xAt = inputAt;
    r.cAt = cellAt;
    r.next = next;
    r.nextAt = 0;
    float[] out = next;
    block.turn();
    for (int i = 0; i < network.layers.length; i++) {
      PackedDirection only = network.layers[i].only();
      for (int row = 0; row < rows; row++) {
        hiddenAt[row] = of[row] * only.width;
        cellAt[row] = of[row] * only.units;
      }
      fillUp(hiddenAt, rows);
      if (i == network.layers.length - 1) {
        r.next = last;
        r.nextAt = lastAt;
      }
      r.h = memory.hidden[i];
      r.hAt = hiddenAt;
      r.c = memory.cell[i];
      if (only.isLstm()) {
        block.lstm(only.gates, only.bias, only.functions, r);
      } else {
        block.rnn(only.gates, only.bias, only.functions, r);
      }
      out = r.next;
      int outAt = r.nextAt;
      int stride = only.paddedUnits;
      if (only.projection != null) {
        project(only, rows, r.next);
        out = projected;
        outAt = 0;
        stride = only.projectionBias.length;
      }
      for (int row = 0; row < rows; row++) {
        System.arraycopy(out, outAt + row * stride, memory.hidden[i], hiddenAt[row], only.width);
      }
      int[] free = r.xAt;
      r.x = memory.hidden[i];
      r.xAt = hiddenAt;
      hiddenAt = free;
    }
    // both stay this object's own, whichever of them the last layer read
    inputAt = r.xAt;
    return out;
  }

  private void project(PackedDirection only, int rows, float[] h) {
    int[] at = projectedAt;
    for (int row = 0; row < RowBlock.roomFor(rows); row++) {
      at[row] = Math.min(row, rows - 1) * only.paddedUnits;
    }
    block.recurrentSums(only.projection, rows, h, at, only.projectionBias, projected);
  }

  /** Refers to no caller's array from now on. */
  public void letGo() {
    layerRows.x = null;
    layerRows.h = null;
    layerRows.c = null;
    layerRows.next = null;
    block.letGo();
  }

  /** So many rows that no tile but the last is filled up. */
  public static int wholeTiles(int rows) {
    return RowBlock.roomFor(rows);
  }

  /** Repeats the last row to the end of its tile. */
  private static void fillUp(int[] at, int rows) {
    for (int r = rows; r < RowBlock.roomFor(rows); r++) {
      at[r] = at[rows - 1];
    }
  }

  /** Bytes of scratch. */
  public long bytes() {
    long floats = (long) x.length + next.length + projected.length + top.length;
    long ints = 7L * ROWS;
    return 4 * (floats + ints) + block.bytes() + head.bytes();
  }
}
