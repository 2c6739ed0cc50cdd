// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import java.util.Objects;
import org.quadgate.engine.GateRecording;
import org.quadgate.engine.PackedNetwork;
import org.quadgate.engine.StreamMemory;
import org.quadgate.engine.Workspace;

/**
 * A recording of what the gates of one stream did: for each timestep and layer the activated gates
 * i, f, g and o, and the states c and h after it. Made by {@link Model#newTrace}, filled by {@link
 * Model#step(StreamState, float[], float[], GateTrace)}; read unit by unit or a layer at a time.
 *
 * <pre>
 *   c' = f ⊙ c + i ⊙ g          h' = o ⊙ tanh(c')
 * </pre>
 *
 * <p>A timestep that is passed over, because its inputs are masked, keeps everything: it is
 * recorded as f = 1 and i = g = o = 0, with c and h as they were.
 *
 * <p>The memory is taken once, {@link #bytes()} of it. For one thread at a time.
 */
public final class GateTrace {
  /** What is recorded of each unit; an RNN has {@link #HIDDEN} alone. */
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

  private final Model model;
  private final int capacity;
  private final GateRecording recording;
  private int size;

  GateTrace(Model model, int capacity) {
    this.model = model;
    this.capacity = capacity;
    if (capacity < 1) {
      throw new IllegalArgumentException("steps is " + capacity + ", expected at least 1");
    }
    PackedNetwork engine = model.engine;
    for (int i = 0; i < engine.layerCount(); i++) {
      long most = GateRecording.mostSteps(engine, i);
      if (capacity > most) {
        throw new IllegalArgumentException(
            "%d steps of a layer of %d units, expected at most %d"
                .formatted(capacity, model.network().layers().get(i).hiddenSize(), most));
      }
    }
    if (bytes() > Runtime.getRuntime().maxMemory()) {
      throw new IllegalArgumentException(
          "%d steps need %d bytes, more than the Java heap's %d"
              .formatted(capacity, bytes(), Runtime.getRuntime().maxMemory()));
    }
    recording = new GateRecording(engine, capacity);
  }

  /** Takes the timestep that a thread has just made. */
  void record(Workspace workspace, StreamMemory memory) {
    recording.record(size, workspace, memory);
    size++;
  }

  /** Refuses steps that could not be recorded, before anything has happened. */
  void check(Model stepped, int steps) {
    if (stepped != model) {
      throw new IllegalArgumentException("the trace belongs to another model");
    }
    if (size == capacity) {
      throw new IllegalStateException("the trace is full: it has all of its " + size + " steps");
    }
    if (capacity - size < steps) {
      throw new IllegalStateException(
          "the trace has room for %d steps, not for %d".formatted(capacity - size, steps));
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
  public Model model() {
    return model;
  }

  /** Bytes of memory, whether full or empty. */
  public long bytes() {
    return capacity * GateRecording.bytesPerStep(model.engine);
  }

  /**
   * Whether a layer has this quantity: all but {@link Quantity#HIDDEN} are those of an LSTM.
   *
   * @throws IndexOutOfBoundsException if there is no such layer
   */
  public boolean has(int layer, Quantity quantity) {
    return quantity == Quantity.HIDDEN || recording.hasGates(layer);
  }

  /**
   * One unit at one timestep.
   *
   * @throws IndexOutOfBoundsException if there is no such timestep, layer or unit
   * @throws IllegalArgumentException if the layer is an RNN and the quantity is not its own
   */
  public float value(int step, int layer, Quantity quantity, int unit) {
    Objects.checkIndex(unit, find(step, layer, quantity));
    return switch (quantity) {
      case CELL -> recording.cell(layer, step, unit);
      case HIDDEN -> recording.hidden(layer, step, unit);
      default -> recording.gate(layer, step, quantity.row, unit);
    };
  }

  /**
   * All units of a layer at one timestep.
   *
   * @param to receives them from {@code offset}; shape [hidden], of h as it is projected
   * @throws IndexOutOfBoundsException if there is no such timestep or layer, or no room
   * @throws IllegalArgumentException if the layer is an RNN and the quantity is not its own
   */
  public void copy(int step, int layer, Quantity quantity, float[] to, int offset) {
    Objects.checkFromIndexSize(offset, find(step, layer, quantity), to.length);
    switch (quantity) {
      case CELL -> recording.copyCell(layer, step, to, offset);
      case HIDDEN -> recording.copyHidden(layer, step, to, offset);
      default -> recording.copyGate(layer, step, quantity.row, to, offset);
    }
  }

  /** How many units have a quantity at a timestep that is there. */
  private int find(int step, int layer, Quantity quantity) {
    Objects.checkIndex(step, size);
    Objects.checkIndex(layer, model.engine.layerCount());
    if (!has(layer, quantity)) {
      throw new IllegalArgumentException(
          "layer " + layer + " is a vanilla RNN, which has no " + quantity);
    }
    return quantity == Quantity.HIDDEN
        ? model.engine.hiddenSize(layer)
        : model.engine.cellSize(layer);
  }
}
