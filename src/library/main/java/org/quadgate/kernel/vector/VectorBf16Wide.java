// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel.vector;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;
import static jdk.incubator.vector.IntVector.fromMemorySegment;
import static jdk.incubator.vector.VectorOperators.LSHL;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;
import org.quadgate.kernel.PackedBf16;
import org.quadgate.kernel.PanelShape;

/**
 * Gate sums over {@link PackedBf16} at 512 bits, four full panels side by side: a word vector for
 * groups 0 and 1 and one for groups 2 and 3 of each, 16 accumulators in all.
 *
 * <p>Counting in ints and reading at base + k·stride in longs lets C2 drop all bounds checks, which
 * it computes on the ports that fmas need. With two panels it would then unroll the loop four times
 * and reorder its reads, which takes twice as long beyond the first-level cache; with four the body
 * is too large to unroll. The panels' bases are one base and multiples of a distance, because with
 * four offsets of their own C2 moved one of them between register files in every round, which cost
 * 14 %. All in all 9 to 17 % of a step and 14 to 23 % of a sequence.
 */
final class VectorBf16Wide {
  private static final VectorSpecies<Float> SPECIES = VectorKernels.SPECIES;
  private static final VectorSpecies<Integer> WORDS = SPECIES.withLanes(int.class);
  private static final int ROWS = PanelShape.ROWS;
  private static final int LANES = PanelShape.LANES;
  private static final long BYTES = SPECIES.vectorByteSize();

  /** Bytes of a column of a full panel. */
  private static final long STRIDE = ROWS / 2 * Integer.BYTES;

  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private VectorBf16Wide() {}

  /** Bytes from one panel to the next. */
  private static long apart(PackedBf16 w) {
    return (w.inputs + w.recurrent) * STRIDE;
  }

  /**
   * start + R·h.
   *
   * @param panel the first of four
   * @param h what R sees, from {@code hAt}; shape [recurrent]
   * @param start shape [panel][4][16]
   * @param sums written; shape [panel][4][16]
   */
  static void recurrent(PackedBf16 w, int panel, float[] h, int hAt, float[] start, float[] sums) {
    long a = w.offset(panel) + w.inputs * STRIDE;
    recurrent(w.weights, a, apart(w), h, hAt, w.recurrent, start, sums, panel * ROWS);
  }

