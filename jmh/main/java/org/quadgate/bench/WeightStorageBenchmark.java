// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
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

/**
 * Ways to hold and to count through the weights of one matrix-vector product, 8 accumulators each.
 * The kernels of a step do as {@code intBytes}. At 512 bits and a shape of 8x32, whose weights fit
 * the first-level cache, {@code heapArray} takes 1.1 (Emerald Rapids) to 1.4 (Zen 4) times as long,
 * for every one of its reads straddles two cache lines; at 16x64 1.8 times on the former. {@code
 * variableStride} takes 1.1 to 1.4 times as long, for C2 keeps bounds checks where the stride is
 * not a constant. {@code longBytes}, of which C2 makes a loop without bounds checks, unrolled and
 * with reordered reads, takes 0.78 (Emerald Rapids) to 1.25 times (Zen 4) as long at 8x32 and 1.1
 * times at 16x64: it wins only near the core, and is used where that is sure.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 2, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class WeightStorageBenchmark {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int L = S.length();
  private static final int BYTES = S.vectorByteSize();
  private static final int BLOCK = 8 * L;
  private static final int STRIDE = 8 * BYTES;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  @Param({"8x32", "16x64"})
  public String shape;

  private int rows;
  private int columns;
  private int stride = STRIDE;
  private float[] heap; // [block][k][8·L]
  private MemorySegment offHeap; // the same
  private float[] v; // [columns]
  private float[] sums; // [rows]

  @Setup
  public void fill() {
    Shape sizes = Shape.parse(shape);
    rows = 4 * sizes.hidden();
    columns = sizes.input() + sizes.hidden();
    Random random = new Random(1);
    heap = new float[rows * columns];
    offHeap = Arena.ofAuto().allocate(4L * heap.length, 64);
    for (int i = 0; i < heap.length; i++) {
      heap[i] = random.nextFloat() - 0.5f;
      offHeap.setAtIndex(ValueLayout.JAVA_FLOAT, i, heap[i]);
    }
    v = new float[columns];
    for (int k = 0; k < columns; k++) {
      v[k] = random.nextFloat();
    }
    sums = new float[rows];
    float[] expected = heapArray().clone();
    for (float[] found :
        new float[][] {longBytes().clone(), variableStride().clone(), intBytes()}) {
      if (!Arrays.equals(expected, found)) {
        throw new IllegalStateException("the ways disagree");
      }
    }
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public float[] heapArray() {
    for (int row = 0; row < rows; row += BLOCK) {
      int base = row * columns;
      FloatVector a0 = FloatVector.zero(S);
      FloatVector a1 = a0;
      FloatVector a2 = a0;
      FloatVector a3 = a0;
      FloatVector a4 = a0;
      FloatVector a5 = a0;
      FloatVector a6 = a0;
      FloatVector a7 = a0;
      for (int k = 0; k < columns; k++) {
        FloatVector x = FloatVector.broadcast(S, v[k]);
        int p = base + k * BLOCK;
        a0 = FloatVector.fromArray(S, heap, p).fma(x, a0);
        a1 = FloatVector.fromArray(S, heap, p + L).fma(x, a1);
        a2 = FloatVector.fromArray(S, heap, p + 2 * L).fma(x, a2);
        a3 = FloatVector.fromArray(S, heap, p + 3 * L).fma(x, a3);
        a4 = FloatVector.fromArray(S, heap, p + 4 * L).fma(x, a4);
        a5 = FloatVector.fromArray(S, heap, p + 5 * L).fma(x, a5);
        a6 = FloatVector.fromArray(S, heap, p + 6 * L).fma(x, a6);
        a7 = FloatVector.fromArray(S, heap, p + 7 * L).fma(x, a7);
      }
      a0.intoArray(sums, row);
      a1.intoArray(sums, row + L);
      a2.intoArray(sums, row + 2 * L);
      a3.intoArray(sums, row + 3 * L);
      a4.intoArray(sums, row + 4 * L);
      a5.intoArray(sums, row + 5 * L);
      a6.intoArray(sums, row + 6 * L);
      a7.intoArray(sums, row + 7 * L);
    }
    return sums;
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public float[] intBytes() {
    for (int row = 0; row < rows; row += BLOCK) {
      int base = row * columns * Float.BYTES;
      FloatVector a0 = FloatVector.zero(S);
      FloatVector a1 = a0;
      FloatVector a2 = a0;
      FloatVector a3 = a0;
      FloatVector a4 = a0;
      FloatVector a5 = a0;
      FloatVector a6 = a0;
      FloatVector a7 = a0;
      for (int k = 0; k < columns; k++) {
        FloatVector x = FloatVector.broadcast(S, v[k]);
        int p = base + k * STRIDE;
        a0 = FloatVector.fromMemorySegment(S, offHeap, p, ORDER).fma(x, a0);
        a1 = FloatVector.fromMemorySegment(S, offHeap, p + BYTES, ORDER).fma(x, a1);
        a2 = FloatVector.fromMemorySegment(S, offHeap, p + 2 * BYTES, ORDER).fma(x, a2);
        a3 = FloatVector.fromMemorySegment(S, offHeap, p + 3 * BYTES, ORDER).fma(x, a3);
        a4 = FloatVector.fromMemorySegment(S, offHeap, p + 4 * BYTES, ORDER).fma(x, a4);
        a5 = FloatVector.fromMemorySegment(S, offHeap, p + 5 * BYTES, ORDER).fma(x, a5);
        a6 = FloatVector.fromMemorySegment(S, offHeap, p + 6 * BYTES, ORDER).fma(x, a6);
        a7 = FloatVector.fromMemorySegment(S, offHeap, p + 7 * BYTES, ORDER).fma(x, a7);
      }
      a0.intoArray(sums, row);
      a1.intoArray(sums, row + L);
      a2.intoArray(sums, row + 2 * L);
      a3.intoArray(sums, row + 3 * L);
      a4.intoArray(sums, row + 4 * L);
      a5.intoArray(sums, row + 5 * L);
      a6.intoArray(sums, row + 6 * L);
      a7.intoArray(sums, row + 7 * L);
    }
    return sums;
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public float[] longBytes() {
    for (int row = 0; row < rows; row += BLOCK) {
      long base = (long) row * columns * Float.BYTES;
      FloatVector a0 = FloatVector.zero(S);
      FloatVector a1 = a0;
      FloatVector a2 = a0;
      FloatVector a3 = a0;
      FloatVector a4 = a0;
      FloatVector a5 = a0;
      FloatVector a6 = a0;
      FloatVector a7 = a0;
      for (int k = 0; k < columns; k++) {
        FloatVector x = FloatVector.broadcast(S, v[k]);
        long p = base + (long) k * STRIDE;
        a0 = FloatVector.fromMemorySegment(S, offHeap, p, ORDER).fma(x, a0);
        a1 = FloatVector.fromMemorySegment(S, offHeap, p + BYTES, ORDER).fma(x, a1);
        a2 = FloatVector.fromMemorySegment(S, offHeap, p + 2L * BYTES, ORDER).fma(x, a2);
        a3 = FloatVector.fromMemorySegment(S, offHeap, p + 3L * BYTES, ORDER).fma(x, a3);
        a4 = FloatVector.fromMemorySegment(S, offHeap, p + 4L * BYTES, ORDER).fma(x, a4);
        a5 = FloatVector.fromMemorySegment(S, offHeap, p + 5L * BYTES, ORDER).fma(x, a5);
        a6 = FloatVector.fromMemorySegment(S, offHeap, p + 6L * BYTES, ORDER).fma(x, a6);
        a7 = FloatVector.fromMemorySegment(S, offHeap, p + 7L * BYTES, ORDER).fma(x, a7);
      }
      a0.intoArray(sums, row);
      a1.intoArray(sums, row + L);
      a2.intoArray(sums, row + 2 * L);
      a3.intoArray(sums, row + 3 * L);
      a4.intoArray(sums, row + 4 * L);
      a5.intoArray(sums, row + 5 * L);
      a6.intoArray(sums, row + 6 * L);
      a7.intoArray(sums, row + 7 * L);
    }
    return sums;
  }

  @Benchmark
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public float[] variableStride() {
    for (int row = 0; row < rows; row += BLOCK) {
      int base = row * columns * Float.BYTES;
      FloatVector a0 = FloatVector.zero(S);
      FloatVector a1 = a0;
      FloatVector a2 = a0;
      FloatVector a3 = a0;
      FloatVector a4 = a0;
      FloatVector a5 = a0;
      FloatVector a6 = a0;
      FloatVector a7 = a0;
      for (int k = 0; k < columns; k++) {
        FloatVector x = FloatVector.broadcast(S, v[k]);
        int p = base + k * stride;
        a0 = FloatVector.fromMemorySegment(S, offHeap, p, ORDER).fma(x, a0);
        a1 = FloatVector.fromMemorySegment(S, offHeap, p + BYTES, ORDER).fma(x, a1);
        a2 = FloatVector.fromMemorySegment(S, offHeap, p + 2 * BYTES, ORDER).fma(x, a2);
        a3 = FloatVector.fromMemorySegment(S, offHeap, p + 3 * BYTES, ORDER).fma(x, a3);
        a4 = FloatVector.fromMemorySegment(S, offHeap, p + 4 * BYTES, ORDER).fma(x, a4);
        a5 = FloatVector.fromMemorySegment(S, offHeap, p + 5 * BYTES, ORDER).fma(x, a5);
        a6 = FloatVector.fromMemorySegment(S, offHeap, p + 6 * BYTES, ORDER).fma(x, a6);
        a7 = FloatVector.fromMemorySegment(S, offHeap, p + 7 * BYTES, ORDER).fma(x, a7);
      }
      a0.intoArray(sums, row);
      a1.intoArray(sums, row + L);
      a2.intoArray(sums, row + 2 * L);
      a3.intoArray(sums, row + 3 * L);
      a4.intoArray(sums, row + 4 * L);
      a5.intoArray(sums, row + 5 * L);
      a6.intoArray(sums, row + 6 * L);
      a7.intoArray(sums, row + 7 * L);
    }
    return sums;
  }
}
