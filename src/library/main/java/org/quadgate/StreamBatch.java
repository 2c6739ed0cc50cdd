// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.quadgate.engine.BatchMemory;
import org.quadgate.engine.BatchStep;
import org.quadgate.engine.StreamNumbers;
import org.quadgate.engine.WarmUp;
import org.quadgate.engine.Workspace;

/**
 * Many streams of one model, side by side: each has a state of its own, and a call steps all of
 * them or any chosen ones, reading the weights once for many streams. The outputs are those of
 * {@link Model#step}, bit by bit, whatever else is in the call.
 *
 * <pre>{@code
 * StreamBatch batch = model.newBatch(5000);
 * int a = batch.add();                       // a stream, born at the model's initial state
 * int b = batch.add();
 * batch.step(new int[] {b, a}, 2, xs, ys);   // xs [2][input], ys [2][output]
 * }</pre>
 *
 * <p>A stream is a number from 0 to capacity - 1; the number of a removed stream is given out
 * again. For one thread at a time, which assertions check; nothing but {@link #grow} and {@link
 * #warmUp} allocates once the batch is made.
 */
public final class StreamBatch {
  private final Model model;
  private final BatchMemory memory;
  private final BatchStep step;
  private final AtomicReference<Thread> user = new AtomicReference<>();
  private StreamNumbers numbers;

  StreamBatch(Model model, int capacity) {
    if (capacity < 1) {
      throw new IllegalArgumentException("capacity is " + capacity + ", expected at least 1");
    }
    this.model = model;
    memory = new BatchMemory(model.engine);
    step = new BatchStep(model.engine);
    numbers = new StreamNumbers(0);
    allocate(capacity);
  }

  /**
   * Makes room for more streams; those there are keep their numbers and states. Allocates.
   *
   * @throws IllegalArgumentException if {@code newCapacity} is below {@link #capacity} or the
   *     memory for it is not there; the batch is as it was
   */
  public void grow(int newCapacity) {
    if (newCapacity < capacity()) {
      throw new IllegalArgumentException(
          "capacity is " + capacity() + " already, expected at least that, not " + newCapacity);
    }
    assert enter();
    try {
      allocate(newCapacity);
    } finally {
      assert leave();
    }
  }

  private void allocate(int newCapacity) {
    long ofStates = memory.bytes(newCapacity);
    long bytes = ofStates + StreamNumbers.bytes(newCapacity);
    if (ofStates < 0) {
      throw new IllegalArgumentException(
          newCapacity + " streams need more than the 8 GiB that one layer's array can have");
    }
    String refusal = newCapacity + " streams need " + bytes + " bytes, more than ";
    if (bytes > Runtime.getRuntime().maxMemory()) {
      throw new IllegalArgumentException(
          refusal + "the Java heap's " + Runtime.getRuntime().maxMemory());
    }
    try {
      StreamNumbers newNumbers = new StreamNumbers(numbers, newCapacity);
      memory.grow(newCapacity);
      numbers = newNumbers;
    } catch (OutOfMemoryError e) {
      throw new IllegalArgumentException(refusal + "is free in the Java heap", e);
    }
  }

  /** The model of all these streams. */
  public Model model() {
    return model;
  }

  /** How many streams there are. */
  public int size() {
    return numbers.size();
  }

  /** How many streams there can be before {@link #grow}. */
  public int capacity() {
    return numbers.capacity();
  }

  /** Whether {@code stream} was added and not removed since; false for any other number. */
  public boolean contains(int stream) {
    return numbers.contains(stream);
  }

  /** Bytes of memory per stream of capacity: the floats of its state and two bits, rounded up. */
  public long bytesPerStream() {
    long bytes = memory.bytes(capacity()) + numbers.bytes();
    return (bytes + capacity() - 1) / capacity();
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
      int stream = numbers.take();
      memory.reset(stream);
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
    numbers.check(stream);
    assert enter();
    numbers.giveBack(stream);
    assert leave();
  }

  /**
   * Back to the model's initial state.
   *
   * @throws IllegalArgumentException if there is no such stream
   */
  public void reset(int stream) {
    numbers.check(stream);
    assert enter();
    memory.reset(stream);
    assert leave();
  }

  /**
   * Gives stream {@code to} the state of stream {@code from}.
   *
   * @throws IllegalArgumentException if there is no such stream
   */
  public void copy(int from, int to) {
    numbers.check(from);
    numbers.check(to);
    assert enter();
    memory.copy(from, to);
    assert leave();
  }

  /**
   * Copies a stream's state out.
   *
   * @throws IllegalArgumentException if there is no such stream or the state is of another model
   */
  public void save(int stream, StreamState to) {
    numbers.check(stream);
    model.checkState(to);
    assert enter();
    memory.save(stream, to.memory);
    assert leave();
  }

