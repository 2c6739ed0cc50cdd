// SPDX-License-Identifier: Apache-2.0
package org.quadgate.peers;

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
import org.quadgate.RandomWeights;
import org.quadgate.bench.Agreement;
import org.quadgate.bench.Peer;
import org.quadgate.bench.Shape;
import org.quadgate.bench.Unavailable;
import org.quadgate.network.WeightArrays;

/** libtorch through DJL: time of one timestep, the state carried on. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
    value = 2,
    jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class LibtorchBenchmark {
  @Param({"8x32", "16x64", "32x128", "64x256", "128x512", "512x512", "1024x1024"})
  public String shape;

  private static final int TICKS = 64;

  private final float[][] x = new float[TICKS][];
  private float[] y;
  private LibtorchLstm lstm;
  private int tick;

  /** Builds the module and compares it with ours. */
  @Setup
  public void build() throws Exception {
    Shape sizes = Shape.parse(shape);
    WeightArrays weights = RandomWeights.of(sizes.architecture(), 1);
    for (int t = 0; t < TICKS; t++) {
      x[t] = RandomWeights.inputs(sizes.input(), t);
    }
    y = new float[sizes.hidden()];
    lstm = Unavailable.orReason(Peer.LIBTORCH.label(), shape, () -> checked(weights));
  }

  private static LibtorchLstm checked(WeightArrays weights) throws Exception {
    LibtorchLstm peer = new LibtorchLstm(weights);
    Agreement.check(weights, 1, 1, peer::run);
    return peer;
  }

  @Benchmark
  public float[] step() {
    tick = (tick + 1) % TICKS;
    lstm.run(x[tick], y);
    return y;
  }
}
