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
import org.quadgate.kernel.PartialSums;

/**
 * Gate sums of a last panel that has no neighbour or fewer than 4 groups, at 512 bits, where a
 * group is one vector. A method for each number of groups, because C2 drops the bounds checks of a
 * loop only if its stride is a constant.
 */
final class VectorTails {
  private static final VectorSpecies<Float> SPECIES = VectorKernels.SPECIES;
  private static final int L = SPECIES.length();
  private static final int BYTES = SPECIES.vectorByteSize();
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private VectorTails() {}

  static void sums(
      PackedFp32 w,
      int panel,
      float[] x,
      int xAt,
      int fromX,
      float[] h,
      int hAt,
      int fromH,
      float[] start,
      float[] sums) {
    switch (w.layout.groups(panel)) {
      case 1 -> one(w, panel, x, xAt, fromX, h, hAt, fromH, start, sums);
      case 2 -> two(w, panel, x, xAt, fromX, h, hAt, fromH, start, sums);
      case 3 -> three(w, panel, x, xAt, fromX, h, hAt, fromH, start, sums);
      default -> four(w, panel, x, xAt, fromX, h, hAt, fromH, start, sums);
    }
  }

  private static void one(
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
    int inputs = packed.inputs;
    int a = panel * PanelShape.ROWS;
    FloatVector zero = broadcast(SPECIES, PartialSums.empty(fromX));
    FloatVector ia0 = zero;
    for (int k = 0; k < fromX; k++) {
      FloatVector v = broadcast(SPECIES, x[xAt + k]);
      int aa = wa + k * BYTES;
      ia0 = fromMemorySegment(SPECIES, w, aa, ORDER).fma(v, ia0);
    }
    FloatVector ra0 = fromArray(SPECIES, start, a);
    int ra = wa + inputs * BYTES;
    for (int k = 0; k < fromH; k++) {
      FloatVector v = broadcast(SPECIES, h[hAt + k]);
      int aa = ra + k * BYTES;
      ra0 = fromMemorySegment(SPECIES, w, aa, ORDER).fma(v, ra0);
    }
    ia0.add(zero).add(ra0).intoArray(sums, a);
  }

  private static void two(
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
    int inputs = packed.inputs;
    int a = panel * PanelShape.ROWS;
    FloatVector zero = broadcast(SPECIES, PartialSums.empty(fromX));
    FloatVector ia0 = zero;
    FloatVector ia1 = ia0;
    for (int k = 0; k < fromX; k++) {
      FloatVector v = broadcast(SPECIES, x[xAt + k]);
      int aa = wa + k * 2 * BYTES;
      ia0 = fromMemorySegment(SPECIES, w, aa, ORDER).fma(v, ia0);
      ia1 = fromMemorySegment(SPECIES, w, aa + BYTES, ORDER).fma(v, ia1);
    }
    FloatVector ra0 = fromArray(SPECIES, start, a);
    FloatVector ra1 = fromArray(SPECIES, start, a + L);
    int ra = wa + inputs * 2 * BYTES;
    for (int k = 0; k < fromH; k++) {
      FloatVector v = broadcast(SPECIES, h[hAt + k]);
      int aa = ra + k * 2 * BYTES;
      ra0 = fromMemorySegment(SPECIES, w, aa, ORDER).fma(v, ra0);
      ra1 = fromMemorySegment(SPECIES, w, aa + BYTES, ORDER).fma(v, ra1);
    }
    ia0.add(zero).add(ra0).intoArray(sums, a);
    ia1.add(zero).add(ra1).intoArray(sums, a + L);
  }

  private static void three(
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
    int inputs = packed.inputs;
    int a = panel * PanelShape.ROWS;
    FloatVector zero = broadcast(SPECIES, PartialSums.empty(fromX));
    FloatVector ia0 = zero;
    FloatVector ia1 = ia0;
    FloatVector ia2 = ia0;
    for (int k = 0; k < fromX; k++) {
      FloatVector v = broadcast(SPECIES, x[xAt + k]);
      int aa = wa + k * 3 * BYTES;
      ia0 = fromMemorySegment(SPECIES, w, aa, ORDER).fma(v, ia0);
      ia1 = fromMemorySegment(SPECIES, w, aa + BYTES, ORDER).fma(v, ia1);
      ia2 = fromMemorySegment(SPECIES, w, aa + 2 * BYTES, ORDER).fma(v, ia2);
    }
    FloatVector ra0 = fromArray(SPECIES, start, a);
    FloatVector ra1 = fromArray(SPECIES, start, a + L);
    FloatVector ra2 = fromArray(SPECIES, start, a + 2 * L);
    int ra = wa + inputs * 3 * BYTES;
    for (int k = 0; k < fromH; k++) {
      FloatVector v = broadcast(SPECIES, h[hAt + k]);
      int aa = ra + k * 3 * BYTES;
      ra0 = fromMemorySegment(SPECIES, w, aa, ORDER).fma(v, ra0);
      ra1 = fromMemorySegment(SPECIES, w, aa + BYTES, ORDER).fma(v, ra1);
      ra2 = fromMemorySegment(SPECIES, w, aa + 2 * BYTES, ORDER).fma(v, ra2);
    }
    ia0.add(zero).add(ra0).intoArray(sums, a);
    ia1.add(zero).add(ra1).intoArray(sums, a + L);
    ia2.add(zero).add(ra2).intoArray(sums, a + 2 * L);
  }

  private static void four(
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
    int inputs = packed.inputs;
    int a = panel * PanelShape.ROWS;
    FloatVector zero = broadcast(SPECIES, PartialSums.empty(fromX));
    FloatVector ia0 = zero;
    FloatVector ia1 = ia0;
    FloatVector ia2 = ia0;
    FloatVector ia3 = ia0;
    for (int k = 0; k < fromX; k++) {
      FloatVector v = broadcast(SPECIES, x[xAt + k]);
      int aa = wa + k * 4 * BYTES;
      ia0 = fromMemorySegment(SPECIES, w, aa, ORDER).fma(v, ia0);
      ia1 = fromMemorySegment(SPECIES, w, aa + BYTES, ORDER).fma(v, ia1);
      ia2 = fromMemorySegment(SPECIES, w, aa + 2 * BYTES, ORDER).fma(v, ia2);
      ia3 = fromMemorySegment(SPECIES, w, aa + 3 * BYTES, ORDER).fma(v, ia3);
    }
    FloatVector ra0 = fromArray(SPECIES, start, a);
    FloatVector ra1 = fromArray(SPECIES, start, a + L);
    FloatVector ra2 = fromArray(SPECIES, start, a + 2 * L);
    FloatVector ra3 = fromArray(SPECIES, start, a + 3 * L);
    int ra = wa + inputs * 4 * BYTES;
    for (int k = 0; k < fromH; k++) {
      FloatVector v = broadcast(SPECIES, h[hAt + k]);
      int aa = ra + k * 4 * BYTES;
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
}
