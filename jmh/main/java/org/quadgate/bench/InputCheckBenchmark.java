// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
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
import org.quadgate.RefusedInputException;
import org.quadgate.StreamState;
import org.quadgate.network.Network;
import org.quadgate.options.ModelOptions;

/** What refusing NaN and infinite inputs costs: the same step with and without the check. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 2, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class InputCheckBenchmark {
  @Param({"8x32", "128x32"})
  public String shape;

  private Model checking;
  private Model trusting;
  private StreamState checked;
  private StreamState trusted;
  private float[] x;
  private float[] y;

  @Setup
  public void build() {
    Shape sizes = Shape.parse(shape);
    Network network = RandomWeights.of(sizes.architecture(), 1).toNetwork();
    checking = Model.of(network);
    trusting = Model.of(network, ModelOptions.DEFAULT.withTrustedInputs());
    checked = checking.newState();
    trusted = trusting.newState();
    x = RandomWeights.inputs(sizes.input(), 2);
    y = new float[sizes.hidden()];
    float last = x[x.length - 1];
    x[x.length - 1] = Float.NaN;
    try {
      checking.step(checked, x, y);
      throw new IllegalStateException("the check let NaN through");
    } catch (RefusedInputException expected) {
      x[x.length - 1] = last;
    }
  }

  @Benchmark
  public float[] checked() {
    checking.step(checked, x, y);
    return y;
  }

  @Benchmark
  public float[] trusted() {
    trusting.step(trusted, x, y);
    return y;
  }
}
