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
import org.quadgate.kernel.PartialSums;

/** Gate sums over {@link PackedBf16}: each vector of words feeds two accumulators. */
final class VectorBf16 {
  private static final VectorSpecies<Float> SPECIES = VectorKernels.SPECIES;
  private static final VectorSpecies<Integer> WORDS = SPECIES.withLanes(int.class);
  private static final int L = SPECIES.length();
  private static final int ROWS = PanelShape.ROWS;
  private static final int LANES = PanelShape.LANES;
  private static final int BYTES = SPECIES.vectorByteSize();

  /** Bytes of a column of a full panel. */
  private static final int STRIDE = ROWS / 2 * Integer.BYTES;

  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private VectorBf16() {}

  static void sums(
      PackedBf16 w,
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
      for (; panel + PackedBf16.WIDE <= full; panel += PackedBf16.WIDE) {
        float[] from = start;
        if (fromH > 0) {
          VectorBf16Wide.recurrent(w, panel, h, hAt, start, sums);
          from = sums;
        }
        if (fromX > 0) {
          VectorBf16Wide.input(w, panel, x, xAt, from, sums);
        }
      }
      for (; panel + 1 < full; panel += 2) {
        four(w, panel, 0, x, xAt, fromX, h, hAt, fromH, start, sums);
      }
    } else {
      // at 256 bits four vectors are a whole column, at 128 bits one of its two pairs of groups
      for (; panel < full; panel++) {
        for (int word = 0; word * Integer.BYTES < STRIDE; word += 4 * L) {
          four(w, panel, word, x, xAt, fromX, h, hAt, fromH, start, sums);
        }
      }
    }
    for (; panel < w.to; panel++) {
      for (int word = 0; word * Integer.BYTES < w.stride(panel); word += 2 * L) {
        two(w, panel, word, x, xAt, fromX, h, hAt, fromH, start, sums);
      }
    }
  }

  /** The row of a word's low half within its panel; the high half's is 16 further. */
  static int lowRow(int word) {
    return word / LANES * 2 * LANES + word % LANES;
  }

  /**
   * Four vectors of words from {@code word} of a panel's columns: at 512 bits they are two panels.
   */
  private static void four(
      PackedBf16 packed,
      int panel,
      int word,
      float[] x,
      int xAt,
      int fromX,
      float[] h,
      int hAt,
      int fromH,
      float[] start,
      float[] sums) {
    MemorySegment w = packed.weights;
    int inputs = packed.inputs;
    int e0 = packed.offset(panel) + word * Integer.BYTES;
    int e1 = e0 + BYTES;
    int e2 = L == LANES ? packed.offset(panel + 1) : e0 + 2 * BYTES;
    int e3 = e2 + BYTES;
    int row = panel * ROWS;
    int r0 = row + lowRow(word);
    int r1 = row + lowRow(word + L);
    int r2 = L == LANES ? row + ROWS : row + lowRow(word + 2 * L);
    int r3 = L == LANES ? row + ROWS + 2 * LANES : row + lowRow(word + 3 * L);
    FloatVector zero = broadcast(SPECIES, PartialSums.empty(fromX));
    FloatVector il0 = zero;
    FloatVector ih0 = il0;
    FloatVector il1 = il0;
    FloatVector ih1 = il0;
    FloatVector il2 = il0;
    FloatVector ih2 = il0;
    FloatVector il3 = il0;
    FloatVector ih3 = il0;
    for (int k = 0; k < fromX; k++) {
      FloatVector v = broadcast(SPECIES, x[xAt + k]);
      int a = k * STRIDE;
      IntVector w0 = fromMemorySegment(WORDS, w, e0 + a, ORDER);
      il0 = w0.lanewise(LSHL, 16).reinterpretAsFloats().fma(v, il0);
      ih0 = w0.reinterpretAsFloats().fma(v, ih0);
      IntVector w1 = fromMemorySegment(WORDS, w, e1 + a, ORDER);
      il1 = w1.lanewise(LSHL, 16).reinterpretAsFloats().fma(v, il1);
      ih1 = w1.reinterpretAsFloats().fma(v, ih1);
      IntVector w2 = fromMemorySegment(WORDS, w, e2 + a, ORDER);
      il2 = w2.lanewise(LSHL, 16).reinterpretAsFloats().fma(v, il2);
      ih2 = w2.reinterpretAsFloats().fma(v, ih2);
      IntVector w3 = fromMemorySegment(WORDS, w, e3 + a, ORDER);
      il3 = w3.lanewise(LSHL, 16).reinterpretAsFloats().fma(v, il3);
      ih3 = w3.reinterpretAsFloats().fma(v, ih3);
    }
    FloatVector rl0 = fromArray(SPECIES, start, r0);
    FloatVector rh0 = fromArray(SPECIES, start, r0 + LANES);
    FloatVector rl1 = fromArray(SPECIES, start, r1);
    FloatVector rh1 = fromArray(SPECIES, start, r1 + LANES);
    FloatVector rl2 = fromArray(SPECIES, start, r2);
    FloatVector rh2 = fromArray(SPECIES, start, r2 + LANES);
    FloatVector rl3 = fromArray(SPECIES, start, r3);
    FloatVector rh3 = fromArray(SPECIES, start, r3 + LANES);
    for (int k = 0; k < fromH; k++) {
      FloatVector v = broadcast(SPECIES, h[hAt + k]);
      int a = (inputs + k) * STRIDE;
      IntVector w0 = fromMemorySegment(WORDS, w, e0 + a, ORDER);
      rl0 = w0.lanewise(LSHL, 16).reinterpretAsFloats().fma(v, rl0);
      rh0 = w0.reinterpretAsFloats().fma(v, rh0);
      IntVector w1 = fromMemorySegment(WORDS, w, e1 + a, ORDER);
      rl1 = w1.lanewise(LSHL, 16).reinterpretAsFloats().fma(v, rl1);
      rh1 = w1.reinterpretAsFloats().fma(v, rh1);
      IntVector w2 = fromMemorySegment(WORDS, w, e2 + a, ORDER);
      rl2 = w2.lanewise(LSHL, 16).reinterpretAsFloats().fma(v, rl2);
      rh2 = w2.reinterpretAsFloats().fma(v, rh2);
      IntVector w3 = fromMemorySegment(WORDS, w, e3 + a, ORDER);
      rl3 = w3.lanewise(LSHL, 16).reinterpretAsFloats().fma(v, rl3);
      rh3 = w3.reinterpretAsFloats().fma(v, rh3);
    }
    il0.add(zero).add(rl0).intoArray(sums, r0);
    ih0.add(zero).add(rh0).intoArray(sums, r0 + LANES);
    il1.add(zero).add(rl1).intoArray(sums, r1);
    ih1.add(zero).add(rh1).intoArray(sums, r1 + LANES);
    il2.add(zero).add(rl2).intoArray(sums, r2);
    ih2.add(zero).add(rh2).intoArray(sums, r2 + LANES);
    il3.add(zero).add(rl3).intoArray(sums, r3);
    ih3.add(zero).add(rh3).intoArray(sums, r3 + LANES);
  }

  /** As {@link #four}, two vectors of a last panel that has no neighbour or is narrow. */
  private static void two(
      PackedBf16 packed,
      int panel,
      int word,
      float[] x,
      int xAt,
      int fromX,
      float[] h,
      int hAt,
      int fromH,
      float[] start,
      float[] sums) {
    MemorySegment w = packed.weights;
    int inputs = packed.inputs;
    int stride = packed.stride(panel);
    int e0 = packed.offset(panel) + word * Integer.BYTES;
    int e1 = e0 + BYTES;
    int r0 = panel * ROWS + lowRow(word);
    int r1 = panel * ROWS + lowRow(word + L);
    FloatVector zero = broadcast(SPECIES, PartialSums.empty(fromX));
    FloatVector il0 = zero;
    FloatVector ih0 = il0;
    FloatVector il1 = il0;
    FloatVector ih1 = il0;
    for (int k = 0; k < fromX; k++) {
      FloatVector v = broadcast(SPECIES, x[xAt + k]);
      int s = k * stride;
      IntVector w0 = fromMemorySegment(WORDS, w, e0 + s, ORDER);
      il0 = w0.lanewise(LSHL, 16).reinterpretAsFloats().fma(v, il0);
      ih0 = w0.reinterpretAsFloats().fma(v, ih0);
      IntVector w1 = fromMemorySegment(WORDS, w, e1 + s, ORDER);
      il1 = w1.lanewise(LSHL, 16).reinterpretAsFloats().fma(v, il1);
      ih1 = w1.reinterpretAsFloats().fma(v, ih1);
    }
    FloatVector rl0 = fromArray(SPECIES, start, r0);
    FloatVector rh0 = fromArray(SPECIES, start, r0 + LANES);
    FloatVector rl1 = fromArray(SPECIES, start, r1);
    FloatVector rh1 = fromArray(SPECIES, start, r1 + LANES);
    for (int k = 0; k < fromH; k++) {
      FloatVector v = broadcast(SPECIES, h[hAt + k]);
      int s = (inputs + k) * stride;
      IntVector w0 = fromMemorySegment(WORDS, w, e0 + s, ORDER);
      rl0 = w0.lanewise(LSHL, 16).reinterpretAsFloats().fma(v, rl0);
      rh0 = w0.reinterpretAsFloats().fma(v, rh0);
      IntVector w1 = fromMemorySegment(WORDS, w, e1 + s, ORDER);
      rl1 = w1.lanewise(LSHL, 16).reinterpretAsFloats().fma(v, rl1);
      rh1 = w1.reinterpretAsFloats().fma(v, rh1);
    }
    il0.add(zero).add(rl0).intoArray(sums, r0);
    ih0.add(zero).add(rh0).intoArray(sums, r0 + LANES);
    il1.add(zero).add(rl1).intoArray(sums, r1);
    ih1.add(zero).add(rh1).intoArray(sums, r1 + LANES);
  }
}
