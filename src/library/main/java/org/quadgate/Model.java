// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import java.util.Optional;
import org.quadgate.engine.PackedNetwork;
import org.quadgate.engine.StreamMemory;
import org.quadgate.engine.StreamStep;
import org.quadgate.engine.WarmUp;
import org.quadgate.engine.WholeRun;
import org.quadgate.engine.Workspace;
import org.quadgate.kernel.provider.KernelProvider;
import org.quadgate.network.Network;
import org.quadgate.network.Rows;
import org.quadgate.options.ModelOptions;
import org.quadgate.options.Precision;

/**
 * A network ready to run: its weights packed for the kernels. Immutable; any number of threads may
 * use it, each with streams of its own.
 *
 * <pre>{@code
 * Model model = Model.of(ModelFiles.read(path));
 * StreamState state = model.newState();   // one per stream, born at the initial state
 * model.step(state, x, y);                // float[] in, float[] out; nothing is allocated
 * }</pre>
 *
 * <p>The results do not depend on the kernels, on the vector width, on how often {@link
 * #prepareNext} was called, or on whether a step is one of a {@link #run} or of a {@link
 * StreamBatch}: the same inputs give the same bits.
 *
 * <p>Each thread that uses a model has scratch of its own there, made at its first call; after that
 * nothing is allocated but where a method says so. The weights lie outside the Java heap: {@link
 * #close} gives their memory back at once. A model that nobody closes is cleared away by the
 * collector like any other object, some time after the last reference to it is gone.
 *
 * <p>This file is long because every verb is described where a user looks for it; the checks are in
 * {@code Arguments}, the work is the engine's.
 */
public final class Model implements AutoCloseable {
  private final Network network;
  private final ModelOptions options;
  private final int inputSize;
  private final int outputSize;
  final PackedNetwork engine;
  final Arguments arguments;

  private Model(Network network, ModelOptions options) {
    this.network = network;
    this.options = options;
    inputSize = network.inputSize();
    outputSize = network.outputSize();
    engine = new PackedNetwork(network, options);
    arguments = new Arguments(inputSize, outputSize, engine.input());
  }

  /**
   * Compiles a network at fp32, with checked inputs and the best kernels there are.
   *
   * @throws IllegalArgumentException if its weights are so large that sums overflow, or a layer is
   *     beyond 2 GiB
   */
  public static Model of(Network network) {
    return of(network, ModelOptions.DEFAULT);
  }

  /**
   * Compiles a network with options.
   *
   * @throws IllegalArgumentException as {@link #of(Network)}, and if the system property {@code
   *     quadgate.kernel} has no valid value
   */
  public static Model of(Network network, ModelOptions options) {
    return new Model(
        Objects.requireNonNull(network, "network"), Objects.requireNonNull(options, "options"));
  }

  /** What was compiled. */
  public Network network() {
    return network;
  }

  /** How it was compiled. */
  public ModelOptions options() {
    return options;
  }

  /** How the recurrent layers' weights are stored. */
  public Precision precision() {
    return options.precision();
  }

  /** Values per timestep that go in. */
  public int inputSize() {
    return inputSize;
  }

  /** Values of a row that comes out. */
  public int outputSize() {
    return outputSize;
  }

  /** Which kernels this model uses, and why. */
  public KernelInfo kernel() {
    return KernelInfo.of(engine.choice());
  }

  /**
   * Which kernels a model of this JVM uses unless told otherwise, and why.
   *
   * @throws IllegalArgumentException if the system property {@code quadgate.kernel} has no valid
   *     value
   */
  public static KernelInfo defaultKernel() {
    return KernelInfo.of(KernelProvider.chosen());
  }

  /** Bytes of packed weights that a step reads, padding included. */
  public long packedBytes() {
    return engine.bytes();
  }

  /**
   * Why streams of this model cannot be stepped; empty if they can. What cannot be stepped runs on
   * whole sequences, {@link #run(float[], int, float[])}.
   */
  public Optional<String> whyNotStep() {
    return network.whyNotStep();
  }

  /**
   * A new stream's state, at the network's initial state (zeros unless one was learned).
   *
   * @throws UnsupportedOperationException if the model cannot be stepped, with {@link #whyNotStep}
   */
  public StreamState newState() {
    checkSteps();
    return new StreamState(this);
  }

