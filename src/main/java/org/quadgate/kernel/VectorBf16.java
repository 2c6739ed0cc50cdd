// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;
import static jdk.incubator.vector.VectorOperators.LSHL;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/** Gate sums over {@link PackedBf16}: each vector of words feeds two accumulators. */
final class VectorBf16 {
  private static final VectorSpecies<Float> SPECIES = VectorKernels.SPECIES;
  private static final VectorSpecies<Integer> WORDS = SPECIES.withLanes(int.class);
  private static final int L = SPECIES.length();
  private static final int ROWS = Panels.ROWS;
  private static final int LANES = Panels.LANES;

  /** Words of one column of a panel. */
  private static final int COLUMN = ROWS / 2;

  private VectorBf16() {}

  static void sums(
      int[] words,
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
        int a = panel * columns * COLUMN;
        int b = a + columns * COLUMN;
        int row = panel * ROWS;
        four(
            words,
            a,
            a + LANES,
            b,
            b + LANES,
            columns,
            v,
            offset,
            start,
            addend,
            sums,
            row,
            row + 2 * LANES,
            row + ROWS,
            row + ROWS + 2 * LANES);
      }
      if (panel < panels) {
        int a = panel * columns * COLUMN;
        two(words, a, columns, v, offset, start, addend, sums, panel * ROWS);
      }
    } else {
      // at 256 bits four vectors are a whole column, at 128 bits one of its two pairs of groups
      for (; panel < panels; panel++) {
        for (int word = 0; word < COLUMN; word += 4 * L) {
          int a = panel * columns * COLUMN + word;
          int row = panel * ROWS;
          four(
              words,
              a,
              a + L,
              a + 2 * L,
              a + 3 * L,
              columns,
              v,
              offset,
              start,
              addend,
              sums,
              row + lowRow(word),
              row + lowRow(word + L),
              row + lowRow(word + 2 * L),
              row + lowRow(word + 3 * L));
        }
      }
    }
  }

  /** The row of a word's low half within its panel; the high half's is 16 further. */
  private static int lowRow(int word) {
    return word / LANES * 2 * LANES + word % LANES;
  }

  /** Four vectors of words at e0 … e3, for rows r0 … r3 and those 16 further. */
  private static void four(
      int[] w,
      int e0,
      int e1,
      int e2,
      int e3,
      int columns,
      float[] v,
      int offset,
      float[] start,
      float[] addend,
      float[] sums,
      int r0,
      int r1,
      int r2,
      int r3) {
    FloatVector a0 = fromArray(SPECIES, start, r0);
    FloatVector b0 = fromArray(SPECIES, start, r0 + LANES);
    FloatVector a1 = fromArray(SPECIES, start, r1);
    FloatVector b1 = fromArray(SPECIES, start, r1 + LANES);
    FloatVector a2 = fromArray(SPECIES, start, r2);
    FloatVector b2 = fromArray(SPECIES, start, r2 + LANES);
    FloatVector a3 = fromArray(SPECIES, start, r3);
    FloatVector b3 = fromArray(SPECIES, start, r3 + LANES);
    for (int k = 0; k < columns; k++) {
      FloatVector x = broadcast(SPECIES, v[offset + k]);
      int at = k * COLUMN;
      IntVector w0 = IntVector.fromArray(WORDS, w, e0 + at);
      a0 = w0.lanewise(LSHL, 16).reinterpretAsFloats().fma(x, a0);
      b0 = w0.reinterpretAsFloats().fma(x, b0);
      IntVector w1 = IntVector.fromArray(WORDS, w, e1 + at);
      a1 = w1.lanewise(LSHL, 16).reinterpretAsFloats().fma(x, a1);
      b1 = w1.reinterpretAsFloats().fma(x, b1);
      IntVector w2 = IntVector.fromArray(WORDS, w, e2 + at);
      a2 = w2.lanewise(LSHL, 16).reinterpretAsFloats().fma(x, a2);
      b2 = w2.reinterpretAsFloats().fma(x, b2);
      IntVector w3 = IntVector.fromArray(WORDS, w, e3 + at);
      a3 = w3.lanewise(LSHL, 16).reinterpretAsFloats().fma(x, a3);
      b3 = w3.reinterpretAsFloats().fma(x, b3);
    }
    fromArray(SPECIES, addend, r0).add(a0).intoArray(sums, r0);
    fromArray(SPECIES, addend, r0 + LANES).add(b0).intoArray(sums, r0 + LANES);
    fromArray(SPECIES, addend, r1).add(a1).intoArray(sums, r1);
    fromArray(SPECIES, addend, r1 + LANES).add(b1).intoArray(sums, r1 + LANES);
    fromArray(SPECIES, addend, r2).add(a2).intoArray(sums, r2);
    fromArray(SPECIES, addend, r2 + LANES).add(b2).intoArray(sums, r2 + LANES);
    fromArray(SPECIES, addend, r3).add(a3).intoArray(sums, r3);
    fromArray(SPECIES, addend, r3 + LANES).add(b3).intoArray(sums, r3 + LANES);
  }

  /** The last panel of an odd number, at 512 bits. */
  private static void two(
      int[] w,
      int e,
      int columns,
      float[] v,
      int offset,
      float[] start,
      float[] addend,
      float[] sums,
      int r) {
    FloatVector a0 = fromArray(SPECIES, start, r);
    FloatVector b0 = fromArray(SPECIES, start, r + LANES);
    FloatVector a1 = fromArray(SPECIES, start, r + 2 * LANES);
    FloatVector b1 = fromArray(SPECIES, start, r + 2 * LANES + LANES);
    for (int k = 0; k < columns; k++) {
      FloatVector x = broadcast(SPECIES, v[offset + k]);
      int at = k * COLUMN;
      IntVector w0 = IntVector.fromArray(WORDS, w, e + at);
      a0 = w0.lanewise(LSHL, 16).reinterpretAsFloats().fma(x, a0);
      b0 = w0.reinterpretAsFloats().fma(x, b0);
      IntVector w1 = IntVector.fromArray(WORDS, w, e + LANES + at);
      a1 = w1.lanewise(LSHL, 16).reinterpretAsFloats().fma(x, a1);
      b1 = w1.reinterpretAsFloats().fma(x, b1);
    }
    fromArray(SPECIES, addend, r).add(a0).intoArray(sums, r);
    fromArray(SPECIES, addend, r + LANES).add(b0).intoArray(sums, r + LANES);
    fromArray(SPECIES, addend, r + 2 * LANES).add(a1).intoArray(sums, r + 2 * LANES);
    fromArray(SPECIES, addend, r + 2 * LANES + LANES)
        .add(b1)
        .intoArray(sums, r + 2 * LANES + LANES);
  }
}
