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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.quadgate.train.TrainingIteration;

/** One training iteration: forward, loss, backward and update of one minibatch. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 2, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class TrainBenchmark {
  /** Sequences, steps, inputs, hidden units and layers. */
  @Param({"32x50x16x64", "32x100x32x128", "64x100x64x256", "20x35x200x200x2"})
  public String shape;

  @Param({"1", "2"})
  public int threads;

  private TrainingIteration iteration;

  @Setup
  public void build() {
    TrainingIteration.Sizes sizes = TrainingIteration.parse(shape);
    TrainingIteration.check(sizes, threads);
    iteration = new TrainingIteration(sizes, threads);
  }

  @Benchmark
  public double iteration() {
    return iteration.run();
  }

  @TearDown
  public void close() {
    iteration.close();
  }
}
