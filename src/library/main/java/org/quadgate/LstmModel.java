// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import org.quadgate.kernel.Kernels;
import org.quadgate.kernel.LinearKernels;
import org.quadgate.kernel.PackedGates;
import org.quadgate.kernel.PanelShape;
import org.quadgate.kernel.provider.KernelProvider;

/**
 * A network ready to run: its weights packed for the kernels. Immutable; any number of threads may
 * step it, each with states of its own.
 *
 * <pre>{@code
 * LstmModel model = LstmModel.of(ModelFiles.read(path));
 * LstmState state = model.newState();   // one per stream, born at the initial state
 * model.step(state, x, y);              // float[] in, float[] out; nothing is allocated
 * }</pre>
 *
 * <p>The results do not depend on the kernels, on the vector width, on how often {@link
 * #prepareNext} was called, or on whether a step is one of a {@link #run} or of an {@link
 * LstmBatch}: the same inputs give the same bits.
 */
public final class LstmModel {
  private final LstmConfig config;
  private final Precision precision;
  private final KernelInfo kernelInfo;
  final Kernels kernels;
  final LinearKernels linearKernels;
  final ModelInput input;
  final PackedLayer[] layers;
  final PackedLinear[] head;
  final ModelOutput output;

  private LstmModel(Builder builder) {
    LstmWeights weights = builder.weights;
    weights.validate();
    config = weights.config();
    precision = builder.precision;
    kernelInfo = info(builder.kernels);
    kernels = builder.kernels.kernels();
    linearKernels = kernels.linear();
    input = new ModelInput(weights, builder.checksInput);
    layers = new PackedLayer[config.layers().size()];
    for (int i = 0; i < layers.length; i++) {
      layers[i] =
          new PackedLayer(
              precision, config.layers().get(i), config.layerInputSize(i), weights.layers().get(i));
    }
    head = new PackedLinear[config.head().size()];
    for (int i = 0; i < head.length; i++) {
      head[i] =
          new PackedLinear(config.headInputSize(i), config.head().get(i), weights.head().get(i));
    }
    output = new ModelOutput(weights);
  }

  /**
   * Packs weights at fp32, with checked inputs and the best kernels there are.
   *
   * @throws IllegalArgumentException if a weight is not finite; see {@link LstmWeights#validate}
   */
  public static LstmModel of(LstmWeights weights) {
    return builder(weights).build();
  }

  /** Packs weights with options. */
  public static Builder builder(LstmWeights weights) {
    return new Builder(weights);
  }

  /** Options of a model; each has a default that is right for most. */
  public static final class Builder {
    private final LstmWeights weights;
    private Precision precision = Precision.FP32;
    private KernelProvider.Choice kernels = KernelProvider.chosen();
    private boolean checksInput = true;

    private Builder(LstmWeights weights) {
      this.weights = Objects.requireNonNull(weights, "weights");
    }

    /** How the recurrent layers' weights are stored; {@link Precision#FP32} by default. */
    public Builder precision(Precision precision) {
      this.precision = Objects.requireNonNull(precision, "precision");
      return this;
    }

    /**
     * Leaves out the check that refuses NaN, infinite and over-large inputs. For callers who
     * guarantee clean inputs: a single NaN makes every later output of its stream NaN.
     */
    public Builder trustInputs() {
      checksInput = false;
      return this;
    }

    /** Uses the scalar reference kernels; the same bits, for comparison. */
    public Builder scalarKernels() {
      kernels = KernelProvider.scalar("the model was built with scalarKernels()");
      return this;
    }

    /**
     * Packs the weights.
     *
     * @throws IllegalArgumentException if a weight is not finite
     */
    public LstmModel build() {
      return new LstmModel(this);
    }
  }

  /** A new stream's state, at the model's initial state (zeros unless one was learned). */
  public LstmState newState() {
    return new LstmState(this);
  }

  /**
   * A batch with room for {@code capacity} streams, and none yet.
   *
   * @throws IllegalArgumentException if the capacity is below 1, or the memory for it is not there
   */
  public LstmBatch newBatch(int capacity) {
    return new LstmBatch(this, capacity);
  }

  /**
   * A recording of so many timesteps.
   *
   * @throws IllegalArgumentException if there is no step, or the memory for them is not there
   */
  public GateTrace newTrace(int steps) {
    return new GateTrace(this, steps);
  }

  /**
   * A stream of which only the last {@code length} timesteps count, at every tick.
   *
   * @throws IllegalArgumentException if the length is below 1, or the memory for it is not there
   */
  public SlidingWindow newWindow(int length) {
    return new SlidingWindow(this, length);
  }

