// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel.vector;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;
import org.quadgate.kernel.PackedBf16;
import org.quadgate.kernel.PackedFp32;
import org.quadgate.kernel.PackedInt8;
import org.quadgate.kernel.PanelShape;

/**
 * Input sums over the columns whose x is not zero. The bounds checks stay in these loops, because
 * the columns come from a list, so a column costs more than in a dense loop.
 */
final class VectorSparse {
  private static final VectorSpecies<Float> SPECIES = VectorKernels.SPECIES;
  private static final VectorSpecies<Integer> WORDS = SPECIES.withLanes(int.class);
  private static final int L = SPECIES.length();
  private static final int ROWS = PanelShape.ROWS;
  private static final int LANES = PanelShape.LANES;
  private static final int BYTES = SPECIES.vectorByteSize();
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private VectorSparse() {}

  static void sums(
      PackedFp32 w, int[] columns, int count, float[] x, int xAt, float[] start, float[] sums) {
    for (int panel = w.from; panel < w.to; panel++) {
      int stride = w.stride(panel);
      for (int byteAt = 0; byteAt < stride; byteAt += 4 * BYTES) {
        four(w, panel, byteAt, columns, count, x, xAt, start, sums);
      }
    }
  }

  private static void four(
      PackedFp32 packed,
      int panel,
      int byteAt,
      int[] columns,
      int count,
      float[] x,
      int xAt,
      float[] start,
      float[] sums) {
    MemorySegment w = packed.weights;
    int at = packed.offset(panel) + byteAt;
    int stride = packed.stride(panel);
    int row = panel * ROWS + byteAt / Float.BYTES;
    FloatVector a0 = FloatVector.zero(SPECIES);
    FloatVector a1 = a0;
    FloatVector a2 = a0;
    FloatVector a3 = a0;
    for (int j = 0; j < count; j++) {
      int k = columns[j];
      FloatVector v = broadcast(SPECIES, x[xAt + k]);
      int p = at + k * stride;
      a0 = FloatVector.fromMemorySegment(SPECIES, w, p, ORDER).fma(v, a0);
      a1 = FloatVector.fromMemorySegment(SPECIES, w, p + BYTES, ORDER).fma(v, a1);
      a2 = FloatVector.fromMemorySegment(SPECIES, w, p + 2 * BYTES, ORDER).fma(v, a2);
      a3 = FloatVector.fromMemorySegment(SPECIES, w, p + 3 * BYTES, ORDER).fma(v, a3);
    }
    FloatVector zero = FloatVector.zero(SPECIES);
    a0.add(zero).add(fromArray(SPECIES, start, row)).intoArray(sums, row);
    a1.add(zero).add(fromArray(SPECIES, start, row + L)).intoArray(sums, row + L);
    a2.add(zero).add(fromArray(SPECIES, start, row + 2 * L)).intoArray(sums, row + 2 * L);
    a3.add(zero).add(fromArray(SPECIES, start, row + 3 * L)).intoArray(sums, row + 3 * L);
  }

  static void sumsBf16(
      PackedBf16 w, int[] columns, int count, float[] x, int xAt, float[] start, float[] sums) {
    for (int panel = w.from; panel < w.to; panel++) {
      int stride = w.stride(panel);
      for (int byteAt = 0; byteAt < stride; byteAt += 2 * BYTES) {
        two(w, panel, byteAt, columns, count, x, xAt, start, sums);
      }
    }
  }

