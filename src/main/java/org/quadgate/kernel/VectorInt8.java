// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/** Gate sums over {@link PackedInt8}: each vector of words feeds four accumulators. */
final class VectorInt8 {
  private static final VectorSpecies<Float> SPECIES = VectorKernels.SPECIES;
  private static final VectorSpecies<Integer> WORDS = SPECIES.withLanes(int.class);
  private static final int L = SPECIES.length();
  private static final int ROWS = Panels.ROWS;
  private static final int LANES = Panels.LANES;

  private VectorInt8() {}

  static void sums(
      int[] words,
      float[] scales,
      int panels,
      int columns,
      float[] v,
      int offset,
      float[] start,
      float[] addend,
      float[] sums) {
    int panel = 0;
    if (L == LANES) {
      for (; panel + 1 < panels; panel += 2) {
        int a = panel * columns * LANES;
        int row = panel * ROWS;
        two(
            words,
            a,
            a + columns * LANES,
            scales,
            columns,
            v,
            offset,
            start,
            addend,
            sums,
            row,
            row + ROWS);
      }
      if (panel < panels) {
        int a = panel * columns * LANES;
        one(words, a, scales, columns, v, offset, start, addend, sums, panel * ROWS);
      }
    } else {
      for (; panel < panels; panel++) {
        for (int lane = 0; lane < LANES; lane += 2 * L) {
          int a = panel * columns * LANES + lane;
          int row = panel * ROWS + lane;
          two(words, a, a + L, scales, columns, v, offset, start, addend, sums, row, row + L);
        }
      }
    }
  }

  /** Two vectors of words at e0 and e1, for rows r0 and r1 and those 16, 32 and 48 further. */
  private static void two(
      int[] w,
      int e0,
      int e1,
      float[] scales,
      int columns,
      float[] v,
      int offset,
      float[] start,
      float[] addend,
      float[] sums,
      int r0,
      int r1) {
    FloatVector a0 = FloatVector.zero(SPECIES);
    FloatVector a1 = a0;
    FloatVector a2 = a0;
    FloatVector a3 = a0;
    FloatVector b0 = a0;
    FloatVector b1 = a0;
    FloatVector b2 = a0;
    FloatVector b3 = a0;
    for (int k = 0; k < columns; k++) {
      FloatVector x = broadcast(SPECIES, v[offset + k]);
      IntVector w0 = IntVector.fromArray(WORDS, w, e0 + k * LANES);
      a0 = ((FloatVector) w0.lanewise(LSHL, 24).convert(I2F, 0)).fma(x, a0);
      a1 = ((FloatVector) w0.lanewise(LSHL, 16).convert(I2F, 0)).fma(x, a1);
      a2 = ((FloatVector) w0.lanewise(LSHL, 8).convert(I2F, 0)).fma(x, a2);
      a3 = ((FloatVector) w0.convert(I2F, 0)).fma(x, a3);
      IntVector w1 = IntVector.fromArray(WORDS, w, e1 + k * LANES);
      b0 = ((FloatVector) w1.lanewise(LSHL, 24).convert(I2F, 0)).fma(x, b0);
      b1 = ((FloatVector) w1.lanewise(LSHL, 16).convert(I2F, 0)).fma(x, b1);
      b2 = ((FloatVector) w1.lanewise(LSHL, 8).convert(I2F, 0)).fma(x, b2);
      b3 = ((FloatVector) w1.convert(I2F, 0)).fma(x, b3);
    }
    a0 = fromArray(SPECIES, scales, r0).fma(a0, fromArray(SPECIES, start, r0));
    fromArray(SPECIES, addend, r0).add(a0).intoArray(sums, r0);
    a1 = fromArray(SPECIES, scales, r0 + LANES).fma(a1, fromArray(SPECIES, start, r0 + LANES));
    fromArray(SPECIES, addend, r0 + LANES).add(a1).intoArray(sums, r0 + LANES);
    a2 =
        fromArray(SPECIES, scales, r0 + 2 * LANES)
            .fma(a2, fromArray(SPECIES, start, r0 + 2 * LANES));
    fromArray(SPECIES, addend, r0 + 2 * LANES).add(a2).intoArray(sums, r0 + 2 * LANES);
    a3 =
        fromArray(SPECIES, scales, r0 + 3 * LANES)
            .fma(a3, fromArray(SPECIES, start, r0 + 3 * LANES));
    fromArray(SPECIES, addend, r0 + 3 * LANES).add(a3).intoArray(sums, r0 + 3 * LANES);
    b0 = fromArray(SPECIES, scales, r1).fma(b0, fromArray(SPECIES, start, r1));
    fromArray(SPECIES, addend, r1).add(b0).intoArray(sums, r1);
    b1 = fromArray(SPECIES, scales, r1 + LANES).fma(b1, fromArray(SPECIES, start, r1 + LANES));
    fromArray(SPECIES, addend, r1 + LANES).add(b1).intoArray(sums, r1 + LANES);
    b2 =
        fromArray(SPECIES, scales, r1 + 2 * LANES)
            .fma(b2, fromArray(SPECIES, start, r1 + 2 * LANES));
    fromArray(SPECIES, addend, r1 + 2 * LANES).add(b2).intoArray(sums, r1 + 2 * LANES);
    b3 =
        fromArray(SPECIES, scales, r1 + 3 * LANES)
            .fma(b3, fromArray(SPECIES, start, r1 + 3 * LANES));
    fromArray(SPECIES, addend, r1 + 3 * LANES).add(b3).intoArray(sums, r1 + 3 * LANES);
  }