  /**
   * A batch with room for {@code capacity} streams, and none yet.
   *
   * @throws IllegalArgumentException if the capacity is below 1, or the memory for it is not there
   * @throws UnsupportedOperationException as {@link #newState}
   */
  public StreamBatch newBatch(int capacity) {
    checkSteps();
    return new StreamBatch(this, capacity);
  }

  /**
   * A recording of so many timesteps.
   *
   * @throws IllegalArgumentException if there is no step, or the memory for them is not there
   * @throws UnsupportedOperationException as {@link #newState}
   */
  public GateTrace newTrace(int steps) {
    checkSteps();
    return new GateTrace(this, steps);
  }

  /**
   * A stream of which only the last {@code length} timesteps count, at every tick.
   *
   * @throws IllegalArgumentException if the length is below 1, or the memory for it is not there
   * @throws UnsupportedOperationException as {@link #newState}
   */
  public SlidingWindow newWindow(int length) {
    checkSteps();
    return new SlidingWindow(this, length);
  }

  void checkSteps() {
    Optional<String> reason = whyNotStep();
    if (reason.isPresent()) {
      throw new UnsupportedOperationException("the network cannot be stepped: " + reason.get());
    }
  }

  /**
   * Advances a stream by one timestep. Allocates nothing.
   *
   * @param state the stream, moved on
   * @param x the input; shape [input]
   * @param y receives the output; shape [output]; may be {@code x} where the sizes agree
   * @throws IllegalArgumentException if an array has another length or the state is of another
   *     model; the state is as it was
   * @throws RefusedInputException if an input is NaN, infinite or over-large; the state is as it
   *     was
   * @throws IllegalStateException if the model is closed
   */
  public void step(StreamState state, float[] x, float[] y) {
    Arguments.checkLength("x", x.length, inputSize);
    Arguments.checkLength("y", y.length, outputSize);
    checkState(state);
    stepAt(state, x, 0, y, 0);
  }

  /**
   * As {@link #step(StreamState, float[], float[])}, and records the gates and states: the same
   * bits, for some more time.
   *
   * @param trace receives the timestep behind those it has
   * @throws IllegalStateException if the trace is full; the state is as it was
   */
  public void step(StreamState state, float[] x, float[] y, GateTrace trace) {
    trace.check(this, 1);
    Arguments.checkLength("x", x.length, inputSize);
    Arguments.checkLength("y", y.length, outputSize);
    checkState(state);
    recordAt(state, x, 0, y, 0, trace);
  }

  /**
   * As {@link #step(StreamState, float[], float[])}, from and to places within larger arrays.
   *
   * @param x holds the input from {@code xOffset}
   * @param y receives the output from {@code yOffset}; may be {@code x}, where the places may
   *     overlap
   * @throws IndexOutOfBoundsException if an array ends before its values do
   */
  public void step(StreamState state, float[] x, int xOffset, float[] y, int yOffset) {
    Objects.checkFromIndexSize(xOffset, inputSize, x.length);
    Objects.checkFromIndexSize(yOffset, outputSize, y.length);
    checkState(state);
    stepAt(state, x, xOffset, y, yOffset);
  }

  private void stepAt(StreamState state, float[] x, int xOffset, float[] y, int yOffset) {
    Workspace workspace = engine.enter();
    boolean accepted;
    try {
      assert state.enter() : StreamState.TWO_THREADS;
      accepted = StreamStep.step(engine, workspace, state.memory, x, xOffset, y, yOffset);
      assert state.leave();
    } finally {
      engine.leave(workspace);
    }
    if (!accepted) {
      throw arguments.refusal(x, xOffset, 1);
    }
  }

  /**
   * Not one method with {@link #stepAt}: C2 inlines none whose parameters' classes are not loaded.
   */
  private void recordAt(
      StreamState state, float[] x, int xOffset, float[] y, int yOffset, GateTrace trace) {
    Workspace workspace = engine.enter();
    boolean accepted;
    try {
      assert state.enter() : StreamState.TWO_THREADS;
      accepted = StreamStep.step(engine, workspace, state.memory, x, xOffset, y, yOffset);
      if (accepted) {
        trace.record(workspace, state.memory);
      }
      assert state.leave();
    } finally {
      engine.leave(workspace);
    }
    if (!accepted) {
      throw arguments.refusal(x, xOffset, 1);
    }
  }