  /**
   * Takes over a state, such as {@link #save} wrote.
   *
   * @throws IllegalArgumentException if there is no such stream or the state is of another model
   */
  public void restore(int stream, StreamState from) {
    numbers.check(stream);
    model.checkState(from);
    assert enter();
    memory.restore(stream, from.memory);
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
   * @throws RefusedInputException if an input is NaN, infinite or over-large, with its row; all
   *     states are as they were
   */
  public void step(int[] streams, int count, float[] xs, float[] ys) {
    checkCount(streams, count);
    checkRows(count, xs, ys);
    assert enter();
    try {
      check(streams, count, xs);
      Workspace inside = model.engine.enter();
      try {
        for (int row = 0; row < count; row += BatchStep.ROWS) {
          block(step, streams, row, Math.min(BatchStep.ROWS, count - row), xs, ys);
        }
      } finally {
        step.letGo();
        model.engine.leave(inside);
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
   * @throws IllegalArgumentException as {@link #save}, and as {@link Model#step}
   * @throws IllegalStateException if the trace is full; the stream is as it was
   */
  public void step(int stream, StreamState through, float[] x, float[] y, GateTrace trace) {
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
    numbers.check(streams, count);
    model.arguments.checkInputs(xs, count);
  }

  /**
   * Steps some rows of a checked call. Calls for different rows may run at the same time, each with
   * scratch of its own.
   */
  void block(BatchStep scratch, int[] streams, int row, int rows, float[] xs, float[] ys) {
    System.arraycopy(streams, row, scratch.streams, 0, rows);
    scratch.run(rows, memory, xs, row, ys);
  }

  /**
   * Advances all streams by one timestep each, in the order of their numbers. Allocates nothing.
   *
   * @param xs their inputs; shape [at least size][input]
   * @param ys receives their outputs; shape [at least size][output]; may be {@code xs} where the
   *     sizes agree
   * @throws IllegalStateException if there is no stream
   * @throws IllegalArgumentException if an array is too short; all states are as they were
   * @throws RefusedInputException as {@link #step}
   */
  public void stepAll(float[] xs, float[] ys) {
    if (size() == 0) {
      throw new IllegalStateException("the batch has no streams");
    }
    checkRows(size(), xs, ys);
    assert enter();
    try {
      model.arguments.checkInputs(xs, size());
      Workspace inside = model.engine.enter();
      try {
        int rows = 0;
        int row = 0;
        for (int stream = numbers.next(0); stream >= 0; stream = numbers.next(stream + 1)) {
          step.streams[rows++] = stream;
          if (rows == BatchStep.ROWS) {
            step.run(rows, memory, xs, row, ys);
            row += rows;
            rows = 0;
          }
        }
        if (rows > 0) {
          step.run(rows, memory, xs, row, ys);
        }
      } finally {
        step.letGo();
        model.engine.leave(inside);
      }
    } finally {
      assert leave();
    }
  }

  /** Advances all streams by one timestep with the same checked input, leaving out the outputs. */
  void advance(float[] x) {
    assert enter();
    Workspace inside = model.engine.enter();
    try {
      int rows = 0;
      for (int stream = numbers.next(0); stream >= 0; stream = numbers.next(stream + 1)) {
        step.streams[rows++] = stream;
        if (rows == BatchStep.ROWS) {
          step.advance(rows, memory, x);
          rows = 0;
        }
      }
      if (rows > 0) {
        step.advance(rows, memory, x);
      }
    } finally {
      step.letGo();
      model.engine.leave(inside);
      assert leave();
    }
  }

  /**
   * Steps scratch streams until the JVM has compiled what a batch runs, as {@link Model#warmUp}
   * does for single steps and in about its time; the streams of this batch stay as they are.
   * Allocates.
   */
  public void warmUp() {
    int streams = Math.min(capacity(), BatchStep.ROWS);
    StreamBatch scratch = model.newBatch(streams);
    int[] chosen = new int[streams];
    for (int i = 0; i < streams; i++) {
      chosen[i] = scratch.add();
    }
    float[] input = new float[model.inputSize()];
    float[] xs = new float[streams * input.length];
    float[] ys = new float[streams * model.outputSize()];
    WarmUp.run(
        n -> {
          for (int i = 0; i < n; i++) {
            model.engine.input().fillWarmUp(input, i);
            for (int row = 0; row < streams; row++) {
              System.arraycopy(input, 0, xs, row * input.length, input.length);
            }
            if (i % 2 == 0) {
              scratch.stepAll(xs, ys);
            } else {
              // every number of rows that a tile can leave over
              scratch.step(chosen, streams - i / 2 % Math.min(streams, 12), xs, ys);
            }
          }
        });
  }

  /** Writes the numbers of all streams, ascending. */
  void list(int[] to) {
    int count = 0;
    for (int stream = numbers.next(0); stream >= 0; stream = numbers.next(stream + 1)) {
      to[count++] = stream;
    }
  }

  void checkRows(int count, float[] xs, float[] ys) {
    model.arguments.checkRows(xs, ys, count);
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
    return "StreamBatch["
        + size()
        + " of "
        + capacity()
        + " streams, "
        + Objects.toString(model)
        + "]";
  }
}
