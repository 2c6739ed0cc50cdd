// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import java.util.Objects;

/**
 * A recording of what the gates of one stream did: for each timestep and layer the activated gates
 * i, f, g and o, and the states c and h after it. Made by {@link LstmModel#newTrace}, filled by
 * {@link LstmModel#step(LstmState, float[], float[], GateTrace)}; read unit by unit or a layer at a
 * time.
 *
 * <pre>
 *   c' = f ⊙ c + i ⊙ g          h' = o ⊙ tanh(c')
 * </pre>
 *
 * <p>The memory is taken once, {@link #bytes()} of it. For one thread at a time.
 */
public final class GateTrace {
  /** What is recorded of each unit; a vanilla RNN has {@link #HIDDEN} alone. */
  public enum Quantity {
    /** i, how much of the candidate is taken in; 0 to 1. */
    INPUT_GATE(0),
    /** f, how much of the cell state is kept; 0 to 1. */
    FORGET_GATE(1),
    /** g, what there is to take in; −1 to 1. */
    CANDIDATE(2),
    /** o, how much of the cell state is shown; 0 to 1. */
    OUTPUT_GATE(3),
    /** c, the cell state. */
    CELL(-1),
    /** h, the hidden state; −1 to 1. */
    HIDDEN(-1);

    private final int row; // of the gate in a panel

    Quantity(int row) {
      this.row = row;
    }
  }

  private final LstmModel model;
  private final int capacity;

  /** Activated gates as the kernels leave them; shape [layers][steps][panel][4][16]. */
  private final float[][] gates;

  /** Shape [layers][steps][padded units]; a vanilla RNN has none. */
  private final float[][] cells;

  /** Shape [layers][steps][padded units]. */
  private final float[][] hidden;

  private int size;

  GateTrace(LstmModel model, int capacity) {
    this.model = model;
    this.capacity = capacity;
    if (capacity < 1) {
      throw new IllegalArgumentException("steps is " + capacity + ", expected at least 1");
    }
    int layers = model.layers.length;
    long most = Integer.MAX_VALUE - 8;
    long bytes = 0;
    for (PackedLayer layer : model.layers) {
      long rows = gateRows(layer);
      long floats = Math.max(rows, layer.panels.paddedUnits());
      if (capacity * floats > most) {
        throw new IllegalArgumentException(
            "%d steps of a layer of %d units, expected at most %d"
                .formatted(capacity, layer.panels.units(), most / floats));
      }
      int states = layer.cell.hasCellState() ? 2 : 1;
      bytes += (rows + states * (long) layer.panels.paddedUnits()) * capacity * Float.BYTES;
    }
    if (bytes > Runtime.getRuntime().maxMemory()) {
      throw new IllegalArgumentException(
          "%d steps need %d bytes, more than the Java heap's %d"
              .formatted(capacity, bytes, Runtime.getRuntime().maxMemory()));
    }
    gates = new float[layers][];
    cells = new float[layers][];
    hidden = new float[layers][];
    for (int i = 0; i < layers; i++) {
      PackedLayer layer = model.layers[i];
      int units = layer.panels.paddedUnits();
      gates[i] = new float[capacity * gateRows(layer)];
      cells[i] = new float[layer.cell.hasCellState() ? capacity * units : 0];
      hidden[i] = new float[capacity * units];
    }
  }

  private static int gateRows(PackedLayer layer) {
    return layer.cell == CellType.LSTM ? layer.panels.rows() : 0;
  }

  /** Takes the timestep that a state has just made. */
  void record(LstmState state) {
    for (int i = 0; i < hidden.length; i++) {
      int rows = gateRows(model.layers[i]);
      System.arraycopy(state.gates[i], 0, gates[i], size * rows, rows);
      System.arraycopy(state.c[i], 0, cells[i], size * state.c[i].length, state.c[i].length);
      System.arraycopy(state.h[i], 0, hidden[i], size * state.h[i].length, state.h[i].length);
    }
    size++;
  }

  /** Refuses a step that could not be recorded, before anything has happened. */
  void check(LstmModel stepped) {
    if (stepped != model) {
      throw new IllegalArgumentException("the trace belongs to another model");
    }
    if (size == capacity) {
      throw new IllegalStateException("the trace is full: it has all of its " + size + " steps");
    }
  }

  /** Timesteps recorded. */
  public int size() {
    return size;
  }

  /** Timesteps it has room for. */
  public int capacity() {
    return capacity;
  }

  /** Forgets all timesteps. */
  public void clear() {
    size = 0;
  }

  /** The model whose gates it records. */
  public LstmModel model() {
    return model;
  }

  /** Bytes of memory, whether full or empty. */
  public long bytes() {
    long floats = 0;
    for (int i = 0; i < hidden.length; i++) {
      floats += (long) gates[i].length + cells[i].length + hidden[i].length;
    }
    return floats * Float.BYTES;
  }

  /** Whether a layer has this quantity: all but {@link Quantity#HIDDEN} are those of an LSTM. */
  public boolean has(int layer, Quantity quantity) {
    return quantity == Quantity.HIDDEN || cells[layer].length > 0;
  }

  /**
   * One unit at one timestep.
   *
   * @throws IndexOutOfBoundsException if there is no such timestep, layer or unit
   * @throws IllegalArgumentException if the layer is a vanilla RNN and the quantity is not its own
   */
  public float value(int step, int layer, Quantity quantity, int unit) {
    PackedLayer of = find(step, layer, quantity);
    Objects.checkIndex(unit, of.panels.units());
    return switch (quantity) {
      case CELL -> cells[layer][step * of.panels.paddedUnits() + unit];
      case HIDDEN -> hidden[layer][step * of.panels.paddedUnits() + unit];
      default -> gates[layer][at(of, step, quantity, unit)];
    };
  }

  /**
   * All units of a layer at one timestep.
   *
   * @param to receives them from {@code offset}; shape [hidden]
   * @throws IndexOutOfBoundsException if there is no such timestep or layer, or no room
   * @throws IllegalArgumentException if the layer is a vanilla RNN and the quantity is not its own
   */
  public void copy(int step, int layer, Quantity quantity, float[] to, int offset) {
    PackedLayer of = find(step, layer, quantity);
    int units = of.panels.units();
    Objects.checkFromIndexSize(offset, units, to.length);
    switch (quantity) {
      case CELL ->
          System.arraycopy(cells[layer], step * of.panels.paddedUnits(), to, offset, units);
      case HIDDEN ->
          System.arraycopy(hidden[layer], step * of.panels.paddedUnits(), to, offset, units);
      default -> {
        int lanes = of.panels.unitsPerPanel();
        for (int unit = 0; unit < units; unit += lanes) {
          int from = at(of, step, quantity, unit);
          System.arraycopy(gates[layer], from, to, offset + unit, Math.min(lanes, units - unit));
        }
      }
    }
  }

  /** Where a gate of a unit stands: [step][panel][gate][lane]. */
  private static int at(PackedLayer of, int step, Quantity quantity, int unit) {
    int lanes = of.panels.unitsPerPanel();
    int panel = unit / lanes;
    return step * of.panels.rows() + (panel * 4 + quantity.row) * lanes + unit % lanes;
  }

  private PackedLayer find(int step, int layer, Quantity quantity) {
    Objects.checkIndex(step, size);
    Objects.checkIndex(layer, hidden.length);
    if (!has(layer, quantity)) {
      throw new IllegalArgumentException(
          "layer " + layer + " is a vanilla RNN, which has no " + quantity);
    }
    return model.layers[layer];
  }
}
