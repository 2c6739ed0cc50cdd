// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
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

/**
 * What the machine allows. {@code stream} reads as many bytes as the weights of a step have, over
 * and over, so from the cache level that holds them, at the best alignment and with one fma a
 * vector: no step can be faster. {@code peakFma} multiplies and adds in registers alone.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 2, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class RooflineBenchmark {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int BYTES = SPECIES.vectorByteSize();
  private static final int ACCUMULATORS = 8;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  /** Bytes aligned to cache lines, as many as a step's weights. */
  @State(Scope.Thread)
  public static class Stream {
    @Param({"8x32", "16x64", "32x128", "64x256", "128x512", "512x512", "1024x1024"})
    public String shape;

    MemorySegment weights;
    final float[] sums = new float[16];

    @Setup
    public void fill() {
      int count = Shape.parse(shape).weights();
      weights = Arena.ofAuto().allocate(4L * count, 64);
      for (int i = 0; i < count; i++) {
        weights.setAtIndex(ValueLayout.JAVA_FLOAT, i, 1);
      }
      new RooflineBenchmark().stream(this);
      float sum = 0;
      for (float s : sums) {
        sum += s;
      }
      if (sum != count) {
        throw new IllegalStateException("the stream summed " + sum + " of " + count + " weights");
      }
    }
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public float[] stream(Stream state) {
    MemorySegment w = state.weights;
    FloatVector x = FloatVector.broadcast(SPECIES, 1);
    FloatVector a0 = FloatVector.zero(SPECIES);
    FloatVector a1 = a0;
    FloatVector a2 = a0;
    FloatVector a3 = a0;
    FloatVector a4 = a0;
    FloatVector a5 = a0;
    FloatVector a6 = a0;
    FloatVector a7 = a0;
    // the offset is an int, as in most kernels of a step, because C2 makes a better loop of that
    int bytes = Math.toIntExact(w.byteSize());
    for (int at = 0; at < bytes; at += ACCUMULATORS * BYTES) {
      a0 = FloatVector.fromMemorySegment(SPECIES, w, at, ORDER).fma(x, a0);
      a1 = FloatVector.fromMemorySegment(SPECIES, w, at + BYTES, ORDER).fma(x, a1);
      a2 = FloatVector.fromMemorySegment(SPECIES, w, at + 2 * BYTES, ORDER).fma(x, a2);
      a3 = FloatVector.fromMemorySegment(SPECIES, w, at + 3 * BYTES, ORDER).fma(x, a3);
      a4 = FloatVector.fromMemorySegment(SPECIES, w, at + 4 * BYTES, ORDER).fma(x, a4);
      a5 = FloatVector.fromMemorySegment(SPECIES, w, at + 5 * BYTES, ORDER).fma(x, a5);
      a6 = FloatVector.fromMemorySegment(SPECIES, w, at + 6 * BYTES, ORDER).fma(x, a6);
      a7 = FloatVector.fromMemorySegment(SPECIES, w, at + 7 * BYTES, ORDER).fma(x, a7);
    }
    a0.add(a1).add(a2.add(a3)).add(a4.add(a5).add(a6.add(a7))).intoArray(state.sums, 0);
    return state.sums;
  }

  private static final int PEAK_ROUNDS = 1024;

  /**
   * As many chains as two units of four cycles' latency keep busy, and half as many again: with
   * eight, one that is issued a cycle late leaves a gap.
   */
  private static final int CHAINS = 12;

  /** What one call of {@link #peakFma} computes. */
  public static final int PEAK_FMAS = PEAK_ROUNDS * CHAINS;

  /** Start values the compiler cannot fold. */
  @State(Scope.Thread)
  public static class Registers {
    float factor = 0.5f;
    final float[] sums = new float[16];
  }

  /** Time per vector fma: 2 · lanes / nanoseconds is the peak in GFLOP/s. */
  @Benchmark
  @OutputTimeUnit(TimeUnit.NANOSECONDS)
  @OperationsPerInvocation(PEAK_FMAS)
  public float[] peakFma(Registers state) {
    FloatVector x = FloatVector.broadcast(SPECIES, state.factor);
    FloatVector a0 = FloatVector.zero(SPECIES);
    FloatVector a1 = x;
    FloatVector a2 = x.add(1);
    FloatVector a3 = x.add(2);
    FloatVector a4 = x.add(3);
    FloatVector a5 = x.add(4);
    FloatVector a6 = x.add(5);
    FloatVector a7 = x.add(6);
    FloatVector a8 = x.add(7);
    FloatVector a9 = x.add(8);
    FloatVector a10 = x.add(9);
    FloatVector a11 = x.add(10);
    for (int i = 0; i < PEAK_ROUNDS; i++) {
      a0 = a0.fma(x, x);
      a1 = a1.fma(x, x);
      a2 = a2.fma(x, x);
      a3 = a3.fma(x, x);
      a4 = a4.fma(x, x);
      a5 = a5.fma(x, x);
      a6 = a6.fma(x, x);
      a7 = a7.fma(x, x);
      a8 = a8.fma(x, x);
      a9 = a9.fma(x, x);
      a10 = a10.fma(x, x);
      a11 = a11.fma(x, x);
    }
    a0 = a0.add(a1).add(a2.add(a3)).add(a4.add(a5).add(a6.add(a7)));
    a0.add(a8.add(a9).add(a10.add(a11))).intoArray(state.sums, 0);
    return state.sums;
  }
}
