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
import org.quadgate.GateTrace;
import org.quadgate.Model;
import org.quadgate.RandomWeights;
import org.quadgate.StreamState;

/** A step, and a step whose gates and states are recorded, into a trace of a thousand steps. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 2, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class TraceBenchmark {
  private static final int STEPS = 1000;

  @Param({"8x32", "32x128", "64x256"})
  public String shape;

  private Model model;
  private StreamState state;
  private GateTrace trace;
  private float[] x;
  private float[] y;

  @Setup
  public void build() {
    Shape sizes = Shape.parse(shape);
    model = Model.of(RandomWeights.of(sizes.architecture(), 1).toNetwork());
    state = model.newState();
    trace = model.newTrace(STEPS);
    x = RandomWeights.inputs(model.inputSize(), 2);
    y = new float[model.outputSize()];
  }

  @Benchmark
  public float[] off() {
    model.step(state, x, y);
    return y;
  }

  @Benchmark
  public float[] on() {
    if (trace.size() == STEPS) {
      trace.clear();
    }
    model.step(state, x, y, trace);
    return y;
  }
}
