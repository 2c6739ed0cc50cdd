// SPDX-License-Identifier: Apache-2.0
package org.quadgate.engine;

/**
 * What a stream remembers from one timestep to the next: h and c of every layer, and what was
 * prepared for the next step. For one thread at a time.
 */
public final class StreamMemory {
  /** Layer by layer h [width], then c [units] of an LSTM; another array after a step of cores. */
  float[] values;

  /**
   * b + R·h per layer, valid while {@link #prepared}; shape [layers][rows]; null before a first.
   */
  float[][] recurrent;

  /** Whether {@link #recurrent} belongs to the present h. */
  boolean prepared;

  /** Whether a timestep was read since the initial state; only networks with masks ask. */
  boolean begun;

  /** The memory of a stream at the initial state. */
  public StreamMemory(PackedNetwork network) {
    values = new float[network.memorySize()];
    reset(network);
  }

  /** Goes back to the initial state. */
  public void reset(PackedNetwork network) {
    for (PackedLayer layer : network.layers) {
      PackedDirection only = layer.only();
      System.arraycopy(only.initialHidden, 0, values, layer.hiddenAt, only.initialHidden.length);
      System.arraycopy(only.initialCell, 0, values, layer.cellAt, only.initialCell.length);
    }
    prepared = false;
    begun = false;
  }

  /** Takes over another stream's memory. */
  public void copyFrom(StreamMemory other) {
    System.arraycopy(other.values, 0, values, 0, values.length);
    prepared = other.prepared;
    begun = other.begun;
    if (prepared) {
      makeRecurrentLike(other.recurrent);
      for (int i = 0; i < recurrent.length; i++) {
        System.arraycopy(other.recurrent[i], 0, recurrent[i], 0, recurrent[i].length);
      }
    }
  }

  private void makeRecurrentLike(float[][] other) {
    if (recurrent == null) {
      float[][] made = new float[other.length][];
      for (int i = 0; i < made.length; i++) {
        made[i] = new float[other[i].length];
      }
      recurrent = made;
    }
  }

  /** Writes h and c of all layers to {@code to[at …]}. */
  public void save(float[] to, int at) {
    System.arraycopy(values, 0, to, at, values.length);
  }

  /** Takes h and c of all layers from {@code from[at …]}, and whether a timestep was read. */
  public void restore(float[] from, int at, boolean hasBegun) {
    System.arraycopy(from, at, values, 0, values.length);
    prepared = false;
    begun = hasBegun;
  }

  /** Whether a timestep was read since the initial state; only networks with masks ask. */
  public boolean hasBegun() {
    return begun;
  }

  /** Copies a layer's h to {@code to[at …]}. */
  public void copyHidden(PackedNetwork network, int layer, float[] to, int at) {
    PackedLayer of = network.layers[layer];
    System.arraycopy(values, of.hiddenAt, to, at, of.only().width);
  }

  /** Copies a layer's c to {@code to[at …]}; nothing of an RNN. */
  public void copyCell(PackedNetwork network, int layer, float[] to, int at) {
    PackedLayer of = network.layers[layer];
    System.arraycopy(values, of.cellAt, to, at, of.only().initialCell.length);
  }
}
