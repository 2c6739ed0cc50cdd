// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel.vector;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.quadgate.kernel.ActivationFunctions;
import org.quadgate.kernel.BatchKernels;
import org.quadgate.kernel.CellFunctions;
import org.quadgate.kernel.Kernels;
import org.quadgate.kernel.LinearKernels;
import org.quadgate.kernel.PackedBf16;
import org.quadgate.kernel.PackedFp32;
import org.quadgate.kernel.PackedInt8;
import org.quadgate.kernel.PanelShape;
import org.quadgate.kernel.PartialSums;
import org.quadgate.kernel.TrainingKernels;
import org.quadgate.network.Activation;

/**
 * The Vector API kernels, at 128, 256 or 512 bits: whatever the JVM prefers.
 *
 * <p>Sums run over 8 accumulators at a time, enough to hide the latency of fma. At 512 bits that is
 * two panels side by side, at 256 one, at 128 half a panel; the code sees two bases of 4 vectors.
 *
 * <p>Sums and cell are separate methods with a row of sums between them on purpose: in one method
 * C2 reaches its inlining limits and boxes every vector, which is 5 times slower. If a change here
 * makes a kernel mysteriously slow, look at its allocation rate first.
 */
public final class VectorKernels implements Kernels {
  static final VectorSpecies<Float> SPECIES = species();
  private static final int L = SPECIES.length();
  private static final int ROWS = PanelShape.ROWS;
  private static final int BYTES = SPECIES.vectorByteSize();

  /** Bytes of a column of a full panel. */
  private static final int STRIDE = ROWS * Float.BYTES;

  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int LANES = PanelShape.LANES;

  private static VectorSpecies<Float> species() {
    VectorSpecies<Float> preferred = FloatVector.SPECIES_PREFERRED;
    // a 16-lane group is the widest unit of the layout
    return preferred.length() > LANES ? FloatVector.SPECIES_512 : preferred;
  }

  // made once: C2 does not always see that one made at each call is not needed
  private final BatchKernels batch = new VectorBatch();
  private final LinearKernels linear = new VectorLinear();
  private final TrainingKernels training = new VectorTraining();

  private VectorKernels() {}

  /**
   * The kernels, after a try of everything they use of the Vector API.
   *
   * @throws LinkageError if this JDK's Vector API lacks something
   * @throws IllegalStateException if it computes something else
   */
  public static Kernels tried() {
    VectorProbe.run();
    return new VectorKernels();
  }

  @Override
  public int widthBits() {
    return SPECIES.vectorBitSize();
  }

  @Override
  public BatchKernels batch() {
    return batch;
  }

  @Override
  public LinearKernels linear() {
    return linear;
  }

  @Override
  public TrainingKernels training() {
    return training;
  }

  @Override
  public void sums(
      PackedFp32 w,
      float[] x,
      int xAt,
      int fromX,
      float[] h,
      int hAt,
      int fromH,
      float[] start,
      float[] sums) {
    int full = w.fullTo();
    int panel = w.from;
    if (L == LANES) {
      if (VectorHalfSums.pays(w.recurrent, fromX)) {
        for (; panel + 1 < full; panel += 2) {
          halves(w, panel, 0, x, xAt, fromX, h, hAt, fromH, start, sums);
        }
      }
      for (; panel + 1 < full; panel += 2) {
        eight(w, panel, x, xAt, fromX, h, hAt, fromH, start, sums);
      }
      // one or two are left: a full one without a neighbour, a narrow one
      for (; panel < w.to; panel++) {
        VectorTails.sums(w, panel, x, xAt, fromX, h, hAt, fromH, start, sums);
      }
    } else {
      for (; panel < full; panel++) {
        for (int slot = 0; slot < ROWS; slot += 8 * L) {
          halves(w, panel, slot, x, xAt, fromX, h, hAt, fromH, start, sums);
        }
      }
      for (; panel < w.to; panel++) {
        for (int slot = 0; slot * Float.BYTES < w.lastStride; slot += 4 * L) {
          four(w, panel, slot, x, xAt, fromX, h, hAt, fromH, start, sums);
        }
      }
    }
  }

  /** Eight vectors of rows from {@code slot} of a panel: at 512 bits it and the next one. */
  private static void halves(
      PackedFp32 w,
      int panel,
      int slot,
      float[] x,
      int xAt,
      int fromX,
      float[] h,
      int hAt,
      int fromH,
      float[] start,
      float[] sums) {
    long a = w.offset(panel) + (long) slot * Float.BYTES;
    long apart = L == LANES ? w.offset(panel + 1) - w.offset(panel) : 4L * BYTES;
    int row = panel * ROWS + slot;
    float[] from = start;
    if (fromH > 0) {
      long r = a + (long) w.inputs * STRIDE;
      VectorHalfSums.recurrent(w.weights, r, apart, h, hAt, fromH, start, sums, row);
      from = sums;
    }
    if (fromX > 0) {
      VectorHalfSums.input(w.weights, a, apart, x, xAt, fromX, from, sums, row);
    }
  }

