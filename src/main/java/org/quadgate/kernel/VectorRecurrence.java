// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * start + R·h of {@link PackedFp32} where there are few hidden units, two panels side by side at
 * 512 bits: what a sequence computes in each timestep, W·x being known.
 *
 * <p>Here addresses are counted in longs, in {@link VectorKernels} in ints. Of a loop that counts
 * in ints and reads at base + (long) k·stride, C2 makes one without bounds checks and unrolls it
 * four times, for which it reorders the reads. Where the weights of two panels fit the first-level
 * cache that is 9 to 17 % faster in a sequence; further away, where the order of reads matters, it
 * is up to 15 % slower for fp32 and 40 % for bf16 and int8, which is why those stay with ints.
 */
final class VectorRecurrence {
  private static final VectorSpecies<Float> SPECIES = VectorKernels.SPECIES;
  private static final int L = Panels.LANES;
  private static final long BYTES = SPECIES.vectorByteSize();

  /** Bytes of a column of a full panel. */
  private static final long STRIDE = Panels.ROWS * Float.BYTES;

  /** Hidden units up to which it pays: two panels of R are then 32 KiB. */
  static final int FEW = 64;

  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private VectorRecurrence() {}

  /**
   * The recurrent sums of a panel and the next, both full.
   *
   * @param h shape [at least hidden]
   * @param start shape [panel][4][16]
   * @param sums written; shape [panel][4][16]
   */
  static void eight(PackedFp32 w, int panel, float[] h, float[] start, float[] sums) {
    MemorySegment weights = w.weights;
    int hidden = w.hidden;
    long wa = w.offset(panel) + w.inputs * STRIDE;
    long wb = w.offset(panel + 1) + w.inputs * STRIDE;
    int a = panel * Panels.ROWS;
    int b = a + Panels.ROWS;
    FloatVector a0 = fromArray(SPECIES, start, a);
    FloatVector a1 = fromArray(SPECIES, start, a + L);
    FloatVector a2 = fromArray(SPECIES, start, a + 2 * L);
    FloatVector a3 = fromArray(SPECIES, start, a + 3 * L);
    FloatVector b0 = fromArray(SPECIES, start, b);
    FloatVector b1 = fromArray(SPECIES, start, b + L);
    FloatVector b2 = fromArray(SPECIES, start, b + 2 * L);
    FloatVector b3 = fromArray(SPECIES, start, b + 3 * L);
    for (int k = 0; k < hidden; k++) {
      FloatVector v = broadcast(SPECIES, h[k]);
      long aa = wa + k * STRIDE;
      long bb = wb + k * STRIDE;
      a0 = fromMemorySegment(SPECIES, weights, aa, ORDER).fma(v, a0);
      a1 = fromMemorySegment(SPECIES, weights, aa + BYTES, ORDER).fma(v, a1);
      a2 = fromMemorySegment(SPECIES, weights, aa + 2 * BYTES, ORDER).fma(v, a2);
      a3 = fromMemorySegment(SPECIES, weights, aa + 3 * BYTES, ORDER).fma(v, a3);
      b0 = fromMemorySegment(SPECIES, weights, bb, ORDER).fma(v, b0);
      b1 = fromMemorySegment(SPECIES, weights, bb + BYTES, ORDER).fma(v, b1);
      b2 = fromMemorySegment(SPECIES, weights, bb + 2 * BYTES, ORDER).fma(v, b2);
      b3 = fromMemorySegment(SPECIES, weights, bb + 3 * BYTES, ORDER).fma(v, b3);
    }
    a0.intoArray(sums, a);
    a1.intoArray(sums, a + L);
    a2.intoArray(sums, a + 2 * L);
    a3.intoArray(sums, a + 3 * L);
    b0.intoArray(sums, b);
    b1.intoArray(sums, b + L);
    b2.intoArray(sums, b + 2 * L);
    b3.intoArray(sums, b + 3 * L);
  }
}
