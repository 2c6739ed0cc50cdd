// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import java.lang.foreign.Arena;
import java.util.Random;
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
import org.quadgate.RandomWeights;
import org.quadgate.kernel.PackedBf16;
import org.quadgate.kernel.PackedFp32;
import org.quadgate.kernel.PackedGates;
import org.quadgate.kernel.PackedInt8;
import org.quadgate.kernel.Panels;
import org.quadgate.kernel.RowBlock;
import org.quadgate.kernel.provider.KernelProvider;

/**
 * The matrix part of a batch alone: as many products as the gate sums of a step have, for 48 rows;
 * time per row. Beside {@link RooflineBenchmark#peakFma} it tells how much of the peak is reached.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 2, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class BatchSumsBenchmark {
  private static final int ROWS = 48;

  @Param({"8x32", "16x64", "32x128", "64x256", "128x512", "512x512", "1024x1024"})
  public String shape;

  @Param({"FP32", "BF16", "INT8"})
  public String precision;

  private PackedGates gates;
  private RowBlock block;
  private final int[] at = new int[ROWS];
  private float[] x; // [ROWS][input + hidden]
  private float[] sums; // [ROWS][panel][4][16]

  @Setup
  public void build() {
    Shape sizes = Shape.parse(shape);
    int hidden = sizes.hidden();
    // the hidden state's products are those of so many more inputs
    int inputs = sizes.input() + hidden;
    Panels panels = new Panels(4, hidden);
    Arena arena = Arena.ofAuto();
    float[] w = RandomWeights.inputs(4 * hidden * inputs, 1);
    float[] r = new float[4 * hidden * hidden];
    gates =
        switch (precision) {
          case "FP32" -> new PackedFp32(arena, panels, inputs, hidden, w, r);
          case "BF16" -> new PackedBf16(arena, panels, inputs, hidden, w, r);
          default -> new PackedInt8(arena, panels, inputs, hidden, w, r);
        };
    block = new RowBlock(KernelProvider.chosen().kernels().batch(), arena);
    x = new float[ROWS * inputs];
    Random random = new Random(2);
    for (int i = 0; i < x.length; i++) {
      x[i] = random.nextFloat() - 0.5f;
    }
    for (int row = 0; row < ROWS; row++) {
      at[row] = row * inputs;
    }
    sums = new float[ROWS * panels.rows()];
  }

  @Benchmark
  @OperationsPerInvocation(ROWS)
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  public float[] sums() {
    block.turn();
    block.inputSums(gates, ROWS, x, at, sums);
    return sums;
  }
}