  /** Two panels side by side, at 512 bits. */
  private static void eight(
      PackedFp32 packed,
      int panel,
      float[] x,
      int xAt,
      int fromX,
      float[] h,
      int hAt,
      int fromH,
      float[] start,
      float[] sums) {
    MemorySegment w = packed.weights;
    int wa = packed.offset(panel);
    int wb = packed.offset(panel + 1);
    int inputs = packed.inputs;
    int a = panel * ROWS;
    int b = a + ROWS;
    FloatVector zero = broadcast(SPECIES, PartialSums.empty(fromX));
    FloatVector ia0 = zero;
    FloatVector ia1 = ia0;
    FloatVector ia2 = ia0;
    FloatVector ia3 = ia0;
    FloatVector ib0 = ia0;
    FloatVector ib1 = ia0;
    FloatVector ib2 = ia0;
    FloatVector ib3 = ia0;
    for (int k = 0; k < fromX; k++) {
      FloatVector v = broadcast(SPECIES, x[xAt + k]);
      int aa = wa + k * STRIDE;
      int bb = wb + k * STRIDE;
      ia0 = fromMemorySegment(SPECIES, w, aa, ORDER).fma(v, ia0);
      ia1 = fromMemorySegment(SPECIES, w, aa + BYTES, ORDER).fma(v, ia1);
      ia2 = fromMemorySegment(SPECIES, w, aa + 2 * BYTES, ORDER).fma(v, ia2);
      ia3 = fromMemorySegment(SPECIES, w, aa + 3 * BYTES, ORDER).fma(v, ia3);
      ib0 = fromMemorySegment(SPECIES, w, bb, ORDER).fma(v, ib0);
      ib1 = fromMemorySegment(SPECIES, w, bb + BYTES, ORDER).fma(v, ib1);
      ib2 = fromMemorySegment(SPECIES, w, bb + 2 * BYTES, ORDER).fma(v, ib2);
      ib3 = fromMemorySegment(SPECIES, w, bb + 3 * BYTES, ORDER).fma(v, ib3);
    }
    FloatVector ra0 = fromArray(SPECIES, start, a);
    FloatVector ra1 = fromArray(SPECIES, start, a + L);
    FloatVector ra2 = fromArray(SPECIES, start, a + 2 * L);
    FloatVector ra3 = fromArray(SPECIES, start, a + 3 * L);
    FloatVector rb0 = fromArray(SPECIES, start, b);
    FloatVector rb1 = fromArray(SPECIES, start, b + L);
    FloatVector rb2 = fromArray(SPECIES, start, b + 2 * L);
    FloatVector rb3 = fromArray(SPECIES, start, b + 3 * L);
    int ra = wa + inputs * STRIDE;
    int rb = wb + inputs * STRIDE;
    for (int k = 0; k < fromH; k++) {
      FloatVector v = broadcast(SPECIES, h[hAt + k]);
      int aa = ra + k * STRIDE;
      int bb = rb + k * STRIDE;
      ra0 = fromMemorySegment(SPECIES, w, aa, ORDER).fma(v, ra0);
      ra1 = fromMemorySegment(SPECIES, w, aa + BYTES, ORDER).fma(v, ra1);
      ra2 = fromMemorySegment(SPECIES, w, aa + 2 * BYTES, ORDER).fma(v, ra2);
      ra3 = fromMemorySegment(SPECIES, w, aa + 3 * BYTES, ORDER).fma(v, ra3);
      rb0 = fromMemorySegment(SPECIES, w, bb, ORDER).fma(v, rb0);
      rb1 = fromMemorySegment(SPECIES, w, bb + BYTES, ORDER).fma(v, rb1);
      rb2 = fromMemorySegment(SPECIES, w, bb + 2 * BYTES, ORDER).fma(v, rb2);
      rb3 = fromMemorySegment(SPECIES, w, bb + 3 * BYTES, ORDER).fma(v, rb3);
    }
    ia0.add(zero).add(ra0).intoArray(sums, a);
    ia1.add(zero).add(ra1).intoArray(sums, a + L);
    ia2.add(zero).add(ra2).intoArray(sums, a + 2 * L);
    ia3.add(zero).add(ra3).intoArray(sums, a + 3 * L);
    ib0.add(zero).add(rb0).intoArray(sums, b);
    ib1.add(zero).add(rb1).intoArray(sums, b + L);
    ib2.add(zero).add(rb2).intoArray(sums, b + 2 * L);
    ib3.add(zero).add(rb3).intoArray(sums, b + 3 * L);
  }

