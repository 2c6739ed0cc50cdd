// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Many streams of one model, side by side: each has a state of its own, and a call steps all of
 * them or any chosen ones, reading the weights once for many streams. The outputs are those of
 * {@link LstmModel#step}, bit by bit, whatever else is in the call.
 *
 * <pre>{@code
 * LstmBatch batch = model.newBatch(5000);
 * int a = batch.add();                       // a stream, born at the model's initial state
 * int b = batch.add();
 * batch.step(new int[] {b, a}, 2, xs, ys);   // xs [2][input], ys [2][output]
 * }</pre>
 *
 * <p>A stream is a number from 0 to capacity - 1; the number of a removed stream is given out
 * again. For one thread at a time, which assertions check; nothing but {@link #grow} allocates once
 * the batch is made.
 */
public final class LstmBatch {
  private final LstmModel model;
  private final BatchStep step;
  private final AtomicReference<Thread> user = new AtomicReference<>();

  /** h per layer; shape [layers][capacity][hidden]. */
  private final float[][] h;

  /** c per layer, empty for a vanilla RNN; shape [layers][capacity][hidden]. */
  private final float[][] c;

  /** A bit per stream: whether it was added. */
  private long[] active;

  /** A bit per stream: whether the present call steps it; all 0 between calls. */
  private long[] named;

  private int capacity;
  private int size;

  /** No word of {@link #active} before this one has a free number. */
  private int freeFrom;

  LstmBatch(LstmModel model, int capacity) {
    if (capacity < 1) {
      throw new IllegalArgumentException("capacity is " + capacity + ", expected at least 1");
    }
    this.model = model;
    step = new BatchStep(model);
    int layers = model.layers.length;
    h = new float[layers][0];
    c = new float[layers][0];
    active = new long[0];
    named = new long[0];
    allocate(capacity);
  }

  /**
   * Makes room for more streams; those there are keep their numbers and states. Allocates.
   *
   * @throws IllegalArgumentException if {@code newCapacity} is below {@link #capacity} or the
   *     memory for it is not there; the batch is as it was
   */
  public void grow(int newCapacity) {
    if (newCapacity < capacity) {
      throw new IllegalArgumentException(
          "capacity is " + capacity + " already, expected at least that, not " + newCapacity);
    }
    assert enter();
    try {
      allocate(newCapacity);
    } finally {
      assert leave();
    }
  }

  private void allocate(int newCapacity) {
    long floats = 0;
    boolean indexable = true;
    for (PackedLayer layer : model.layers) {
      long ofLayer = (long) newCapacity * layer.panels.units();
      indexable &= ofLayer <= Integer.MAX_VALUE - 8;
      floats += ofLayer * (layer.cell.hasCellState() ? 2 : 1);
    }
    long bytes = floats * Float.BYTES + 2 * (newCapacity / 8L);
    String refusal = newCapacity + " streams need " + bytes + " bytes, more than ";
    if (!indexable) {
      throw new IllegalArgumentException(refusal + "the 8 GiB that one layer's array can have");
    }
    if (bytes > Runtime.getRuntime().maxMemory()) {
      throw new IllegalArgumentException(
          refusal + "the Java heap's " + Runtime.getRuntime().maxMemory());
    }
    float[][] newH = new float[h.length][];
    float[][] newC = new float[h.length][];
    long[] newActive;
    long[] newNamed;
    try {
      for (int i = 0; i < h.length; i++) {
        PackedLayer layer = model.layers[i];
        newH[i] = Arrays.copyOf(h[i], newCapacity * layer.panels.units());
        newC[i] = layer.cell.hasCellState() ? Arrays.copyOf(c[i], newH[i].length) : c[i];
      }
      newActive = Arrays.copyOf(active, words(newCapacity));
      newNamed = new long[newActive.length];
    } catch (OutOfMemoryError e) {
      throw new IllegalArgumentException(refusal + "is free in the Java heap", e);
    }
    System.arraycopy(newH, 0, h, 0, h.length);
    System.arraycopy(newC, 0, c, 0, c.length);
    active = newActive;
    named = newNamed;
    capacity = newCapacity;
  }

  private static int words(int bits) {
    return (bits + Long.SIZE - 1) / Long.SIZE;
  }

  /** The model of all these streams. */
  public LstmModel model() {
    return model;
  }

  /** How many streams there are. */
  public int size() {
    return size;
  }

  /** How many streams there can be before {@link #grow}. */
  public int capacity() {
    return capacity;
  }

  /** Whether {@code stream} was added and not removed since; false for any other number. */
  public boolean contains(int stream) {
    return stream >= 0 && stream < capacity && has(active, stream);
  }

  /** Bytes of memory per stream of capacity: the floats of its state and two bits, rounded up. */
  public long bytesPerStream() {
    long floats = 0;
    for (int i = 0; i < h.length; i++) {
      floats += (long) h[i].length + c[i].length;
    }
    long bytes = floats * Float.BYTES + 8L * (active.length + named.length);
    return (bytes + capacity - 1) / capacity;
  }

  /** Bytes of scratch that the batch has once, whatever its capacity. */
  public long scratchBytes() {
    return step.bytes();
  }

  /**
   * Adds a stream at the model's initial state.
   *
   * @return its number, the smallest that is free
   * @throws IllegalStateException if the capacity is used up
   */
  public int add() {
    assert enter();
    try {
      if (size == capacity) {
        throw new IllegalStateException(
            "all " + capacity + " streams of the batch's capacity are in use");
      }
      while (active[freeFrom] == -1L) {
        freeFrom++;
      }
      int word = freeFrom;
      int stream = word * Long.SIZE + Long.numberOfTrailingZeros(~active[word]);
      active[word] |= 1L << stream;
      size++;
      toInitial(stream);
      return stream;
    } finally {
      assert leave();
    }
  }

  /**
   * Removes a stream; its number may be given out again.
   *
   * @throws IllegalArgumentException if there is no such stream
   */
  public void remove(int stream) {
    check(stream);
    assert enter();
    active[stream / Long.SIZE] &= ~(1L << stream);
    freeFrom = Math.min(freeFrom, stream / Long.SIZE);
    size--;
    assert leave();
  }

  /**
   * Back to the model's initial state.
   *
   * @throws IllegalArgumentException if there is no such stream
   */
  public void reset(int stream) {
    check(stream);
    assert enter();
    toInitial(stream);
    assert leave();
  }

  private void toInitial(int stream) {
    for (int i = 0; i < h.length; i++) {
      PackedLayer layer = model.layers[i];
      int units = layer.panels.units();
      System.arraycopy(layer.initialHidden, 0, h[i], stream * units, units);
      if (c[i].length > 0) {
        System.arraycopy(layer.initialCell, 0, c[i], stream * units, units);
      }
    }
  }

  /**
   * Gives stream {@code to} the state of stream {@code from}.
   *
   * @throws IllegalArgumentException if there is no such stream
   */
  public void copy(int from, int to) {
    check(from);
    check(to);
    assert enter();
    for (int i = 0; i < h.length; i++) {
      int units = model.layers[i].panels.units();
      System.arraycopy(h[i], from * units, h[i], to * units, units);
      if (c[i].length > 0) {
        System.arraycopy(c[i], from * units, c[i], to * units, units);
      }
    }
    assert leave();
  }

  /**
   * Copies a stream's state out.
   *
   * @throws IllegalArgumentException if there is no such stream or the state is of another model
   */
  public void save(int stream, LstmState to) {
    check(stream);
    model.checkState(to);
    assert enter();
    for (int i = 0; i < h.length; i++) {
      int units = model.layers[i].panels.units();
      System.arraycopy(h[i], stream * units, to.h[i], 0, units);
      if (c[i].length > 0) {
        System.arraycopy(c[i], stream * units, to.c[i], 0, units);
      }
    }
    to.prepared = false;
    assert leave();
  }

  /**
   * Takes over a state, such as {@link #save} wrote.
   *
   * @throws IllegalArgumentException if there is no such stream or the state is of another model
   */
  public void restore(int stream, LstmState from) {
    check(stream);
    model.checkState(from);
    assert enter();
    for (int i = 0; i < h.length; i++) {
      int units = model.layers[i].panels.units();
      System.arraycopy(from.h[i], 0, h[i], stream * units, units);
      if (c[i].length > 0) {
        System.arraycopy(from.c[i], 0, c[i], stream * units, units);
      }
    }
    assert leave();
  }

  /**
   * Advances chosen streams by one timestep each. Allocates nothing.
   *
   * @param streams which, each once, in any order; the first {@code count} count
   * @param count how many, at least 1
   * @param xs their inputs, in that order; shape [at least count][input]
   * @param ys receives their outputs, in that order; shape [at least count][output]; may be {@code
   *     xs} where the sizes agree
   * @throws IllegalArgumentException if a stream is not there or named twice, or an array is too
   *     short; all states are as they were
   * @throws NonFiniteInputException if an input is NaN, infinite or over-large, with its row; all
   *     states are as they were
   */
  public void step(int[] streams, int count, float[] xs, float[] ys) {
    checkCount(streams, count);
    checkRows(count, xs, ys);
    assert enter();
    try {
      check(streams, count, xs);
      for (int row = 0; row < count; row += BatchStep.ROWS) {
        block(step, streams, row, Math.min(BatchStep.ROWS, count - row), xs, ys);
      }
    } finally {
      assert leave();
    }
  }

  /**
   * Advances one stream and records its gates and states; the same bits as in a batch, for more
   * time.
   *
   * @param through a state of the model to step with; it ends as the stream does
   * @throws IllegalArgumentException as {@link #save}, and as {@link LstmModel#step}
   * @throws IllegalStateException if the trace is full; the stream is as it was
   */
  public void step(int stream, LstmState through, float[] x, float[] y, GateTrace trace) {
    save(stream, through);
    model.step(through, x, y, trace);
    restore(stream, through);
  }

  static void checkCount(int[] streams, int count) {
    if (count < 1 || count > streams.length) {
      throw new IllegalArgumentException(
          "count is " + count + ", expected 1 to the " + streams.length + " streams given");
    }
  }

  /** Checks streams and inputs of a call; the batch is as it was. */
  void check(int[] streams, int count, float[] xs) {
    name(streams, count);
    for (int i = 0; i < count; i++) {
      named[streams[i] / Long.SIZE] = 0;
    }
    model.checkInputs(xs, count);
  }

  /**
   * Steps some rows of a checked call. Calls for different rows may run at the same time, each with
   * scratch of its own.
   */
  void block(BatchStep scratch, int[] streams, int row, int rows, float[] xs, float[] ys) {
    System.arraycopy(streams, row, scratch.streams, 0, rows);
    scratch.run(rows, h, c, xs, row, ys);
  }

  /** Checks that each stream is there, once. Marks them; takes the marks back if it throws. */
  private void name(int[] streams, int count) {
    for (int i = 0; i < count; i++) {
      int stream = streams[i];
      boolean there = contains(stream);
      if (!there || has(named, stream)) {
        for (int j = 0; j < i; j++) {
          named[streams[j] / Long.SIZE] = 0;
        }
        throw new IllegalArgumentException(
            there ? "stream " + stream + " is named twice, again at " + i : absent(stream));
      }
      named[stream / Long.SIZE] |= 1L << stream;
    }
  }

  /**
   * Advances all streams by one timestep each, in the order of their numbers. Allocates nothing.
   *
   * @param xs their inputs; shape [at least size][input]
   * @param ys receives their outputs; shape [at least size][output]; may be {@code xs} where the
   *     sizes agree
   * @throws IllegalStateException if there is no stream
   * @throws IllegalArgumentException if an array is too short; all states are as they were
   * @throws NonFiniteInputException as {@link #step}
   */
  public void stepAll(float[] xs, float[] ys) {
    if (size == 0) {
      throw new IllegalStateException("the batch has no streams");
    }
    checkRows(size, xs, ys);
    assert enter();
    try {
      model.checkInputs(xs, size);
      int rows = 0;
      int row = 0;
      for (int word = 0; word < active.length; word++) {
        for (long bits = active[word]; bits != 0; bits &= bits - 1) {
          step.streams[rows++] = word * Long.SIZE + Long.numberOfTrailingZeros(bits);
          if (rows == BatchStep.ROWS) {
            step.run(rows, h, c, xs, row, ys);
            row += rows;
            rows = 0;
          }
        }
      }
      if (rows > 0) {
        step.run(rows, h, c, xs, row, ys);
      }
    } finally {
      assert leave();
    }
  }

  /** Advances all streams by one timestep with the same checked input, leaving out the outputs. */
  void advance(float[] x) {
    assert enter();
    int rows = 0;
    for (int word = 0; word < active.length; word++) {
      for (long bits = active[word]; bits != 0; bits &= bits - 1) {
        step.streams[rows++] = word * Long.SIZE + Long.numberOfTrailingZeros(bits);
        if (rows == BatchStep.ROWS) {
          step.advance(rows, h, c, x);
          rows = 0;
        }
      }
    }
    if (rows > 0) {
      step.advance(rows, h, c, x);
    }
    assert leave();
  }

  /** Writes the numbers of all streams, ascending. */
  void list(int[] to) {
    int count = 0;
    for (int word = 0; word < active.length; word++) {
      for (long bits = active[word]; bits != 0; bits &= bits - 1) {
        to[count++] = word * Long.SIZE + Long.numberOfTrailingZeros(bits);
      }
    }
  }

  void checkRows(int count, float[] xs, float[] ys) {
    LstmModel.checkRows("xs", xs.length, count, model.config().inputSize());
    LstmModel.checkRows("ys", ys.length, count, model.config().outputSize());
  }

  private void check(int stream) {
    if (!contains(stream)) {
      throw new IllegalArgumentException(absent(stream));
    }
  }

  private static String absent(int stream) {
    return "there is no stream " + stream + ": it was never added, or removed";
  }

  private static boolean has(long[] bits, int stream) {
    return (bits[stream / Long.SIZE] & 1L << stream) != 0;
  }

  /** Begins a thread's use of the batch; false if another one is at it. */
  boolean enter() {
    return user.compareAndSet(null, Thread.currentThread());
  }

  /** Ends it. */
  boolean leave() {
    return user.compareAndSet(Thread.currentThread(), null);
  }

  @Override
  public String toString() {
    return "LstmBatch[" + size + " of " + capacity + " streams, " + Objects.toString(model) + "]";
  }
}
