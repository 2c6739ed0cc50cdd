// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train.tape;

import java.util.List;

/** The states of one layer between minibatches: where the last one ended. */
final class CarriedStates {
  private final int units;
  private final int stride; // units padded
  private final boolean hasCell;
  private float[] hidden = {}; // [B][stride]
  private float[] cell = {}; // [B][stride], or empty

  CarriedStates(int units, int stride, boolean hasCell) {
    this.units = units;
    this.stride = stride;
    this.hasCell = hasCell;
  }

  /** Numbers in the state of one sequence. */
  private int size() {
    return hasCell ? 2 * units : units;
  }

  /** Numbers in the state of one sequence in all layers. */
  static int size(List<RecurrentPass> layers) {
    return layers.stream().mapToInt(layer -> layer.carried.size()).sum();
  }

  /** A copy of the states of all layers, layer by layer. */
  static float[] copy(List<RecurrentPass> layers, int sequences) {
    float[] state = new float[sequences * size(layers)];
    int at = 0;
    for (RecurrentPass layer : layers) {
      at = layer.carried.copy(state, at, sequences);
    }
    return state;
  }

  /**
   * Puts back what {@link #copy(List, int)} gave.
   *
   * @return of how many sequences
   * @throws IllegalArgumentException if it is of another architecture
   */
  static int restore(List<RecurrentPass> layers, float[] state) {
    int size = size(layers);
    if (state.length % size != 0) {
      throw new IllegalArgumentException(
          "%d numbers are not states of %d each".formatted(state.length, size));
    }
    int sequences = state.length / size;
    int at = 0;
    for (RecurrentPass layer : layers) {
      at = layer.carried.restore(state, at, sequences);
    }
    return sequences;
  }

  void reshape(int sequences) {
    hidden = Lanes.room(hidden, (long) sequences * stride);
    if (hasCell) {
      cell = Lanes.room(cell, (long) sequences * stride);
    }
  }

  /** Sets out from the carried states: copies those of the share to the head of the tapes. */
  void begin(Share share, float[] hiddenTape, float[] cellTape) {
    int at = share.first * stride;
    System.arraycopy(hidden, at, hiddenTape, at, share.count * stride);
    if (hasCell) {
      System.arraycopy(cell, at, cellTape, at, share.count * stride);
    }
  }

  /** Keeps the last states of the share, a block of [B][stride] from {@code lastAt}. */
  void end(Share share, float[] hiddenTape, float[] cellTape, int lastAt) {
    int at = share.first * stride;
    System.arraycopy(hiddenTape, lastAt + at, hidden, at, share.count * stride);
    if (hasCell) {
      System.arraycopy(cellTape, lastAt + at, cell, at, share.count * stride);
    }
  }

  /** Copies h, then c of every sequence to {@code to} from {@code at}; returns where they end. */
  private int copy(float[] to, int at, int sequences) {
    int next = at;
    for (int b = 0; b < sequences; b++, next += units) {
      System.arraycopy(hidden, b * stride, to, next, units);
    }
    for (int b = 0; b < sequences && hasCell; b++, next += units) {
      System.arraycopy(cell, b * stride, to, next, units);
    }
    return next;
  }

  /** The reverse of {@link #copy(float[], int, int)}. */
  private int restore(float[] from, int at, int sequences) {
    reshape(sequences);
    int next = at;
    for (int b = 0; b < sequences; b++, next += units) {
      System.arraycopy(from, next, hidden, b * stride, units);
    }
    for (int b = 0; b < sequences && hasCell; b++, next += units) {
      System.arraycopy(from, next, cell, b * stride, units);
    }
    return next;
  }
}
