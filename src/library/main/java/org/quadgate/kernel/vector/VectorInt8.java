// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel.vector;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;
import static jdk.incubator.vector.IntVector.fromMemorySegment;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;
import org.quadgate.kernel.PackedInt8;
import org.quadgate.kernel.PanelShape;
import org.quadgate.kernel.PartialSums;

/** Gate sums over {@link PackedInt8}: each vector of words feeds four accumulators. */
final class VectorInt8 {
  private static final VectorSpecies<Float> SPECIES = VectorKernels.SPECIES;
  private static final VectorSpecies<Integer> WORDS = SPECIES.withLanes(int.class);
  private static final int L = SPECIES.length();
  private static final int ROWS = PanelShape.ROWS;
  private static final int LANES = PanelShape.LANES;
  private static final int BYTES = SPECIES.vectorByteSize();
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  /** Bytes of a column. */
  private static final int COLUMN = LANES * Integer.BYTES;

  private VectorInt8() {}

  static void sums(
      PackedInt8 w,
      float[] x,
      int xAt,
      int fromX,
      float[] h,
      int hAt,
      int fromH,
      float[] start,
      float[] sums) {
    int panel = w.from;
    if (L == LANES) {
      for (; panel + 1 < w.to; panel += 2) {
        two(w, panel, 0, x, xAt, fromX, h, hAt, fromH, start, sums);
      }
      if (panel < w.to) {
        one(w, panel, x, xAt, fromX, h, hAt, fromH, start, sums);
      }
    } else {
      for (; panel < w.to; panel++) {
        for (int lane = 0; lane < LANES; lane += 2 * L) {
          two(w, panel, lane, x, xAt, fromX, h, hAt, fromH, start, sums);
        }
      }
    }
  }

