// SPDX-License-Identifier: Apache-2.0
package org.quadgate.peers;

import ai.onnxruntime.OrtException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
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
import org.quadgate.bench.Shape;
import org.quadgate.bench.Unavailable;
import org.quadgate.network.WeightArrays;

/** ONNX Runtime: time per step and stream, of one step, of a sequence, and of a batch. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
    value = 2,
    jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class OnnxRuntimeBenchmark {
  private static final int CALLS = 64;
  private static final int STEPS = 100;
  private static final int BATCH = 48;

  /** One timestep of one stream a call. */
  @State(Scope.Thread)
  public static class Step extends Run {
    /** Sizes the calls. */
    public Step() {
      super(Peer.ONNX_RUNTIME, 1, 1, CALLS);
    }
  }

  /** 100 timesteps of one stream a call. */
  @State(Scope.Thread)
  public static class Sequence extends Run {
    /** Sizes the calls. */
    public Sequence() {
      super(Peer.ONNX_RUNTIME_SEQUENCE, STEPS, 1, 2);
    }
  }

  /** One timestep of 48 streams a call. */
  @State(Scope.Thread)
  public static class Batch extends Run {
    /** Sizes the calls. */
    public Batch() {
      super(Peer.ONNX_RUNTIME_BATCH, 1, BATCH, 4);
    }
  }

  /** A checked session, and inputs that take turns. */
  @State(Scope.Thread)
  public abstract static class Run {
    @Param({"8x32", "16x64", "32x128", "64x256", "128x512", "512x512", "1024x1024"})
    public String shape;

    private final Peer peer;
    private final int steps;
    private final int batch;
    private final float[][] x; // [calls][steps·batch·input]
    private float[] y; // [steps·batch·hidden]
    private OnnxRuntimeLstm lstm;
    private int call;

    Run(Peer peer, int steps, int batch, int calls) {
      this.peer = peer;
      this.steps = steps;
      this.batch = batch;
      x = new float[calls][];
    }

    /** Builds the model, compares it with ours and starts another stream. */
    @Setup
    public void build() throws Exception {
      Shape sizes = Shape.parse(shape);
      WeightArrays weights = RandomWeights.of(sizes.architecture(), 1);
      for (int i = 0; i < x.length; i++) {
        x[i] = RandomWeights.inputs(steps * batch * sizes.input(), i);
      }
      y = new float[steps * batch * sizes.hidden()];
      lstm = Unavailable.orReason(peer.label(), shape, () -> checked(weights));
    }

    private OnnxRuntimeLstm checked(WeightArrays weights) throws Exception {
      OnnxRuntimeLstm made = new OnnxRuntimeLstm(weights, steps, batch);
      Agreement.check(weights, steps, batch, made::run);
      return made;
    }

    float[] run() throws OrtException {
      call = (call + 1) % x.length;
      lstm.run(x[call], y);
      return y;
    }

    /** Frees the native memory. */
    @TearDown
    public void close() throws OrtException {
      lstm.close();
    }
  }

  @Benchmark
  public float[] step(Step run) throws OrtException {
    return run.run();
  }

  @Benchmark
  @OperationsPerInvocation(STEPS)
  public float[] sequence(Sequence run) throws OrtException {
    return run.run();
  }

  @Benchmark
  @OperationsPerInvocation(BATCH)
  public float[] batch(Batch run) throws OrtException {
    return run.run();
  }
}
