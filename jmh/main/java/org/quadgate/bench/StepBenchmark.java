// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.CompilerControl;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.quadgate.Model;
import org.quadgate.RandomWeights;
import org.quadgate.StreamState;
import org.quadgate.network.Network;
import org.quadgate.options.ModelOptions;
import org.quadgate.options.Precision;

/** One timestep of one LSTM layer, the state carried on: the time a tick takes. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 2, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class StepBenchmark {
  @Param({"8x32", "16x64", "32x128", "64x256", "128x512", "512x512", "1024x1024"})
  public String shape;

  @Param({"vector", "scalar"})
  public String kernel;

  @Param({"FP32", "BF16", "INT8"})
  public Precision precision;

  private static final int TICKS = 64;

  private Model model;
  private StreamState state;
  private final float[][] x = new float[TICKS][];
  private float[] y;
  private int tick;

  @Setup
  public void build() {
    Shape sizes = Shape.parse(shape);
    ModelOptions options = ModelOptions.DEFAULT.withPrecision(precision);
    Network network = RandomWeights.of(sizes.architecture(), 1).toNetwork();
    Model scalar = Model.of(network, options.withScalarKernels());
    model = kernel.equals("scalar") ? scalar : Model.of(network, options);
    if (!model.kernel().name().equals(kernel)) {
      throw new IllegalStateException("wanted " + kernel + " kernels: " + model.kernel().reason());
    }
    for (int t = 0; t < TICKS; t++) {
      x[t] = RandomWeights.inputs(sizes.input(), t);
    }
    y = new float[sizes.hidden()];
    check(model, scalar, x);
    state = model.newState();
  }

  /** That two models of one network give the same bits. */
  static void check(Model model, Model reference, float[][] x) {
    StreamState ours = model.newState();
    StreamState theirs = reference.newState();
    float[] found = new float[model.outputSize()];
    float[] expected = new float[found.length];
    for (float[] input : x) {
      model.step(ours, input, found);
      reference.step(theirs, input, expected);
      if (!Arrays.equals(expected, found)) {
        throw new IllegalStateException("the kernels disagree");
      }
    }
  }

  /** Compiled alone, as in a program that does something else between ticks. */
  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public float[] step() {
    tick = (tick + 1) % TICKS;
    model.step(state, x[tick], y);
    return y;
  }
}