  /** Four vectors of rows from {@code slot} of a last panel of fewer groups, under 512 bits. */
  private static void four(
      PackedFp32 packed,
      int panel,
      int slot,
      float[] x,
      int xAt,
      int fromX,
      float[] h,
      int hAt,
      int fromH,
      float[] start,
      float[] sums) {
    MemorySegment w = packed.weights;
    int wa = packed.offset(panel) + slot * Float.BYTES;
    int stride = packed.lastStride;
    int inputs = packed.inputs;
    int a = panel * ROWS + slot;
    FloatVector zero = broadcast(SPECIES, PartialSums.empty(fromX));
    FloatVector ia0 = zero;
    FloatVector ia1 = ia0;
    FloatVector ia2 = ia0;
    FloatVector ia3 = ia0;
    for (int k = 0; k < fromX; k++) {
      FloatVector v = broadcast(SPECIES, x[xAt + k]);
      int aa = wa + k * stride;
      ia0 = fromMemorySegment(SPECIES, w, aa, ORDER).fma(v, ia0);
      ia1 = fromMemorySegment(SPECIES, w, aa + BYTES, ORDER).fma(v, ia1);
      ia2 = fromMemorySegment(SPECIES, w, aa + 2 * BYTES, ORDER).fma(v, ia2);
      ia3 = fromMemorySegment(SPECIES, w, aa + 3 * BYTES, ORDER).fma(v, ia3);
    }
    FloatVector ra0 = fromArray(SPECIES, start, a);
    FloatVector ra1 = fromArray(SPECIES, start, a + L);
    FloatVector ra2 = fromArray(SPECIES, start, a + 2 * L);
    FloatVector ra3 = fromArray(SPECIES, start, a + 3 * L);
    int ra = wa + inputs * stride;
    for (int k = 0; k < fromH; k++) {
      FloatVector v = broadcast(SPECIES, h[hAt + k]);
      int aa = ra + k * stride;
      ra0 = fromMemorySegment(SPECIES, w, aa, ORDER).fma(v, ra0);
      ra1 = fromMemorySegment(SPECIES, w, aa + BYTES, ORDER).fma(v, ra1);
      ra2 = fromMemorySegment(SPECIES, w, aa + 2 * BYTES, ORDER).fma(v, ra2);
      ra3 = fromMemorySegment(SPECIES, w, aa + 3 * BYTES, ORDER).fma(v, ra3);
    }
    ia0.add(zero).add(ra0).intoArray(sums, a);
    ia1.add(zero).add(ra1).intoArray(sums, a + L);
    ia2.add(zero).add(ra2).intoArray(sums, a + 2 * L);
    ia3.add(zero).add(ra3).intoArray(sums, a + 3 * L);
  }

  @Override
  public void sumsBf16(
      PackedBf16 w,
      float[] x,
      int xAt,
      int fromX,
      float[] h,
      int hAt,
      int fromH,
      float[] start,
      float[] sums) {
    VectorBf16.sums(w, x, xAt, fromX, h, hAt, fromH, start, sums);
  }

  @Override
  public void sumsInt8(
      PackedInt8 w,
      float[] x,
      int xAt,
      int fromX,
      float[] h,
      int hAt,
      int fromH,
      float[] start,
      float[] sums) {
    VectorInt8.sums(w, x, xAt, fromX, h, hAt, fromH, start, sums);
  }

  @Override
  public void sparseSums(
      PackedFp32 w, int[] columns, int count, float[] x, int xAt, float[] start, float[] sums) {
    VectorSparse.sums(w, columns, count, x, xAt, start, sums);
  }

  @Override
  public void sparseSumsBf16(
      PackedBf16 w, int[] columns, int count, float[] x, int xAt, float[] start, float[] sums) {
    VectorSparse.sumsBf16(w, columns, count, x, xAt, start, sums);
  }

  @Override
  public void sparseSumsInt8(
      PackedInt8 w, int[] columns, int count, float[] x, int xAt, float[] start, float[] sums) {
    VectorSparse.sumsInt8(w, columns, count, x, xAt, start, sums);
  }

  @Override
  public void lstmCell(float[] gates, int from, int to, float[] c, int cAt, float[] h, int hAt) {
    VectorCells.lstm(gates, from, to, c, cAt, h, hAt);
  }

  @Override
  public void tanhCell(float[] sums, int from, int to, float[] h, int hAt) {
    int at = from * ROWS;
    VectorActivations.tanh(sums, at, 0, h, hAt + at, 0, 1, (to - from) * ROWS);
  }

  @Override
  public void rareLstmCell(
      CellFunctions functions,
      float[] gates,
      int from,
      int to,
      float[] c,
      int cAt,
      float[] h,
      int hAt) {
    VectorRareCells.lstm(functions, gates, from, to, c, cAt, h, hAt);
  }

  @Override
  public void rareRnnCell(
      CellFunctions functions, float[] sums, int from, int to, float[] h, int hAt) {
    VectorRareCells.rnn(functions, sums, from, to, h, hAt);
  }

  @Override
  public void activate(Activation function, float[] values, int at, int count) {
    int whole = count - count % L;
    VectorFunctions.apply(function, values, at, 0, values, at, 0, 1, whole);
    for (int k = at + whole; k < at + count; k++) {
      values[k] = ActivationFunctions.apply(function, values[k]);
    }
  }
}