  /**
   * Advances a stream by one timestep. Allocates nothing.
   *
   * @param state the stream, moved on
   * @param x the input; shape [input]
   * @param y receives the output; shape [output]; may be {@code x} where the sizes agree
   * @throws IllegalArgumentException if an array has another length or the state is of another
   *     model; the state is as it was
   * @throws NonFiniteInputException if an input is NaN, infinite or over-large; the state is as it
   *     was
   */
  public void step(LstmState state, float[] x, float[] y) {
    checkLength("x", x.length, config.inputSize());
    checkLength("y", y.length, config.outputSize());
    checkState(state);
    stepAt(state, x, 0, y, 0);
  }

  /**
   * As {@link #step(LstmState, float[], float[])}, and records the gates and states: the same bits,
   * for some more time.
   *
   * @param trace receives the timestep behind those it has
   * @throws IllegalStateException if the trace is full; the state is as it was
   */
  public void step(LstmState state, float[] x, float[] y, GateTrace trace) {
    trace.check(this);
    step(state, x, y);
    trace.record(state);
  }

  /**
   * As {@link #step(LstmState, float[], float[])}, from and to places within larger arrays.
   *
   * @param x holds the input from {@code xOffset}
   * @param y receives the output from {@code yOffset}
   * @throws IndexOutOfBoundsException if an array ends before its values do
   */
  public void step(LstmState state, float[] x, int xOffset, float[] y, int yOffset) {
    Objects.checkFromIndexSize(xOffset, config.inputSize(), x.length);
    Objects.checkFromIndexSize(yOffset, config.outputSize(), y.length);
    checkState(state);
    stepAt(state, x, xOffset, y, yOffset);
  }

  /**
   * As {@link #step(LstmState, float[], float[])}, from and to memory segments of floats in native
   * byte order, at any alignment.
   *
   * @param x 4·input bytes
   * @param y 4·output bytes
   */
  public void step(LstmState state, MemorySegment x, MemorySegment y) {
    checkLength("x in bytes", x.byteSize(), 4L * config.inputSize());
    checkLength("y in bytes", y.byteSize(), 4L * config.outputSize());
    checkState(state);
    if (y.isReadOnly()) {
      throw new IllegalArgumentException("y is a read-only memory segment");
    }
    float[] staged = state.x;
    MemorySegment.copy(x, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, staged, 0, staged.length);
    stepAt(state, staged, 0, state.y, 0);
    MemorySegment.copy(state.y, 0, y, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, state.y.length);
  }

  /**
   * Advances a stream by a whole sequence: the same bits as a {@link #step} for each timestep, in
   * less time. Allocates nothing but, on a state's first sequence, scratch of its own.
   *
   * @param state the stream, moved on
   * @param xs the inputs; shape [at least steps][input]
   * @param steps timesteps, at least 1
   * @param ys receives the outputs; shape [at least steps][output]; may be {@code xs} where the
   *     sizes agree
   * @throws IllegalArgumentException if there is no step, an array is too short or the state is of
   *     another model; the state is as it was
   * @throws NonFiniteInputException if an input is NaN, infinite or over-large, with its timestep;
   *     the state is as it was
   */
  public void run(LstmState state, float[] xs, int steps, float[] ys) {
    checkRun(state, xs, steps, ys);
    assert state.enter() : LstmState.TWO_THREADS;
    state.sequences().run(state, xs, steps, ys);
    assert state.leave();
  }

  /**
   * As {@link #run(LstmState, float[], int, float[])}, and records every timestep; done step by
   * step, so it takes the time of steps.
   *
   * @throws IllegalStateException if the trace has no room for all; the state is as it was
   */
  public void run(LstmState state, float[] xs, int steps, float[] ys, GateTrace trace) {
    trace.check(this);
    checkRun(state, xs, steps, ys);
    if (trace.capacity() - trace.size() < steps) {
      throw new IllegalStateException(
          "the trace has room for %d steps, not for %d"
              .formatted(trace.capacity() - trace.size(), steps));
    }
    for (int t = 0; t < steps; t++) {
      stepAt(state, xs, t * config.inputSize(), ys, t * config.outputSize());
      trace.record(state);
    }
  }

  void checkRun(LstmState state, float[] xs, int steps, float[] ys) {
    if (steps < 1) {
      throw new IllegalArgumentException("steps is " + steps + ", expected at least 1");
    }
    checkRows("xs", xs.length, steps, config.inputSize());
    checkRows("ys", ys.length, steps, config.outputSize());
    checkState(state);
    input.check(xs, steps);
  }

  /**
   * Computes what the next step needs of the state alone, b + R·h of every layer, so that the next
   * tick has less to do. Optional: the next step's result is the same without it. Allocates
   * nothing.
   *
   * @throws IllegalArgumentException if the state is of another model
   */
  public void prepareNext(LstmState state) {
    checkState(state);
    if (!state.prepared) {
      assert state.enter() : LstmState.TWO_THREADS;
      for (int i = 0; i < layers.length; i++) {
        state.walks[i].recurrentSums(kernels, state.h[i], 0, layers[i].bias, state.recurrent[i]);
      }
      state.prepared = true;
      assert state.leave();
    }
  }

