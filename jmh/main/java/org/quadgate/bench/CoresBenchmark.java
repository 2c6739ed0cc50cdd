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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.quadgate.Model;
import org.quadgate.ModelCores;
import org.quadgate.RandomWeights;
import org.quadgate.StreamState;
import org.quadgate.network.Network;
import org.quadgate.options.ModelOptions;
import org.quadgate.options.Precision;

/**
 * One step of one LSTM layer on several cores, and their meeting alone. Many short iterations:
 * where something else wants a processor for a moment, some of them are free of it.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 60, time = 25, timeUnit = TimeUnit.MILLISECONDS)
public class CoresBenchmark {
  private static final int TICKS = 64;
  private static final int ROUNDS = 1000;

  /** A network, and the cores it is stepped on; one core is the model's own step. */
  @State(Scope.Thread)
  public static class Step {
    @Param({"64x256", "128x512", "512x512", "1024x1024"})
    public String shape;

    @Param({"FP32", "BF16"})
    public Precision precision;

    @Param({"1", "2"})
    public int cores;

    private Model model;
    private StreamState state;
    private ModelCores threads;
    private final float[][] x = new float[TICKS][];
    private float[] y;
    private int tick;

    /** Builds the network and sees that both ways of stepping agree. */
    @Setup
    public void build() {
      Shape sizes = Shape.parse(shape);
      Network network = RandomWeights.of(sizes.architecture(), 1).toNetwork();
      model = Model.of(network, ModelOptions.DEFAULT.withPrecision(precision));
      for (int t = 0; t < TICKS; t++) {
        x[t] = RandomWeights.inputs(sizes.input(), t);
      }
      y = new float[sizes.hidden()];
      state = model.newState();
      if (cores == 1) {
        model.warmUp();
      } else {
        threads = new ModelCores(model, cores);
        check();
        threads.warmUp();
      }
    }

    private void check() {
      StreamState one = model.newState();
      StreamState many = model.newState();
      float[] expected = new float[y.length];
      for (float[] input : x) {
        model.step(one, input, expected);
        threads.step(many, input, y);
        if (!Arrays.equals(expected, y)) {
          throw new IllegalStateException("several cores disagree with one");
        }
      }
    }

    /** Ends the threads. */
    @TearDown
    public void stop() {
      if (threads != null) {
        threads.close();
      }
    }
  }

  /** Compiled alone, as in a program that does something else between ticks. */
  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public float[] step(Step s) {
    s.tick = (s.tick + 1) % TICKS;
    if (s.threads == null) {
      s.model.step(s.state, s.x[s.tick], s.y);
    } else {
      s.threads.step(s.state, s.x[s.tick], s.y);
    }
    return s.y;
  }

  /** Threads with nothing to compute. */
  @State(Scope.Thread)
  public static class Meeting {
    private BarrierRounds rounds;

    /** Starts two. */
    @Setup
    public void start() {
      rounds = new BarrierRounds(2);
    }

    /** Ends them. */
    @TearDown
    public void stop() {
      rounds.close();
    }
  }

  /** What a layer adds: both cores tell each other that they are through. */
  @Benchmark
  @OperationsPerInvocation(ROUNDS)
  @OutputTimeUnit(TimeUnit.NANOSECONDS)
  public void barrier(Meeting meeting) {
    meeting.rounds.run(ROUNDS);
  }

  /** What a step of one layer adds: the other core is told to begin, and tells that it is done. */
  @Benchmark
  @OutputTimeUnit(TimeUnit.NANOSECONDS)
  public void beginAndEnd(Meeting meeting) {
    meeting.rounds.run(1);
  }
}