  /**
   * Two vectors of words from {@code lane} of a panel's columns, at 512 bits one of it and one of
   * the next panel, for the rows of those words and those 16, 32 and 48 further.
   */
  private static void two(
      PackedInt8 packed,
      int panel,
      int lane,
      float[] x,
      int xAt,
      int fromX,
      float[] h,
      int hAt,
      int fromH,
      float[] start,
      float[] sums) {
    MemorySegment w = packed.weights;
    float[] inputScales = packed.inputScales;
    float[] recurrentScales = packed.recurrentScales;
    int inputs = packed.inputs;
    int e0 = packed.offset(panel) + lane * Integer.BYTES;
    int e1 = L == LANES ? packed.offset(panel + 1) : e0 + BYTES;
    int r0 = panel * ROWS + lane;
    int r1 = L == LANES ? r0 + ROWS : r0 + L;
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
      int at = k * COLUMN;
      IntVector w0 = fromMemorySegment(WORDS, w, e0 + at, ORDER);
      ia0 = ((FloatVector) w0.lanewise(LSHL, 24).convert(I2F, 0)).fma(v, ia0);
      ia1 = ((FloatVector) w0.lanewise(LSHL, 16).convert(I2F, 0)).fma(v, ia1);
      ia2 = ((FloatVector) w0.lanewise(LSHL, 8).convert(I2F, 0)).fma(v, ia2);
      ia3 = ((FloatVector) w0.convert(I2F, 0)).fma(v, ia3);
      IntVector w1 = fromMemorySegment(WORDS, w, e1 + at, ORDER);
      ib0 = ((FloatVector) w1.lanewise(LSHL, 24).convert(I2F, 0)).fma(v, ib0);
      ib1 = ((FloatVector) w1.lanewise(LSHL, 16).convert(I2F, 0)).fma(v, ib1);
      ib2 = ((FloatVector) w1.lanewise(LSHL, 8).convert(I2F, 0)).fma(v, ib2);
      ib3 = ((FloatVector) w1.convert(I2F, 0)).fma(v, ib3);
    }
    FloatVector ra0 = broadcast(SPECIES, PartialSums.empty(fromH));
    FloatVector ra1 = ra0;
    FloatVector ra2 = ra0;
    FloatVector ra3 = ra0;
    FloatVector rb0 = ra0;
    FloatVector rb1 = ra0;
    FloatVector rb2 = ra0;
    FloatVector rb3 = ra0;
    for (int k = 0; k < fromH; k++) {
      FloatVector v = broadcast(SPECIES, h[hAt + k]);
      int at = (inputs + k) * COLUMN;
      IntVector w0 = fromMemorySegment(WORDS, w, e0 + at, ORDER);
      ra0 = ((FloatVector) w0.lanewise(LSHL, 24).convert(I2F, 0)).fma(v, ra0);
      ra1 = ((FloatVector) w0.lanewise(LSHL, 16).convert(I2F, 0)).fma(v, ra1);
      ra2 = ((FloatVector) w0.lanewise(LSHL, 8).convert(I2F, 0)).fma(v, ra2);
      ra3 = ((FloatVector) w0.convert(I2F, 0)).fma(v, ra3);
      IntVector w1 = fromMemorySegment(WORDS, w, e1 + at, ORDER);
      rb0 = ((FloatVector) w1.lanewise(LSHL, 24).convert(I2F, 0)).fma(v, rb0);
      rb1 = ((FloatVector) w1.lanewise(LSHL, 16).convert(I2F, 0)).fma(v, rb1);
      rb2 = ((FloatVector) w1.lanewise(LSHL, 8).convert(I2F, 0)).fma(v, rb2);
      rb3 = ((FloatVector) w1.convert(I2F, 0)).fma(v, rb3);
    }
    ra0 = fromArray(SPECIES, recurrentScales, r0).fma(ra0, fromArray(SPECIES, start, r0));
    fromArray(SPECIES, inputScales, r0).mul(ia0).add(zero).add(ra0).intoArray(sums, r0);
    ra1 =
        fromArray(SPECIES, recurrentScales, r0 + LANES)
            .fma(ra1, fromArray(SPECIES, start, r0 + LANES));
    fromArray(SPECIES, inputScales, r0 + LANES)
        .mul(ia1)
        .add(zero)
        .add(ra1)
        .intoArray(sums, r0 + LANES);
    ra2 =
        fromArray(SPECIES, recurrentScales, r0 + 2 * LANES)
            .fma(ra2, fromArray(SPECIES, start, r0 + 2 * LANES));
    fromArray(SPECIES, inputScales, r0 + 2 * LANES)
        .mul(ia2)
        .add(zero)
        .add(ra2)
        .intoArray(sums, r0 + 2 * LANES);
    ra3 =
        fromArray(SPECIES, recurrentScales, r0 + 3 * LANES)
            .fma(ra3, fromArray(SPECIES, start, r0 + 3 * LANES));
    fromArray(SPECIES, inputScales, r0 + 3 * LANES)
        .mul(ia3)
        .add(zero)
        .add(ra3)
        .intoArray(sums, r0 + 3 * LANES);
    rb0 = fromArray(SPECIES, recurrentScales, r1).fma(rb0, fromArray(SPECIES, start, r1));
    fromArray(SPECIES, inputScales, r1).mul(ib0).add(zero).add(rb0).intoArray(sums, r1);
    rb1 =
        fromArray(SPECIES, recurrentScales, r1 + LANES)
            .fma(rb1, fromArray(SPECIES, start, r1 + LANES));
    fromArray(SPECIES, inputScales, r1 + LANES)
        .mul(ib1)
        .add(zero)
        .add(rb1)
        .intoArray(sums, r1 + LANES);
    rb2 =
        fromArray(SPECIES, recurrentScales, r1 + 2 * LANES)
            .fma(rb2, fromArray(SPECIES, start, r1 + 2 * LANES));
    fromArray(SPECIES, inputScales, r1 + 2 * LANES)
        .mul(ib2)
        .add(zero)
        .add(rb2)
        .intoArray(sums, r1 + 2 * LANES);
    rb3 =
        fromArray(SPECIES, recurrentScales, r1 + 3 * LANES)
            .fma(rb3, fromArray(SPECIES, start, r1 + 3 * LANES));
    fromArray(SPECIES, inputScales, r1 + 3 * LANES)
        .mul(ib3)
        .add(zero)
        .add(rb3)
        .intoArray(sums, r1 + 3 * LANES);
  }

  /** As {@link #two}, for the last panel of an odd number at 512 bits. */
  private static void one(
      PackedInt8 packed,
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
    float[] inputScales = packed.inputScales;
    float[] recurrentScales = packed.recurrentScales;
    int inputs = packed.inputs;
    int e0 = packed.offset(panel);
    int r0 = panel * ROWS;
    FloatVector zero = broadcast(SPECIES, PartialSums.empty(fromX));
    FloatVector ia0 = zero;
    FloatVector ia1 = ia0;
    FloatVector ia2 = ia0;
    FloatVector ia3 = ia0;
    for (int k = 0; k < fromX; k++) {
      FloatVector v = broadcast(SPECIES, x[xAt + k]);
      int at = k * COLUMN;
      IntVector w0 = fromMemorySegment(WORDS, w, e0 + at, ORDER);
      ia0 = ((FloatVector) w0.lanewise(LSHL, 24).convert(I2F, 0)).fma(v, ia0);
      ia1 = ((FloatVector) w0.lanewise(LSHL, 16).convert(I2F, 0)).fma(v, ia1);
      ia2 = ((FloatVector) w0.lanewise(LSHL, 8).convert(I2F, 0)).fma(v, ia2);
      ia3 = ((FloatVector) w0.convert(I2F, 0)).fma(v, ia3);
    }
    FloatVector ra0 = broadcast(SPECIES, PartialSums.empty(fromH));
    FloatVector ra1 = ra0;
    FloatVector ra2 = ra0;
    FloatVector ra3 = ra0;
    for (int k = 0; k < fromH; k++) {
      FloatVector v = broadcast(SPECIES, h[hAt + k]);
      int at = (inputs + k) * COLUMN;
      IntVector w0 = fromMemorySegment(WORDS, w, e0 + at, ORDER);
      ra0 = ((FloatVector) w0.lanewise(LSHL, 24).convert(I2F, 0)).fma(v, ra0);
      ra1 = ((FloatVector) w0.lanewise(LSHL, 16).convert(I2F, 0)).fma(v, ra1);
      ra2 = ((FloatVector) w0.lanewise(LSHL, 8).convert(I2F, 0)).fma(v, ra2);
      ra3 = ((FloatVector) w0.convert(I2F, 0)).fma(v, ra3);
    }
    ra0 = fromArray(SPECIES, recurrentScales, r0).fma(ra0, fromArray(SPECIES, start, r0));
    fromArray(SPECIES, inputScales, r0).mul(ia0).add(zero).add(ra0).intoArray(sums, r0);
    ra1 =
        fromArray(SPECIES, recurrentScales, r0 + LANES)
            .fma(ra1, fromArray(SPECIES, start, r0 + LANES));
    fromArray(SPECIES, inputScales, r0 + LANES)
        .mul(ia1)
        .add(zero)
        .add(ra1)
        .intoArray(sums, r0 + LANES);
    ra2 =
        fromArray(SPECIES, recurrentScales, r0 + 2 * LANES)
            .fma(ra2, fromArray(SPECIES, start, r0 + 2 * LANES));
    fromArray(SPECIES, inputScales, r0 + 2 * LANES)
        .mul(ia2)
        .add(zero)
        .add(ra2)
        .intoArray(sums, r0 + 2 * LANES);
    ra3 =
        fromArray(SPECIES, recurrentScales, r0 + 3 * LANES)
            .fma(ra3, fromArray(SPECIES, start, r0 + 3 * LANES));
    fromArray(SPECIES, inputScales, r0 + 3 * LANES)
        .mul(ia3)
        .add(zero)
        .add(ra3)
        .intoArray(sums, r0 + 3 * LANES);
  }
}
