// SPDX-License-Identifier: Apache-2.0
package org.quadgate.peers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
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
import org.quadgate.RandomWeights;
import org.quadgate.bench.Agreement;
import org.quadgate.bench.Peer;
import org.quadgate.bench.TrainShape;
import org.quadgate.bench.Unavailable;
import org.quadgate.network.WeightArrays;

/**
 * libtorch through DJL, training: forward, backward and update of a batch. {@code gigaflops} is the
 * throughput in GFLOP/s; the primary result counts iterations.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(
    value = 2,
    jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 5, time = 2)
public class LibtorchTrainBenchmark {
  @Param({"32x50x16x64", "32x100x32x128", "64x100x64x256", "20x35x200x200x2"})
  public String shape;

  /** What JMH divides by the time. */
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  @State(Scope.Thread)
  public static class Work {
    public double gigaflops;
  }

  private TrainShape sizes;
  private LibtorchTrainer trainer;
  private NDArray x;
  private NDArray target;
  private NDList zeroState;

  /** Builds the layers, compares their outputs with ours, and sees them learn. */
  @Setup
  public void build() throws Exception {
    sizes = TrainShape.parse(shape);
    WeightArrays weights = RandomWeights.of(sizes.architecture(), 1);
    trainer = Unavailable.orReason(Peer.LIBTORCH_TRAINING.label(), shape, () -> checked(weights));
  }

  private LibtorchTrainer checked(WeightArrays weights) throws Exception {
    int steps = sizes.steps();
    int batch = sizes.batch();
    LibtorchTrainer made = new LibtorchTrainer(weights);
    zeroState = made.zeroState(batch);
    NDList[] state = {zeroState};
    Agreement.check(
        weights,
        steps,
        batch,
        (in, out) -> {
          NDList outputs = made.forward(made.tensor(in, steps, batch), state[0]);
          state[0] = outputs.subNDList(1);
          System.arraycopy(outputs.head().toFloatArray(), 0, out, 0, out.length);
        });
    int rows = steps * batch;
    x = made.tensor(RandomWeights.inputs(rows * sizes.input(), 1), steps, batch);
    float[] wanted = RandomWeights.inputs(rows * sizes.hidden(), 2);
    target = made.tensor(wanted, steps, batch);
    float first = made.iterate(x, zeroState, target);
    float last = first;
    for (int i = 0; i < 5; i++) {
      last = made.iterate(x, zeroState, target);
    }
    if (!(last < first)) {
      throw new IllegalStateException("the loss was " + first + " and became " + last);
    }
    return made;
  }

  @Benchmark
  public float iteration(Work work) {
    work.gigaflops += sizes.flops() / 1e9;
    return trainer.iterate(x, zeroState, target);
  }

  /** Frees the native memory. */
  @TearDown
  public void close() {
    trainer.close();
  }
}