  /**
   * As {@link #step(StreamState, float[], float[])}, from and to memory segments of floats in
   * native byte order, at any alignment. They may overlap.
   *
   * @param x 4·input bytes
   * @param y 4·output bytes
   * @throws IllegalArgumentException also if {@code y} is read-only
   * @throws IllegalStateException also if a segment's memory is closed; the state is as it was
   * @throws WrongThreadException if a segment belongs to another thread; the state is as it was
   */
  public void step(StreamState state, MemorySegment x, MemorySegment y) {
    Arguments.checkLength("x in bytes", x.byteSize(), 4L * inputSize);
    Arguments.checkLength("y in bytes", y.byteSize(), 4L * outputSize);
    checkState(state);
    if (y.isReadOnly()) {
      throw new IllegalArgumentException("y is a read-only memory segment");
    }
    Workspace workspace = engine.enter();
    try {
      float[] in = workspace.stagedInput;
      float[] out = workspace.stagedOutput;
      MemorySegment.copy(x, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, in, 0, in.length);
      assert state.enter() : StreamState.TWO_THREADS;
      StreamMemory memory = state.memory;
      workspace.keep(memory);
      boolean written = false;
      boolean accepted = StreamStep.step(engine, workspace, memory, in, 0, out, 0);
      try {
        if (accepted) {
          MemorySegment.copy(out, 0, y, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, out.length);
        }
        written = true;
      } finally {
        if (!written) {
          workspace.takeBack(memory); // y is closed or another thread's
        }
        assert state.leave();
      }
      if (!accepted) {
        throw arguments.refusal(in, 0, 1);
      }
    } finally {
      engine.leave(workspace);
    }
  }

  /**
   * Computes what the next step needs of the state alone, b + R·h of every layer, so that the next
   * tick has less to do. Optional: the next step's result is the same without it. Allocates room
   * for it on a stream's first call, nothing later.
   *
   * @throws IllegalArgumentException if the state is of another model
   * @throws IllegalStateException if the model is closed
   */
  public void prepareNext(StreamState state) {
    checkState(state);
    Workspace workspace = engine.enter();
    try {
      assert state.enter() : StreamState.TWO_THREADS;
      StreamStep.prepareNext(engine, workspace, state.memory);
      assert state.leave();
    } finally {
      engine.leave(workspace);
    }
  }

  /**
   * Advances a stream by a whole sequence: the same bits as a {@link #step} for each timestep, in
   * less time, and an output for each, whatever {@link Network#rows} says of whole sequences.
   * Allocates nothing but, on a thread's first sequence, scratch of its own.
   *
   * @param state the stream, moved on
   * @param xs the inputs; shape [at least steps][input]
   * @param steps timesteps, at least 1
   * @param ys receives the outputs; shape [at least steps][output]; may be {@code xs} where the
   *     sizes agree
   * @throws IllegalArgumentException if there is no step, an array is too short, both are one
   *     though the sizes differ, or the state is of another model; the state is as it was
   * @throws RefusedInputException if an input is NaN, infinite or over-large, with its timestep;
   *     the state is as it was
   * @throws IllegalStateException if the model is closed
   */
  public void run(StreamState state, float[] xs, int steps, float[] ys) {
    checkRun(state, xs, steps, ys);
    Workspace workspace = engine.enter();
    try {
      assert state.enter() : StreamState.TWO_THREADS;
      workspace.sequences(engine).run(engine, state.memory, xs, steps, ys);
      assert state.leave();
    } finally {
      workspace.letGo();
      engine.leave(workspace);
    }
  }

  /**
   * As {@link #run(StreamState, float[], int, float[])}, and records every timestep; done step by
   * step, so it takes the time of steps.
   *
   * @throws IllegalStateException if the trace has no room for all; the state is as it was
   */
  public void run(StreamState state, float[] xs, int steps, float[] ys, GateTrace trace) {
    checkRun(state, xs, steps, ys);
    trace.check(this, steps);
    for (int t = 0; t < steps; t++) {
      recordAt(state, xs, t * inputSize, ys, t * outputSize, trace);
    }
  }

  void checkRun(StreamState state, float[] xs, int steps, float[] ys) {
    Arguments.checkSteps(steps);
    arguments.checkRows(xs, ys, steps);
    checkState(state);
    arguments.checkInputs(xs, steps);
  }

  /** Rows that come out of a whole sequence of that many timesteps; see {@link Network#rows}. */
  public int outputRows(int steps) {
    return network.outputRows(steps);
  }

