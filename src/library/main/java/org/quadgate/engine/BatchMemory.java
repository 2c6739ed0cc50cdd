// SPDX-License-Identifier: Apache-2.0
package org.quadgate.engine;

import java.util.Arrays;

/**
 * What many streams remember, side by side: h and c of every layer, without padding. For one thread
 * at a time, or for several that move different streams.
 */
public final class BatchMemory {
  /** h per layer; shape [layers][capacity][width]. */
  final float[][] hidden;

  /** c per layer, empty for an RNN; shape [layers][capacity][units]. */
  final float[][] cell;

  /**
   * Whether a stream read a timestep since its initial state; kept only if timesteps are masked.
   */
  boolean[] begun = {};

  private final PackedNetwork network;

  /** Room for no stream. */
  public BatchMemory(PackedNetwork network) {
    this.network = network;
    hidden = new float[network.layers.length][0];
    cell = new float[network.layers.length][0];
  }

  /** Bytes for so many streams; -1 if an array would be beyond what Java can index. */
  public long bytes(int capacity) {
    long bytes = network.input.masks() ? capacity : 0;
    for (PackedLayer layer : network.layers) {
      PackedDirection only = layer.only();
      if ((long) capacity * Math.max(only.width, only.units) > Integer.MAX_VALUE - 8) {
        return -1;
      }
      bytes += 4L * capacity * (only.width + only.initialCell.length);
    }
    return bytes;
  }

  /**
   * Makes room for more streams; if memory runs out nothing has changed.
   *
   * @param capacity at least as many as before
   */
  public void grow(int capacity) {
    float[][] newHidden = new float[hidden.length][];
    float[][] newCell = new float[cell.length][];
    for (int i = 0; i < hidden.length; i++) {
      PackedDirection only = network.layers[i].only();
      newHidden[i] = Arrays.copyOf(hidden[i], capacity * only.width);
      newCell[i] = Arrays.copyOf(cell[i], capacity * only.initialCell.length);
    }
    boolean[] newBegun = Arrays.copyOf(begun, network.input.masks() ? capacity : 0);
    System.arraycopy(newHidden, 0, hidden, 0, hidden.length);
    System.arraycopy(newCell, 0, cell, 0, cell.length);
    begun = newBegun;
  }

  /** Puts a stream at the initial state. */
  public void reset(int stream) {
    for (int i = 0; i < hidden.length; i++) {
      PackedDirection only = network.layers[i].only();
      put(only.initialHidden, 0, hidden[i], stream, only.width);
      put(only.initialCell, 0, cell[i], stream, only.initialCell.length);
    }
    setBegun(stream, false);
  }

  private static void put(float[] from, int at, float[] to, int stream, int size) {
    System.arraycopy(from, at, to, stream * size, size);
  }

  private void setBegun(int stream, boolean value) {
    if (begun.length > 0) {
      begun[stream] = value;
    }
  }

  /** Gives stream {@code to} the state of stream {@code from}. */
  public void copy(int from, int to) {
    for (int i = 0; i < hidden.length; i++) {
      PackedDirection only = network.layers[i].only();
      put(hidden[i], from * only.width, hidden[i], to, only.width);
      int cells = only.initialCell.length;
      put(cell[i], from * cells, cell[i], to, cells);
    }
    setBegun(to, begun.length > 0 && begun[from]);
  }

  /** Copies a stream's state out. */
  public void save(int stream, StreamMemory to) {
    for (int i = 0; i < hidden.length; i++) {
      PackedLayer layer = network.layers[i];
      int width = layer.only().width;
      int cells = layer.only().initialCell.length;
      System.arraycopy(hidden[i], stream * width, to.values, layer.hiddenAt, width);
      System.arraycopy(cell[i], stream * cells, to.values, layer.cellAt, cells);
    }
    to.prepared = false;
    to.begun = begun.length > 0 && begun[stream];
  }

  /** Takes over a state. */
  public void restore(int stream, StreamMemory from) {
    for (int i = 0; i < hidden.length; i++) {
      PackedLayer layer = network.layers[i];
      put(from.values, layer.hiddenAt, hidden[i], stream, layer.only().width);
      put(from.values, layer.cellAt, cell[i], stream, layer.only().initialCell.length);
    }
    setBegun(stream, from.begun);
  }
}