  /** The last panel of an odd number, at 512 bits. */
  private static void one(
      int[] w,
      int e0,
      float[] scales,
      int columns,
      float[] v,
      int offset,
      float[] start,
      float[] addend,
      float[] sums,
      int r0) {
    FloatVector a0 = FloatVector.zero(SPECIES);
    FloatVector a1 = a0;
    FloatVector a2 = a0;
    FloatVector a3 = a0;
    for (int k = 0; k < columns; k++) {
      FloatVector x = broadcast(SPECIES, v[offset + k]);
      IntVector w0 = IntVector.fromArray(WORDS, w, e0 + k * LANES);
      a0 = ((FloatVector) w0.lanewise(LSHL, 24).convert(I2F, 0)).fma(x, a0);
      a1 = ((FloatVector) w0.lanewise(LSHL, 16).convert(I2F, 0)).fma(x, a1);
      a2 = ((FloatVector) w0.lanewise(LSHL, 8).convert(I2F, 0)).fma(x, a2);
      a3 = ((FloatVector) w0.convert(I2F, 0)).fma(x, a3);
    }
    a0 = fromArray(SPECIES, scales, r0).fma(a0, fromArray(SPECIES, start, r0));
    fromArray(SPECIES, addend, r0).add(a0).intoArray(sums, r0);
    a1 = fromArray(SPECIES, scales, r0 + LANES).fma(a1, fromArray(SPECIES, start, r0 + LANES));
    fromArray(SPECIES, addend, r0 + LANES).add(a1).intoArray(sums, r0 + LANES);
    a2 =
        fromArray(SPECIES, scales, r0 + 2 * LANES)
            .fma(a2, fromArray(SPECIES, start, r0 + 2 * LANES));
    fromArray(SPECIES, addend, r0 + 2 * LANES).add(a2).intoArray(sums, r0 + 2 * LANES);
    a3 =
        fromArray(SPECIES, scales, r0 + 3 * LANES)
            .fma(a3, fromArray(SPECIES, start, r0 + 3 * LANES));
    fromArray(SPECIES, addend, r0 + 3 * LANES).add(a3).intoArray(sums, r0 + 3 * LANES);
  }
}
