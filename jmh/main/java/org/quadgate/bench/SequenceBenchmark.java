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
import org.openjdk.jmh.annotations.OperationsPerInvocation;
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

/** 100 timesteps of one stream of one LSTM layer a call; time per timestep. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 2, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class SequenceBenchmark {
  /** As many as ONNX Runtime is given. */
  public static final int STEPS = 100;

  @Param({"8x32", "16x64", "32x128", "64x256", "128x512", "512x512", "1024x1024"})
  public String shape;

  @Param({"FP32", "BF16", "INT8"})
  public Precision precision;

  private Model model;
  private StreamState state;
  private final float[][] x = new float[2][]; // [call][step][input]
  private float[] y; // [step][hidden]
  private int call;

  @Setup
  public void build() {
    Shape sizes = Shape.parse(shape);
    Network network = RandomWeights.of(sizes.architecture(), 1).toNetwork();
    model = Model.of(network, ModelOptions.DEFAULT.withPrecision(precision));
    state = model.newState();
    x[0] = RandomWeights.inputs(STEPS * sizes.input(), 1);
    x[1] = RandomWeights.inputs(STEPS * sizes.input(), 2);
    y = new float[STEPS * sizes.hidden()];
    check(sizes);
  }

  private void check(Shape sizes) {
    StreamState stepped = model.newState();
    float[] expected = new float[y.length];
    model.run(state, x[0], STEPS, y);
    for (int t = 0; t < STEPS; t++) {
      model.step(stepped, x[0], t * sizes.input(), expected, t * sizes.hidden());
    }
    if (!Arrays.equals(expected, y)) {
      throw new IllegalStateException("the sequence and the steps disagree");
    }
  }

  @Benchmark
  @OperationsPerInvocation(STEPS)
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public float[] run() {
    call = 1 - call;
    model.run(state, x[call], STEPS, y);
    return y;
  }
}