  private static void two(
      PackedBf16 packed,
      int panel,
      int byteAt,
      int[] columns,
      int count,
      float[] x,
      int xAt,
      float[] start,
      float[] sums) {
    MemorySegment w = packed.weights;
    int at = packed.offset(panel) + byteAt;
    int stride = packed.stride(panel);
    int r0 = panel * ROWS + VectorBf16.lowRow(byteAt / Integer.BYTES);
    int r1 = panel * ROWS + VectorBf16.lowRow(byteAt / Integer.BYTES + L);
    FloatVector a0 = FloatVector.zero(SPECIES);
    FloatVector a1 = a0;
    FloatVector a2 = a0;
    FloatVector a3 = a0;
    for (int j = 0; j < count; j++) {
      int k = columns[j];
      FloatVector v = broadcast(SPECIES, x[xAt + k]);
      int p = at + k * stride;
      IntVector w0 = IntVector.fromMemorySegment(WORDS, w, p, ORDER);
      a0 = w0.lanewise(LSHL, 16).reinterpretAsFloats().fma(v, a0);
      a1 = w0.reinterpretAsFloats().fma(v, a1);
      IntVector w1 = IntVector.fromMemorySegment(WORDS, w, p + BYTES, ORDER);
      a2 = w1.lanewise(LSHL, 16).reinterpretAsFloats().fma(v, a2);
      a3 = w1.reinterpretAsFloats().fma(v, a3);
    }
    FloatVector zero = FloatVector.zero(SPECIES);
    a0.add(zero).add(fromArray(SPECIES, start, r0)).intoArray(sums, r0);
    a1.add(zero).add(fromArray(SPECIES, start, r0 + LANES)).intoArray(sums, r0 + LANES);
    a2.add(zero).add(fromArray(SPECIES, start, r1)).intoArray(sums, r1);
    a3.add(zero).add(fromArray(SPECIES, start, r1 + LANES)).intoArray(sums, r1 + LANES);
  }

  static void sumsInt8(
      PackedInt8 w, int[] columns, int count, float[] x, int xAt, float[] start, float[] sums) {
    for (int panel = w.from; panel < w.to; panel++) {
      int stride = w.stride(panel);
      for (int byteAt = 0; byteAt < stride; byteAt += BYTES) {
        one(w, panel, byteAt, columns, count, x, xAt, start, sums);
      }
    }
  }

  private static void one(
      PackedInt8 packed,
      int panel,
      int byteAt,
      int[] columns,
      int count,
      float[] x,
      int xAt,
      float[] start,
      float[] sums) {
    MemorySegment w = packed.weights;
    int at = packed.offset(panel) + byteAt;
    int stride = packed.stride(panel);
    float[] scales = packed.inputScales;
    int row = panel * ROWS + byteAt / Integer.BYTES;
    FloatVector a0 = FloatVector.zero(SPECIES);
    FloatVector a1 = a0;
    FloatVector a2 = a0;
    FloatVector a3 = a0;
    for (int j = 0; j < count; j++) {
      int k = columns[j];
      FloatVector v = broadcast(SPECIES, x[xAt + k]);
      int p = at + k * stride;
      IntVector w0 = IntVector.fromMemorySegment(WORDS, w, p, ORDER);
      a0 = ((FloatVector) w0.lanewise(LSHL, 24).convert(I2F, 0)).fma(v, a0);
      a1 = ((FloatVector) w0.lanewise(LSHL, 16).convert(I2F, 0)).fma(v, a1);
      a2 = ((FloatVector) w0.lanewise(LSHL, 8).convert(I2F, 0)).fma(v, a2);
      a3 = ((FloatVector) w0.convert(I2F, 0)).fma(v, a3);
    }
    FloatVector zero = FloatVector.zero(SPECIES);
    fromArray(SPECIES, scales, row)
        .mul(a0)
        .add(zero)
        .add(fromArray(SPECIES, start, row))
        .intoArray(sums, row);
    fromArray(SPECIES, scales, row + LANES)
        .mul(a1)
        .add(zero)
        .add(fromArray(SPECIES, start, row + LANES))
        .intoArray(sums, row + LANES);
    fromArray(SPECIES, scales, row + 2 * LANES)
        .mul(a2)
        .add(zero)
        .add(fromArray(SPECIES, start, row + 2 * LANES))
        .intoArray(sums, row + 2 * LANES);
    fromArray(SPECIES, scales, row + 3 * LANES)
        .mul(a3)
        .add(zero)
        .add(fromArray(SPECIES, start, row + 3 * LANES))
        .intoArray(sums, row + 3 * LANES);
  }
}
