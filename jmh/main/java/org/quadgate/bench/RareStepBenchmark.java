// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

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

/** {@link StepBenchmark} in fp32 of cells and heads that few networks have, beside the usual. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 2, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class RareStepBenchmark {
  @Param({"8x32", "32x128", "128x512"})
  public String shape;

  @Param({
    "USUAL",
    "HARD_SIGMOID",
    "PEEPHOLES",
    "COUPLED",
    "PROJECTION",
    "LINEAR_HEAD",
    "RELU_HEAD"
  })
  public CellVariant variant;

  private static final int TICKS = 64;

  private Model model;
  private StreamState state;
  private final float[][] x = new float[TICKS][];
  private float[] y;
  private int tick;

  @Setup
  public void build() {
    Shape sizes = Shape.parse(shape);
    Network network = variant.network(sizes);
    model = Model.of(network);
    for (int t = 0; t < TICKS; t++) {
      x[t] = RandomWeights.inputs(sizes.input(), t);
    }
    y = new float[model.outputSize()];
    StepBenchmark.check(model, Model.of(network, ModelOptions.DEFAULT.withScalarKernels()), x);
    state = model.newState();
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
