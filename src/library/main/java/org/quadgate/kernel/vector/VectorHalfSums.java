// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel.vector;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.quadgate.kernel.PackedFp32;
import org.quadgate.kernel.PanelShape;

/**
 * The two halves of a step's sums over {@link PackedFp32}, start + R·h and W·x + start, each in a
 * method of its own, for eight vectors of rows: two panels side by side at 512 bits, one at 256, a
 * half at 128.
 *
 * <p>Addresses are counted in longs here, in {@link VectorKernels} in ints. Of a loop that counts
 * in ints and reads at base + (long) k·stride, C2 makes one without bounds checks, if it is the
 * only one in its method, and unrolls it four times, for which it reorders the reads. Under 512
 * bits that is up to 1.4 times as fast. At 512 bits it is 5 to 17 % faster where the weights of few
 * units fit the first-level cache; further away, where the order of reads matters, it is slower.
 */
final class VectorHalfSums {
  private static final VectorSpecies<Float> SPECIES = VectorKernels.SPECIES;
  private static final int L = SPECIES.length();
  private static final long BYTES = SPECIES.vectorByteSize();

  /** Bytes of a column of a full panel. */
  private static final long STRIDE = PanelShape.ROWS * Float.BYTES;

  /** Columns of R up to which R·h alone is faster here at 512 bits: two panels are then 32 KiB. */
  private static final int FEW = 64;

  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private VectorHalfSums() {}

  /** Whether sums are faster here at 512 bits; with W·x a step of 16→64 is 8 % slower. */
  static boolean pays(int recurrent, int fromX) {
    return fromX == 0 ? recurrent <= FEW : recurrent < FEW;
  }

  /**
   * start + R·h.
   *
   * @param a the byte where the first column's first four vectors begin
   * @param apart bytes from there to its other four
   * @param h what R sees, from {@code hAt}; shape [recurrent]
   * @param start eight vectors from {@code row}
   * @param sums written; eight vectors from {@code row}
   */
  static void recurrent(
      MemorySegment weights,
      long a,
      long apart,
      float[] h,
      int hAt,
      int recurrent,
      float[] start,
      float[] sums,
      int row) {
    FloatVector a0 = fromArray(SPECIES, start, row);
    FloatVector a1 = fromArray(SPECIES, start, row + L);
    FloatVector a2 = fromArray(SPECIES, start, row + 2 * L);
    FloatVector a3 = fromArray(SPECIES, start, row + 3 * L);
    FloatVector b0 = fromArray(SPECIES, start, row + 4 * L);
    FloatVector b1 = fromArray(SPECIES, start, row + 5 * L);
    FloatVector b2 = fromArray(SPECIES, start, row + 6 * L);
    FloatVector b3 = fromArray(SPECIES, start, row + 7 * L);
    for (int k = 0; k < recurrent; k++) {
      FloatVector v = broadcast(SPECIES, h[hAt + k]);
      long aa = a + k * STRIDE;
      long bb = aa + apart;
      a0 = fromMemorySegment(SPECIES, weights, aa, ORDER).fma(v, a0);
      a1 = fromMemorySegment(SPECIES, weights, aa + BYTES, ORDER).fma(v, a1);
      a2 = fromMemorySegment(SPECIES, weights, aa + 2 * BYTES, ORDER).fma(v, a2);
      a3 = fromMemorySegment(SPECIES, weights, aa + 3 * BYTES, ORDER).fma(v, a3);
      b0 = fromMemorySegment(SPECIES, weights, bb, ORDER).fma(v, b0);
      b1 = fromMemorySegment(SPECIES, weights, bb + BYTES, ORDER).fma(v, b1);
      b2 = fromMemorySegment(SPECIES, weights, bb + 2 * BYTES, ORDER).fma(v, b2);
      b3 = fromMemorySegment(SPECIES, weights, bb + 3 * BYTES, ORDER).fma(v, b3);
    }
    a0.intoArray(sums, row);
    a1.intoArray(sums, row + L);
    a2.intoArray(sums, row + 2 * L);
    a3.intoArray(sums, row + 3 * L);
    b0.intoArray(sums, row + 4 * L);
    b1.intoArray(sums, row + 5 * L);
    b2.intoArray(sums, row + 6 * L);
    b3.intoArray(sums, row + 7 * L);
  }

  /**
   * W·x + start.
   *
   * @param a the byte where the first column's first four vectors begin
   * @param apart bytes from there to its other four
   * @param x the input, from {@code xAt}; shape [inputs]
   * @param start eight vectors from {@code row}
   * @param sums written; eight vectors from {@code row}; may be {@code start}
   */
  static void input(
      MemorySegment weights,
      long a,
      long apart,
      float[] x,
      int xAt,
      int inputs,
      float[] start,
      float[] sums,
      int row) {
    FloatVector zero = FloatVector.zero(SPECIES);
    FloatVector a0 = zero;
    FloatVector a1 = zero;
    FloatVector a2 = zero;
    FloatVector a3 = zero;
    FloatVector b0 = zero;
    FloatVector b1 = zero;
    FloatVector b2 = zero;
    FloatVector b3 = zero;
    for (int k = 0; k < inputs; k++) {
      FloatVector v = broadcast(SPECIES, x[xAt + k]);
      long aa = a + k * STRIDE;
      long bb = aa + apart;
      a0 = fromMemorySegment(SPECIES, weights, aa, ORDER).fma(v, a0);
      a1 = fromMemorySegment(SPECIES, weights, aa + BYTES, ORDER).fma(v, a1);
      a2 = fromMemorySegment(SPECIES, weights, aa + 2 * BYTES, ORDER).fma(v, a2);
      a3 = fromMemorySegment(SPECIES, weights, aa + 3 * BYTES, ORDER).fma(v, a3);
      b0 = fromMemorySegment(SPECIES, weights, bb, ORDER).fma(v, b0);
      b1 = fromMemorySegment(SPECIES, weights, bb + BYTES, ORDER).fma(v, b1);
      b2 = fromMemorySegment(SPECIES, weights, bb + 2 * BYTES, ORDER).fma(v, b2);
      b3 = fromMemorySegment(SPECIES, weights, bb + 3 * BYTES, ORDER).fma(v, b3);
    }
    a0.add(zero).add(fromArray(SPECIES, start, row)).intoArray(sums, row);
    a1.add(zero).add(fromArray(SPECIES, start, row + L)).intoArray(sums, row + L);
    a2.add(zero).add(fromArray(SPECIES, start, row + 2 * L)).intoArray(sums, row + 2 * L);
    a3.add(zero).add(fromArray(SPECIES, start, row + 3 * L)).intoArray(sums, row + 3 * L);
    b0.add(zero).add(fromArray(SPECIES, start, row + 4 * L)).intoArray(sums, row + 4 * L);
    b1.add(zero).add(fromArray(SPECIES, start, row + 5 * L)).intoArray(sums, row + 5 * L);
    b2.add(zero).add(fromArray(SPECIES, start, row + 6 * L)).intoArray(sums, row + 6 * L);
    b3.add(zero).add(fromArray(SPECIES, start, row + 7 * L)).intoArray(sums, row + 7 * L);
  }
}
