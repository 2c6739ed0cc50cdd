// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import java.util.Random;
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

/**
 * A step whose inputs are mostly zero, such as one-hot categories or event flags. {@code nonZero}
 * is how many are not; over half of the inputs, all columns are read.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 2, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class SparseInputBenchmark {
  @Param("256x64")
  public String shape;

  @Param({"1", "16", "64", "128", "129", "256"})
  public int nonZero;

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
    Network network = RandomWeights.of(sizes.architecture(), 1).toNetwork();
    model = Model.of(network, ModelOptions.DEFAULT.withPrecision(precision));
    state = model.newState();
    y = new float[sizes.hidden()];
    Random random = new Random(1);
    for (int t = 0; t < TICKS; t++) {
      x[t] = RandomWeights.inputs(sizes.input(), t);
      for (int zeros = sizes.input() - nonZero; zeros > 0; ) {
        int k = random.nextInt(sizes.input());
        zeros -= x[t][k] == 0 ? 0 : 1;
        x[t][k] = 0;
      }
    }
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public float[] step() {
    model.step(state, x[tick++ % TICKS], y);
    return y;
  }
}