  /**
   * Runs one whole sequence from the initial state; any network can do this. Networks that can be
   * stepped allocate nothing but, on a thread's first call, scratch; others allocate room for what
   * lies between their layers.
   *
   * @param xs the inputs; shape [steps][input]
   * @param steps timesteps, at least 1
   * @param ys receives the outputs; shape [{@link #outputRows}][output]; may be {@code xs} where
   *     the lengths agree
   * @throws IllegalArgumentException if there is no step, an array has another length, or both are
   *     one though the sizes differ
   * @throws RefusedInputException if an input is NaN, infinite or over-large
   * @throws IllegalStateException if the model is closed
   */
  public void run(float[] xs, int steps, float[] ys) {
    Arguments.checkSteps(steps);
    Arguments.checkLength("xs", xs.length, (long) steps * inputSize);
    Arguments.checkLength("ys", ys.length, (long) outputRows(steps) * outputSize);
    boolean each = network.rows() == Rows.EACH;
    if (each) {
      arguments.checkAliases(xs, ys);
    }
    arguments.checkInputs(xs, steps);
    Workspace workspace = engine.enter();
    try {
      if (!engine.isSteppable()) {
        WholeRun.run(engine, workspace, xs, steps, 1, null, ys);
        return;
      }
      StreamMemory stream = workspace.freshStream(engine);
      if (each) {
        workspace.sequences(engine).run(engine, stream, xs, steps, ys);
      } else {
        workspace.sequences(engine).runToLast(engine, stream, xs, steps, ys);
      }
    } finally {
      workspace.letGo();
      engine.leave(workspace);
    }
  }

  /**
   * Runs sequences of different lengths from the initial state; any network can do this, and each
   * gives the bits that it gives alone. In the rows behind a sequence's end the last recurrent
   * layer's output is zero; {@link Rows#LAST} is the row of timestep {@code steps}−1 even there,
   * {@link Rows#FINAL} that of the sequence's own end. Allocates.
   *
   * @param xs the inputs; shape [steps][batch][input]
   * @param lengths each sequence's length, 0 to {@code steps}; null where all have {@code steps}
   * @param ys receives the outputs; shape [{@link #outputRows}][batch][output]
   * @throws IllegalArgumentException if there is no step or sequence, an array has another length
   *     or a length is outside
   * @throws RefusedInputException as {@link #run(float[], int, float[])}; its row counts
   *     [steps][batch]
   * @throws IllegalStateException if the model is closed
   */
  public void run(float[] xs, int steps, int batch, int[] lengths, float[] ys) {
    Arguments.checkSteps(steps);
    if (batch < 1) {
      throw new IllegalArgumentException("batch is " + batch + ", expected at least 1");
    }
    Arguments.checkLength("xs", xs.length, (long) steps * batch * inputSize);
    Arguments.checkLength("ys", ys.length, (long) outputRows(steps) * batch * outputSize);
    if (lengths != null) {
      Arguments.checkLengths(lengths, steps, batch);
    }
    arguments.checkInputs(xs, steps * batch);
    Workspace workspace = engine.enter();
    try {
      WholeRun.run(engine, workspace, xs, steps, batch, lengths, ys);
    } finally {
      workspace.letGo();
      engine.leave(workspace);
    }
  }

  void checkState(StreamState state) {
    if (state.model != this) {
      throw new IllegalArgumentException("the state belongs to another model");
    }
  }

  /**
   * Runs scratch streams until the JVM has compiled what steps and sequences run, so that the first
   * tick that counts is as fast as the later ones: steps of arrays and of memory segments, the
   * two-phase step and {@link #run}. Takes 2 to 3 seconds in a fresh JVM, a second in a warm one,
   * and 10 at most. Allocates.
   *
   * @throws IllegalStateException if the model is closed
   */
  public void warmUp() {
    WarmUpWork work = new WarmUpWork(this);
    WarmUp.run(engine.isSteppable() ? work::ticks : work::sequences);
  }

  /**
   * Waits for the calls that other threads are in, then frees the weights; from now on every call
   * that needs them throws {@link IllegalStateException}. May be called more than once.
   */
  @Override
  public void close() {
    engine.close();
  }

  /** Whether {@link #close} was called. */
  public boolean isClosed() {
    return engine.isClosed();
  }

  @Override
  public String toString() {
    return "Model["
        + network.describe()
        + ", "
        + precision()
        + ", "
        + kernel().label()
        + (isClosed() ? ", closed]" : "]");
  }
}