  private void stepAt(LstmState state, float[] x, int xOffset, float[] y, int yOffset) {
    float[] in = input.accept(state, x, xOffset);
    int at = input.acceptedAt(xOffset);
    assert state.enter() : LstmState.TWO_THREADS;
    for (int i = 0; i < layers.length; i++) {
      PackedLayer layer = layers[i];
      float[] gates = state.gates[i];
      if (i == 0 && input.nonZero(in, at, state)) {
        sparseSums(state, in, at);
      } else if (state.prepared) {
        state.walks[i].inputSums(kernels, in, at, state.recurrent[i], gates);
      } else {
        state.walks[i].sums(kernels, in, at, state.h[i], 0, layer.bias, gates);
      }
      layer.panels.spread(gates);
      if (layer.cell == CellType.LSTM) {
        kernels.lstmCell(gates, 0, layer.panels.count(), state.c[i], 0, state.h[i], 0);
      } else {
        kernels.tanhCell(gates, 0, layer.panels.count(), state.h[i], 0);
      }
      in = state.h[i];
      at = 0;
    }
    state.prepared = false;
    finish(state, in, 0, y, yOffset);
    assert state.leave();
  }

  /** The head from one of its layers on, and the scaling of what comes out. */
  void finish(LstmState state, float[] h, int fromLayer, float[] y, int yOffset) {
    float[] in = h;
    for (int i = fromLayer; i < head.length; i++) {
      PackedLinear linear = head[i];
      float[] out = state.head[i];
      linearKernels.row(linear.packed, 0, linear.outputs, in, 0, state.partial, out, 0);
      in = out;
    }
    output.give(in, 0, y, yOffset);
  }

  private void sparseSums(LstmState state, float[] x, int at) {
    PackedGates gates = layers[0].gates;
    if (!state.prepared) {
      state.walks[0].recurrentSums(kernels, state.h[0], 0, layers[0].bias, state.recurrent[0]);
    }
    gates.sparseInputSums(
        kernels, state.columns, state.columnCount, x, at, state.recurrent[0], state.gates[0]);
  }

  void checkState(LstmState state) {
    if (state.model != this) {
      throw new IllegalArgumentException("the state belongs to another model");
    }
  }

  static void checkLength(String what, long found, long expected) {
    if (found != expected) {
      throw new IllegalArgumentException(
          "length of " + what + " is " + found + ", expected " + expected);
    }
  }

  static void checkRows(String what, int length, int rows, int size) {
    if (length < (long) rows * size) {
      throw new IllegalArgumentException(
          "length of %s is %d, expected at least %d rows of %d"
              .formatted(what, length, rows, size));
    }
  }

  /**
   * Steps a scratch state until the JVM has compiled the kernels, so that the first tick that
   * counts is as fast as the later ones. Takes 2 to 3 seconds in a fresh JVM, a second in a warm
   * one, and 10 at most.
   */
  public void warmUp() {
    LstmState state = newState();
    float[] x = new float[config.inputSize()];
    float[] y = new float[config.outputSize()];
    WarmUp.run(
        n -> {
          for (int i = 0; i < n; i++) {
            input.fillWarmUp(x, i);
            step(state, x, y);
            if (i % 2 == 0) {
              prepareNext(state);
            }
          }
        });
  }

  /** The architecture. */
  public LstmConfig config() {
    return config;
  }

  /** How the weights are stored. */
  public Precision precision() {
    return precision;
  }

  /** Which kernels this model uses, and why. */
  public KernelInfo kernel() {
    return kernelInfo;
  }

  /** Which kernels a model of this JVM uses unless told otherwise, and why. */
  public static KernelInfo defaultKernel() {
    return info(KernelProvider.chosen());
  }

  private static KernelInfo info(KernelProvider.Choice choice) {
    return new KernelInfo(choice.name(), choice.kernels().widthBits(), choice.reason());
  }

  /** Bytes of packed weights that a step reads, padding included. */
  public long packedBytes() {
    long bytes = 0;
    for (PackedLayer layer : layers) {
      bytes += layer.gates.bytes() + 4L * layer.bias.length;
    }
    for (PackedLinear linear : head) {
      bytes += 4L * linear.weight.length;
    }
    return bytes;
  }

  /** The next multiple of the 16 lanes. */
  static int padToLanes(int size) {
    return (size + PanelShape.LANES - 1) / PanelShape.LANES * PanelShape.LANES;
  }

  @Override
  public String toString() {
    return "LstmModel[" + config.describe() + ", " + precision + ", " + kernelInfo.label() + "]";
  }
}
