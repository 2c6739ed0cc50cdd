// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import java.util.Arrays;
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
import org.quadgate.kernel.Kernels;
import org.quadgate.kernel.provider.KernelProvider;

/**
 * The activation part of a step: three σ and two tanh for each hidden unit, beside Java's own
 * functions in double precision.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 2, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ActivationBenchmark {
  @Param({"32", "128", "512"})
  public int units;

  private final Kernels chosen = KernelProvider.chosen().kernels();
  private final Kernels scalar = KernelProvider.scalar("benchmark").kernels();
  private float[] sums;
  private float[] gates;
  private float[] c;
  private float[] h;

  @Setup
  public void fill() {
    sums = RandomWeights.inputs(4 * units, 1);
    gates = new float[sums.length];
    c = new float[units];
    h = new float[units];
    float[] vector = vectorCell().clone();
    Arrays.fill(c, 0);
    if (!Arrays.equals(vector, scalarCell())) {
      throw new IllegalStateException("the kernels disagree");
    }
    Arrays.fill(c, 0);
    float[] java = javaMath();
    for (int i = 0; i < units; i++) {
      if (Math.abs(java[i] - vector[i]) > 1e-6) {
        throw new IllegalStateException("Math disagrees: " + java[i] + ", " + vector[i]);
      }
    }
  }

  @Benchmark
  public float[] vectorCell() {
    System.arraycopy(sums, 0, gates, 0, sums.length);
    chosen.lstmCell(gates, 0, units / 16, c, 0, h, 0);
    return h;
  }

  @Benchmark
  public float[] scalarCell() {
    System.arraycopy(sums, 0, gates, 0, sums.length);
    scalar.lstmCell(gates, 0, units / 16, c, 0, h, 0);
    return h;
  }

  @Benchmark
  public float[] javaMath() {
    for (int u = 0; u < units; u++) {
      int z = u / 16 * 64 + u % 16;
      double next = sigmoid(sums[z + 16]) * c[u] + sigmoid(sums[z]) * Math.tanh(sums[z + 32]);
      c[u] = (float) next;
      h[u] = (float) (sigmoid(sums[z + 48]) * Math.tanh(next));
    }
    return h;
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }
}
