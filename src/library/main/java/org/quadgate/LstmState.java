// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.Objects;
import org.quadgate.kernel.PanelWalk;

/**
 * One stream's memory: h and c of every layer, and the scratch rows a step needs. Small, mutable,
 * for one thread at a time, and of one model: that model alone steps it.
 *
 * <p>The order of the saved floats is layer by layer, h [hidden] then, for an LSTM, c [hidden].
 */
public final class LstmState {
  final LstmModel model;

  /** h per layer, zero-padded; shape [layers][padded units]. */
  final float[][] h;

  /** c per layer, zero-padded, empty for a vanilla RNN; shape [layers][padded units]. */
  final float[][] c;

  /** b + R·h per layer, valid while {@link #prepared}; shape [layers][rows]. */
  final float[][] recurrent;

  /** From which end this stream's next step reads each layer's weights; shape [layers]. */
  final PanelWalk[] walks;

  /** Gate sums, then activated gates, per layer; shape [layers][rows]. */
  final float[][] gates;

  /** The checked and standardised input; shape [input]. */
  final float[] x;

  /**
   * Inputs that are not zero, if there are inputs enough to look for them; shape [input] or [0].
   */
  final int[] columns;

  /** How many of {@link #columns} count. */
  int columnCount;

  /** Outputs of the head's layers, zero-padded for the next; shape [head layers][padded]. */
  final float[][] head;

  /** Room for one linear row's partial sums. */
  final float[] partial = new float[16];

  /** The output, where the caller wants it in a memory segment; shape [output]. */
  final float[] y;

  /** The scratch of whole sequences; null before the first. */
  private SequenceRun sequences;

  /** Whether {@link #recurrent} belongs to the present h. */
  boolean prepared;

  /** What an assertion says when {@link #enter} gives false. */
  static final String TWO_THREADS = "two threads step one state";

  private static final VarHandle ENTERED;

  static {
    try {
      ENTERED = MethodHandles.lookup().findVarHandle(LstmState.class, "entered", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** Whether a thread is at work on this state; kept only where assertions are enabled. */
  private boolean entered;

  LstmState(LstmModel model) {
    this.model = model;
    int layers = model.layers.length;
    h = new float[layers][];
    c = new float[layers][];
    recurrent = new float[layers][];
    gates = new float[layers][];
    walks = new PanelWalk[layers];
    for (int i = 0; i < layers; i++) {
      PackedLayer layer = model.layers[i];
      h[i] = new float[layer.panels.paddedUnits()];
      c[i] = new float[layer.cell.hasCellState() ? h[i].length : 0];
      recurrent[i] = new float[layer.panels.rows()];
      gates[i] = new float[layer.panels.rows()];
      walks[i] = new PanelWalk(layer.pieces);
    }
    head = new float[model.head.length][];
    for (int i = 0; i < head.length; i++) {
      head[i] = new float[LstmModel.padToLanes(model.head[i].outputs)];
    }
    int inputs = model.config().inputSize();
    x = new float[inputs];
    columns = new int[inputs < ModelInput.SPARSE_INPUTS ? 0 : inputs];
    y = new float[model.config().outputSize()];
    reset();
  }

  SequenceRun sequences() {
    if (sequences == null) {
      sequences = new SequenceRun(model);
    }
    return sequences;
  }

  /** Notes that a thread begins its work; false if another one is at work. */
  boolean enter() {
    return ENTERED.compareAndSet(this, false, true);
  }

  /** Notes that the work is over; always true. */
  boolean leave() {
    ENTERED.setVolatile(this, false);
    return true;
  }

  /** Back to the model's initial state: zeros, unless the model carries a learned one. */
  public void reset() {
    for (int i = 0; i < h.length; i++) {
      PackedLayer layer = model.layers[i];
      System.arraycopy(layer.initialHidden, 0, h[i], 0, layer.initialHidden.length);
      System.arraycopy(layer.initialCell, 0, c[i], 0, layer.initialCell.length);
    }
    prepared = false;
  }

  /**
   * Takes over another stream's memory.
   *
   * @throws IllegalArgumentException if {@code other} is of another model
   */
  public void copyFrom(LstmState other) {
    if (other.model != model) {
      throw new IllegalArgumentException("the state belongs to another model");
    }
    for (int i = 0; i < h.length; i++) {
      System.arraycopy(other.h[i], 0, h[i], 0, h[i].length);
      System.arraycopy(other.c[i], 0, c[i], 0, c[i].length);
      System.arraycopy(other.recurrent[i], 0, recurrent[i], 0, recurrent[i].length);
    }
    prepared = other.prepared;
  }

  /** A new state with the same memory. */
  public LstmState copy() {
    LstmState copy = new LstmState(model);
    copy.copyFrom(this);
    return copy;
  }

  /** Floats that {@link #save} writes: the sum over layers of h and c. */
  public int size() {
    int size = 0;
    for (int i = 0; i < h.length; i++) {
      int units = model.layers[i].panels.units();
      size += c[i].length == 0 ? units : 2 * units;
    }
    return size;
  }

  /**
   * Writes the memory to {@code to[offset …]}.
   *
   * @param to receives {@link #size()} floats
   * @throws IndexOutOfBoundsException if they do not fit; nothing is written
   */
  public void save(float[] to, int offset) {
    Objects.checkFromIndexSize(offset, size(), to.length);
    int at = offset;
    for (int i = 0; i < h.length; i++) {
      int units = model.layers[i].panels.units();
      System.arraycopy(h[i], 0, to, at, units);
      at += units;
      if (c[i].length > 0) {
        System.arraycopy(c[i], 0, to, at, units);
        at += units;
      }
    }
  }

  /**
   * Takes back what {@link #save} wrote.
   *
   * @param from holds {@link #size()} floats from {@code offset}
   * @throws IndexOutOfBoundsException if it holds fewer
   * @throws IllegalArgumentException if one of them is not finite; the state is as it was
   */
  public void restore(float[] from, int offset) {
    int size = size();
    Objects.checkFromIndexSize(offset, size, from.length);
    for (int i = offset; i < offset + size; i++) {
      if (!Float.isFinite(from[i])) {
        throw new IllegalArgumentException(
            "saved state[" + i + "] is " + from[i] + ", expected a finite number");
      }
    }
    int at = offset;
    for (int i = 0; i < h.length; i++) {
      int units = model.layers[i].panels.units();
      System.arraycopy(from, at, h[i], 0, units);
      at += units;
      if (c[i].length > 0) {
        System.arraycopy(from, at, c[i], 0, units);
        at += units;
      }
    }
    prepared = false;
  }

  /** The hidden state h of a layer, copied; shape [hidden]. */
  public float[] hidden(int layer) {
    return Arrays.copyOf(h[layer], model.layers[layer].panels.units());
  }

  /** The cell state c of a layer, copied; shape [hidden], empty for a vanilla RNN. */
  public float[] cell(int layer) {
    return Arrays.copyOf(c[layer], c[layer].length == 0 ? 0 : model.layers[layer].panels.units());
  }
}
