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
import org.quadgate.StreamBatch;
import org.quadgate.StreamState;
import org.quadgate.network.Network;
import org.quadgate.options.ModelOptions;
import org.quadgate.options.Precision;

/** One timestep of 48 streams of one LSTM layer a call; time per stream and timestep. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 2, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class BatchBenchmark {
  /** As many as ONNX Runtime is given. */
  public static final int STREAMS = 48;

  private static final int TICKS = 4;

  @Param({"8x32", "16x64", "32x128", "64x256", "128x512", "512x512", "1024x1024"})
  public String shape;

  @Param({"FP32", "BF16", "INT8"})
  public Precision precision;

  private Model model;
  private StreamBatch batch;
  private final int[] streams = new int[STREAMS];
  private final float[][] x = new float[TICKS][]; // [tick][stream][input]
  private float[] y; // [stream][hidden]
  private int tick;

  @Setup
  public void build() {
    Shape sizes = Shape.parse(shape);
    Network network = RandomWeights.of(sizes.architecture(), 1).toNetwork();
    model = Model.of(network, ModelOptions.DEFAULT.withPrecision(precision));
    batch = model.newBatch(STREAMS);
    for (int s = 0; s < STREAMS; s++) {
      streams[s] = batch.add();
    }
    for (int t = 0; t < TICKS; t++) {
      x[t] = RandomWeights.inputs(STREAMS * sizes.input(), t);
    }
    y = new float[STREAMS * sizes.hidden()];
    check(sizes);
  }

  private void check(Shape sizes) {
    StreamState last = model.newState();
    float[] expected = new float[sizes.hidden()];
    for (float[] inputs : x) {
      batch.step(streams, STREAMS, inputs, y);
      model.step(last, inputs, (STREAMS - 1) * sizes.input(), expected, 0);
      if (!Arrays.equals(
          expected, Arrays.copyOfRange(y, (STREAMS - 1) * sizes.hidden(), y.length))) {
        throw new IllegalStateException("the batch and the step disagree");
      }
    }
  }

  @Benchmark
  @OperationsPerInvocation(STREAMS)
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public float[] step() {
    tick = (tick + 1) % TICKS;
    batch.step(streams, STREAMS, x[tick], y);
    return y;
  }
}