  private static void recurrent(
      MemorySegment weights,
      long a,
      long apart,
      float[] h,
      int hAt,
      int recurrent,
      float[] start,
      float[] sums,
      int row) {
    long b = a + apart;
    long c = a + 2 * apart;
    long d = a + 3 * apart;
    FloatVector a0 = fromArray(SPECIES, start, row);
    FloatVector a1 = fromArray(SPECIES, start, row + LANES);
    FloatVector a2 = fromArray(SPECIES, start, row + 2 * LANES);
    FloatVector a3 = fromArray(SPECIES, start, row + 3 * LANES);
    FloatVector b0 = fromArray(SPECIES, start, row + ROWS);
    FloatVector b1 = fromArray(SPECIES, start, row + ROWS + LANES);
    FloatVector b2 = fromArray(SPECIES, start, row + ROWS + 2 * LANES);
    FloatVector b3 = fromArray(SPECIES, start, row + ROWS + 3 * LANES);
    FloatVector c0 = fromArray(SPECIES, start, row + 2 * ROWS);
    FloatVector c1 = fromArray(SPECIES, start, row + 2 * ROWS + LANES);
    FloatVector c2 = fromArray(SPECIES, start, row + 2 * ROWS + 2 * LANES);
    FloatVector c3 = fromArray(SPECIES, start, row + 2 * ROWS + 3 * LANES);
    FloatVector d0 = fromArray(SPECIES, start, row + 3 * ROWS);
    FloatVector d1 = fromArray(SPECIES, start, row + 3 * ROWS + LANES);
    FloatVector d2 = fromArray(SPECIES, start, row + 3 * ROWS + 2 * LANES);
    FloatVector d3 = fromArray(SPECIES, start, row + 3 * ROWS + 3 * LANES);
    for (int k = 0; k < recurrent; k++) {
      FloatVector v = broadcast(SPECIES, h[hAt + k]);
      long column = k * STRIDE;
      IntVector ax = fromMemorySegment(WORDS, weights, a + column, ORDER);
      a0 = ax.lanewise(LSHL, 16).reinterpretAsFloats().fma(v, a0);
      a1 = ax.reinterpretAsFloats().fma(v, a1);
      IntVector ay = fromMemorySegment(WORDS, weights, a + column + BYTES, ORDER);
      a2 = ay.lanewise(LSHL, 16).reinterpretAsFloats().fma(v, a2);
      a3 = ay.reinterpretAsFloats().fma(v, a3);
      IntVector bx = fromMemorySegment(WORDS, weights, b + column, ORDER);
      b0 = bx.lanewise(LSHL, 16).reinterpretAsFloats().fma(v, b0);
      b1 = bx.reinterpretAsFloats().fma(v, b1);
      IntVector by = fromMemorySegment(WORDS, weights, b + column + BYTES, ORDER);
      b2 = by.lanewise(LSHL, 16).reinterpretAsFloats().fma(v, b2);
      b3 = by.reinterpretAsFloats().fma(v, b3);
      IntVector cx = fromMemorySegment(WORDS, weights, c + column, ORDER);
      c0 = cx.lanewise(LSHL, 16).reinterpretAsFloats().fma(v, c0);
      c1 = cx.reinterpretAsFloats().fma(v, c1);
      IntVector cy = fromMemorySegment(WORDS, weights, c + column + BYTES, ORDER);
      c2 = cy.lanewise(LSHL, 16).reinterpretAsFloats().fma(v, c2);
      c3 = cy.reinterpretAsFloats().fma(v, c3);
      IntVector dx = fromMemorySegment(WORDS, weights, d + column, ORDER);
      d0 = dx.lanewise(LSHL, 16).reinterpretAsFloats().fma(v, d0);
      d1 = dx.reinterpretAsFloats().fma(v, d1);
      IntVector dy = fromMemorySegment(WORDS, weights, d + column + BYTES, ORDER);
      d2 = dy.lanewise(LSHL, 16).reinterpretAsFloats().fma(v, d2);
      d3 = dy.reinterpretAsFloats().fma(v, d3);
    }
    a0.intoArray(sums, row);
    a1.intoArray(sums, row + LANES);
    a2.intoArray(sums, row + 2 * LANES);
    a3.intoArray(sums, row + 3 * LANES);
    b0.intoArray(sums, row + ROWS);
    b1.intoArray(sums, row + ROWS + LANES);
    b2.intoArray(sums, row + ROWS + 2 * LANES);
    b3.intoArray(sums, row + ROWS + 3 * LANES);
    c0.intoArray(sums, row + 2 * ROWS);
    c1.intoArray(sums, row + 2 * ROWS + LANES);
    c2.intoArray(sums, row + 2 * ROWS + 2 * LANES);
    c3.intoArray(sums, row + 2 * ROWS + 3 * LANES);
    d0.intoArray(sums, row + 3 * ROWS);
    d1.intoArray(sums, row + 3 * ROWS + LANES);
    d2.intoArray(sums, row + 3 * ROWS + 2 * LANES);
    d3.intoArray(sums, row + 3 * ROWS + 3 * LANES);
  }

  /**
   * W·x + start.
   *
   * @param panel the first of four
   * @param x the input, from {@code xAt}; shape [inputs]
   * @param start shape [panel][4][16]
   * @param sums written; shape [panel][4][16], may be {@code start}
   */
  static void input(PackedBf16 w, int panel, float[] x, int xAt, float[] start, float[] sums) {
    long a = w.offset(panel);
    input(w.weights, a, apart(w), x, xAt, w.inputs, start, sums, panel * ROWS);
  }

