// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train.tape;

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
  int size() {
    return hasCell ? 2 * units : units;
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
  int copy(float[] to, int at, int sequences) {
    int next = at;
    for (int b = 0; b < sequences; b++, next += units) {
      System.arraycopy(hidden, b * stride, to, next, units);
    }
    for (int b = 0; b < sequences && hasCell; b++, next += units) {
      System.arraycopy(cell, b * stride, to, next, units);
    }
    return next;
  }

  /** The reverse of {@link #copy}. */
  int restore(float[] from, int at, int sequences) {
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
