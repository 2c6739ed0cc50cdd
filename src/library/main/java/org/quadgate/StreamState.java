// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.quadgate.engine.StreamMemory;

/**
 * One stream's memory: h and c of every layer, and what {@link Model#prepareNext} made of them.
 * Small, mutable, for one thread at a time, and of one model: that model alone steps it.
 *
 * <p>{@link #save} writes three floats that say which shape of network the state is of, and whether
 * all timesteps so far were masked, then layer by layer h, then, of an LSTM, c. All are finite
 * numbers, and the first three are whole ones, so that text keeps them as well as bytes do.
 */
public final class StreamState {
  /** What an assertion says when {@link #enter} gives false. */
  static final String TWO_THREADS = "two threads step one state";

  /** Floats before the state proper. */
  private static final int HEADER = 3;

  /** The first float: which form this is. */
  private static final float FORM = 1;

  /** The first float of a stream of which every timestep so far was masked. */
  private static final float ALL_MASKED = 2;

  /** Bits of the shape's hash that one float holds exactly. */
  private static final int HASH_BITS = 24;

  private static final VarHandle ENTERED;

  static {
    try {
      ENTERED = MethodHandles.lookup().findVarHandle(StreamState.class, "entered", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  final Model model;
  final StreamMemory memory;

  /** Whether a thread is at work on this state; kept only where assertions are enabled. */
  private boolean entered;

  StreamState(Model model) {
    this.model = model;
    memory = new StreamMemory(model.engine);
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

  /** The model whose stream it is. */
  public Model model() {
    return model;
  }

  /** Back to the network's initial state: zeros, unless it carries a learned one. */
  public void reset() {
    memory.reset(model.engine);
  }

  /**
   * Takes over another stream's memory.
   *
   * @throws IllegalArgumentException if {@code other} is of another model
   */
  public void copyFrom(StreamState other) {
    model.checkState(other);
    memory.copyFrom(other.memory);
  }

  /** A new state with the same memory. */
  public StreamState copy() {
    StreamState copy = new StreamState(model);
    copy.copyFrom(this);
    return copy;
  }

  /** Floats that {@link #save} writes: three, and the sum over layers of h and c. */
  public int size() {
    return HEADER + model.engine.memorySize();
  }

  /**
   * Writes the memory to {@code to[offset …]}.
   *
   * @param to receives {@link #size()} floats
   * @throws IndexOutOfBoundsException if they do not fit; nothing is written
   */
  public void save(float[] to, int offset) {
    Objects.checkFromIndexSize(offset, size(), to.length);
    long shape = model.engine.shapeHash();
    to[offset] = model.engine.input().masks() && !memory.hasBegun() ? ALL_MASKED : FORM;
    to[offset + 1] = part(shape, 0);
    to[offset + 2] = part(shape, 1);
    memory.save(to, offset + HEADER);
  }

  private static float part(long hash, int index) {
    return (hash >>> (index * HASH_BITS)) & ((1 << HASH_BITS) - 1);
  }

  /**
   * Takes back what {@link #save} wrote, of this model or of another one whose layers have the same
   * cells and sizes.
   *
   * @param from holds {@link #size()} floats from {@code offset}
   * @throws IndexOutOfBoundsException if it holds fewer
   * @throws IllegalArgumentException if it is no saved state, is that of a network of another
   *     shape, or has a number that is not finite; the state is as it was
   */
  public void restore(float[] from, int offset) {
    int size = size();
    Objects.checkFromIndexSize(offset, size, from.length);
    if (from[offset] != FORM && from[offset] != ALL_MASKED) {
      throw new IllegalArgumentException(
          "saved state[" + offset + "] is " + from[offset] + ", expected " + FORM + " of its form");
    }
    long shape = model.engine.shapeHash();
    if (from[offset + 1] != part(shape, 0) || from[offset + 2] != part(shape, 1)) {
      throw new IllegalArgumentException(
          "the saved state is of a network of another shape than " + model.network().describe());
    }
    for (int i = offset + HEADER; i < offset + size; i++) {
      if (!Float.isFinite(from[i])) {
        throw new IllegalArgumentException(
            "saved state[" + i + "] is " + from[i] + ", expected a finite number");
      }
    }
    memory.restore(from, offset + HEADER, from[offset] == FORM);
  }

  /** The hidden state h of a layer, copied; shape [hidden], or what it is projected to. */
  public float[] hidden(int layer) {
    float[] h = new float[model.engine.hiddenSize(layer)];
    memory.copyHidden(model.engine, layer, h, 0);
    return h;
  }

  /** The cell state c of a layer, copied; shape [hidden], empty for an RNN. */
  public float[] cell(int layer) {
    float[] c = new float[model.engine.cellSize(layer)];
    memory.copyCell(model.engine, layer, c, 0);
    return c;
  }
}