  private static void input(
      MemorySegment weights,
      long a,
      long apart,
      float[] x,
      int xAt,
      int inputs,
      float[] start,
      float[] sums,
      int row) {
    long b = a + apart;
    long c = a + 2 * apart;
    long d = a + 3 * apart;
    FloatVector zero = FloatVector.zero(SPECIES);
    FloatVector a0 = zero;
    FloatVector a1 = zero;
    FloatVector a2 = zero;
    FloatVector a3 = zero;
    FloatVector b0 = zero;
    FloatVector b1 = zero;
    FloatVector b2 = zero;
    FloatVector b3 = zero;
    FloatVector c0 = zero;
    FloatVector c1 = zero;
    FloatVector c2 = zero;
    FloatVector c3 = zero;
    FloatVector d0 = zero;
    FloatVector d1 = zero;
    FloatVector d2 = zero;
    FloatVector d3 = zero;
    for (int k = 0; k < inputs; k++) {
      FloatVector v = broadcast(SPECIES, x[xAt + k]);
      long column = k * STRIDE;
      IntVector ax = fromMemorySegment(WORDS, weights, a + column, ORDER);
      a0 = ax.lanewise(LSHL, 16).reinterpretAsFloats().fma(v, a0);
      a1 = ax.reinterpretAsFloats().fma(v, a1);
      IntVector ay = fromMemorySegment(WORDS, weights, a + column + BYTES, ORDER);
      a2 = ay.lanewise(LSHL, 16).reinterpretAsFloats().fma(v, a2);
      a3 = ay.reinterpretAsFloats().fma(v, a3);
      IntVector bx = fromMemorySegment(WORDS, weights, b + column, ORDER);
      b0 = bx.lanewise(LSHL, 16).reinterpretAsFloats().fma(v, b0);
      b1 = bx.reinterpretAsFloats().fma(v, b1);
      IntVector by = fromMemorySegment(WORDS, weights, b + column + BYTES, ORDER);
      b2 = by.lanewise(LSHL, 16).reinterpretAsFloats().fma(v, b2);
      b3 = by.reinterpretAsFloats().fma(v, b3);
      IntVector cx = fromMemorySegment(WORDS, weights, c + column, ORDER);
      c0 = cx.lanewise(LSHL, 16).reinterpretAsFloats().fma(v, c0);
      c1 = cx.reinterpretAsFloats().fma(v, c1);
      IntVector cy = fromMemorySegment(WORDS, weights, c + column + BYTES, ORDER);
      c2 = cy.lanewise(LSHL, 16).reinterpretAsFloats().fma(v, c2);
      c3 = cy.reinterpretAsFloats().fma(v, c3);
      IntVector dx = fromMemorySegment(WORDS, weights, d + column, ORDER);
      d0 = dx.lanewise(LSHL, 16).reinterpretAsFloats().fma(v, d0);
      d1 = dx.reinterpretAsFloats().fma(v, d1);
      IntVector dy = fromMemorySegment(WORDS, weights, d + column + BYTES, ORDER);
      d2 = dy.lanewise(LSHL, 16).reinterpretAsFloats().fma(v, d2);
      d3 = dy.reinterpretAsFloats().fma(v, d3);
    }
    a0.add(zero).add(fromArray(SPECIES, start, row)).intoArray(sums, row);
    a1.add(zero).add(fromArray(SPECIES, start, row + LANES)).intoArray(sums, row + LANES);
    a2.add(zero).add(fromArray(SPECIES, start, row + 2 * LANES)).intoArray(sums, row + 2 * LANES);
    a3.add(zero).add(fromArray(SPECIES, start, row + 3 * LANES)).intoArray(sums, row + 3 * LANES);
    b0.add(zero).add(fromArray(SPECIES, start, row + ROWS)).intoArray(sums, row + ROWS);
    b1.add(zero)
        .add(fromArray(SPECIES, start, row + ROWS + LANES))
        .intoArray(sums, row + ROWS + LANES);
    b2.add(zero)
        .add(fromArray(SPECIES, start, row + ROWS + 2 * LANES))
        .intoArray(sums, row + ROWS + 2 * LANES);
    b3.add(zero)
        .add(fromArray(SPECIES, start, row + ROWS + 3 * LANES))
        .intoArray(sums, row + ROWS + 3 * LANES);
    c0.add(zero).add(fromArray(SPECIES, start, row + 2 * ROWS)).intoArray(sums, row + 2 * ROWS);
    c1.add(zero)
        .add(fromArray(SPECIES, start, row + 2 * ROWS + LANES))
        .intoArray(sums, row + 2 * ROWS + LANES);
    c2.add(zero)
        .add(fromArray(SPECIES, start, row + 2 * ROWS + 2 * LANES))
        .intoArray(sums, row + 2 * ROWS + 2 * LANES);
    c3.add(zero)
        .add(fromArray(SPECIES, start, row + 2 * ROWS + 3 * LANES))
        .intoArray(sums, row + 2 * ROWS + 3 * LANES);
    d0.add(zero).add(fromArray(SPECIES, start, row + 3 * ROWS)).intoArray(sums, row + 3 * ROWS);
    d1.add(zero)
        .add(fromArray(SPECIES, start, row + 3 * ROWS + LANES))
        .intoArray(sums, row + 3 * ROWS + LANES);
    d2.add(zero)
        .add(fromArray(SPECIES, start, row + 3 * ROWS + 2 * LANES))
        .intoArray(sums, row + 3 * ROWS + 2 * LANES);
    d3.add(zero)
        .add(fromArray(SPECIES, start, row + 3 * ROWS + 3 * LANES))
        .intoArray(sums, row + 3 * ROWS + 3 * LANES);
  }
}
