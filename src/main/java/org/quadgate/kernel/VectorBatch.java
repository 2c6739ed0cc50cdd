// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

import static jdk.incubator.vector.FloatVector.fromArray;
import static jdk.incubator.vector.IntVector.fromMemorySegment;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;
import static org.quadgate.kernel.Activations.EXPONENT_SHIFT;
import static org.quadgate.kernel.VectorCells.HALF;
import static org.quadgate.kernel.VectorCells.LN2_HIGH;
import static org.quadgate.kernel.VectorCells.LN2_LOW;
import static org.quadgate.kernel.VectorCells.MINUS_HALF;
import static org.quadgate.kernel.VectorCells.MINUS_HALF_LN2;
import static org.quadgate.kernel.VectorCells.MINUS_LOG2_E;
import static org.quadgate.kernel.VectorCells.MINUS_ONE;
import static org.quadgate.kernel.VectorCells.ONE;
import static org.quadgate.kernel.VectorCells.P2;
import static org.quadgate.kernel.VectorCells.P3;
import static org.quadgate.kernel.VectorCells.P4;
import static org.quadgate.kernel.VectorCells.P5;
import static org.quadgate.kernel.VectorCells.P6;
import static org.quadgate.kernel.VectorCells.Q1;
import static org.quadgate.kernel.VectorCells.Q2;
import static org.quadgate.kernel.VectorCells.Q3;
import static org.quadgate.kernel.VectorCells.Q4;
import static org.quadgate.kernel.VectorCells.Q5;
import static org.quadgate.kernel.VectorCells.ROUND;
import static org.quadgate.kernel.VectorCells.SIGMOID_MAX;
import static org.quadgate.kernel.VectorCells.SIGMOID_MIN;
import static org.quadgate.kernel.VectorCells.TANH_MAX;
import static org.quadgate.kernel.VectorCells.TANH_MIN;
import static org.quadgate.kernel.VectorCells.TWO_LOG2_E;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/** {@link ScalarBatch}, a vector at a time. As in {@link VectorCells}, no vector passes a call. */
final class VectorBatch implements BatchKernels {
  private static final VectorSpecies<Float> SPECIES = VectorKernels.SPECIES;
  private static final VectorSpecies<Integer> WORDS = SPECIES.withLanes(int.class);
  private static final int L = SPECIES.length();
  private static final int BYTES = SPECIES.vectorByteSize();
  private static final int ROWS = Panels.ROWS;
  private static final int LANES = Panels.LANES;
  private static final int GROUP_BYTES = LANES * Float.BYTES;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  @Override
  public void multiply(RowProduct p) {
    VectorRowProduct.multiply(p);
  }

  @Override
  public void widenBf16(MemorySegment words, int at, int groups, MemorySegment to) {
    for (int lane = 0; lane < GROUP_BYTES; lane += BYTES) {
      for (int group = 0; group < groups; group++) {
        int low = group * 2 * GROUP_BYTES + lane;
        IntVector w = fromMemorySegment(WORDS, words, at + lane + group * GROUP_BYTES, ORDER);
        w.lanewise(LSHL, 16).intoMemorySegment(to, low, ORDER);
        w.intoMemorySegment(to, low + GROUP_BYTES, ORDER);
      }
    }
  }

  @Override
  public void widenInt8(MemorySegment words, int at, int groups, MemorySegment to) {
    for (int lane = 0; lane < GROUP_BYTES; lane += BYTES) {
      for (int group = 0; group < groups; group++) {
        int slot = group * 4 * GROUP_BYTES + lane;
        IntVector w = fromMemorySegment(WORDS, words, at + lane + group * GROUP_BYTES, ORDER);
        FloatVector v = (FloatVector) w.lanewise(LSHL, 24).convert(I2F, 0);
        v.intoMemorySegment(to, slot, ORDER);
        v = (FloatVector) w.lanewise(LSHL, 16).convert(I2F, 0);
        v.intoMemorySegment(to, slot + GROUP_BYTES, ORDER);
        v = (FloatVector) w.lanewise(LSHL, 8).convert(I2F, 0);
        v.intoMemorySegment(to, slot + 2 * GROUP_BYTES, ORDER);
        v = (FloatVector) w.convert(I2F, 0);
        v.intoMemorySegment(to, slot + 3 * GROUP_BYTES, ORDER);
      }
    }
  }

  @Override
  public void scaleInput(float[] scales, int at, float[] sums, int sumsAt, int sumsRow, int rows) {
    for (int j = 0; j < ROWS; j += L) {
      FloatVector scale = fromArray(SPECIES, scales, at + j);
      for (int row = 0; row < rows; row++) {
        int s = sumsAt + row * sumsRow + j;
        scale.mul(fromArray(SPECIES, sums, s)).intoArray(sums, s);
      }
    }
  }

  @Override
  public void scaleRecurrent(float[] scales, float[] start, int at, float[] sums, int rows) {
    for (int j = 0; j < ROWS; j += L) {
      FloatVector scale = fromArray(SPECIES, scales, at + j);
      FloatVector from = fromArray(SPECIES, start, at + j);
      for (int s = j; s < rows * ROWS; s += ROWS) {
        scale.fma(fromArray(SPECIES, sums, s), from).intoArray(sums, s);
      }
    }
  }

  @Override
  public void lstmCells(
      float[] input,
      int inputAt,
      float[] recurrent,
      int cells,
      float[] c,
      int[] cAt,
      int cFrom,
      float[] h,
      int hAt,
      int hStep) {
    FloatVector zero = FloatVector.zero(SPECIES);
    for (int j = 0; j < cells * LANES; j += L) {
      int cell = j / LANES;
      int lane = j % LANES;
      int z = cell * ROWS + lane;
      int zi = inputAt + z;
      int unit = cAt[cell] + cFrom + lane;
      FloatVector i = fromArray(SPECIES, input, zi);
      i = i.add(zero).add(fromArray(SPECIES, recurrent, z));
      i = i.blend(SIGMOID_MIN, i.compare(LT, SIGMOID_MIN));
      i = i.blend(SIGMOID_MAX, i.compare(GT, SIGMOID_MAX));
      FloatVector it = i.fma(MINUS_LOG2_E, ROUND);
      FloatVector in = it.sub(ROUND);
      FloatVector ir = in.fma(LN2_LOW, in.fma(LN2_HIGH, i));
      FloatVector ip = P6.fma(ir, P5).fma(ir, P4).fma(ir, P3).fma(ir, P2);
      ip = ip.fma(ir, MINUS_ONE).fma(ir, ONE);
      FloatVector is = it.reinterpretAsInts().lanewise(LSHL, EXPONENT_SHIFT).reinterpretAsFloats();
      i = ONE.div(ip.fma(is, ONE));
      FloatVector f = fromArray(SPECIES, input, zi + LANES);
      f = f.add(zero).add(fromArray(SPECIES, recurrent, z + LANES));
      f = f.blend(SIGMOID_MIN, f.compare(LT, SIGMOID_MIN));
      f = f.blend(SIGMOID_MAX, f.compare(GT, SIGMOID_MAX));
      FloatVector ft = f.fma(MINUS_LOG2_E, ROUND);
      FloatVector fn = ft.sub(ROUND);
      FloatVector fr = fn.fma(LN2_LOW, fn.fma(LN2_HIGH, f));
      FloatVector fp = P6.fma(fr, P5).fma(fr, P4).fma(fr, P3).fma(fr, P2);
      fp = fp.fma(fr, MINUS_ONE).fma(fr, ONE);
      FloatVector fs = ft.reinterpretAsInts().lanewise(LSHL, EXPONENT_SHIFT).reinterpretAsFloats();
      f = ONE.div(fp.fma(fs, ONE));
      FloatVector g = fromArray(SPECIES, input, zi + 2 * LANES);
      g = g.add(zero).add(fromArray(SPECIES, recurrent, z + 2 * LANES));
      g = g.blend(TANH_MIN, g.compare(LT, TANH_MIN));
      g = g.blend(TANH_MAX, g.compare(GT, TANH_MAX));
      FloatVector gt = g.fma(TWO_LOG2_E, ROUND);
      FloatVector gr = gt.sub(ROUND).fma(MINUS_HALF_LN2, g);
      FloatVector gq = Q5.fma(gr, Q4).fma(gr, Q3).fma(gr, Q2).fma(gr, Q1);
      gq = gr.mul(gr).fma(gq, gr);
      FloatVector gs = gt.reinterpretAsInts().lanewise(LSHL, EXPONENT_SHIFT).reinterpretAsFloats();
      FloatVector gm = gq.fma(gs, gs.fma(HALF, MINUS_HALF));
      g = gm.div(gm.add(ONE));
      FloatVector o = fromArray(SPECIES, input, zi + 3 * LANES);
      o = o.add(zero).add(fromArray(SPECIES, recurrent, z + 3 * LANES));
      o = o.blend(SIGMOID_MIN, o.compare(LT, SIGMOID_MIN));
      o = o.blend(SIGMOID_MAX, o.compare(GT, SIGMOID_MAX));
      FloatVector ot = o.fma(MINUS_LOG2_E, ROUND);
      FloatVector on = ot.sub(ROUND);
      FloatVector or = on.fma(LN2_LOW, on.fma(LN2_HIGH, o));
      FloatVector op = P6.fma(or, P5).fma(or, P4).fma(or, P3).fma(or, P2);
      op = op.fma(or, MINUS_ONE).fma(or, ONE);
      FloatVector os = ot.reinterpretAsInts().lanewise(LSHL, EXPONENT_SHIFT).reinterpretAsFloats();
      o = ONE.div(op.fma(os, ONE));
      FloatVector v = f.fma(fromArray(SPECIES, c, unit), i.mul(g));
      v.intoArray(c, unit);
      v = v.blend(TANH_MIN, v.compare(LT, TANH_MIN));
      v = v.blend(TANH_MAX, v.compare(GT, TANH_MAX));
      FloatVector vt = v.fma(TWO_LOG2_E, ROUND);
      FloatVector vr = vt.sub(ROUND).fma(MINUS_HALF_LN2, v);
      FloatVector vq = Q5.fma(vr, Q4).fma(vr, Q3).fma(vr, Q2).fma(vr, Q1);
      vq = vr.mul(vr).fma(vq, vr);
      FloatVector vs = vt.reinterpretAsInts().lanewise(LSHL, EXPONENT_SHIFT).reinterpretAsFloats();
      FloatVector vm = vq.fma(vs, vs.fma(HALF, MINUS_HALF));
      v = vm.div(vm.add(ONE));
      o.mul(v).intoArray(h, hAt + cell * hStep + lane);
    }
  }

  @Override
  public void tanhCells(
      float[] input, int inputAt, float[] recurrent, int cells, float[] h, int hAt, int hStep) {
    FloatVector zero = FloatVector.zero(SPECIES);
    for (int j = 0; j < cells * ROWS; j += L) {
      FloatVector v = fromArray(SPECIES, input, inputAt + j);
      v = v.add(zero).add(fromArray(SPECIES, recurrent, j));
      v = v.blend(TANH_MIN, v.compare(LT, TANH_MIN));
      v = v.blend(TANH_MAX, v.compare(GT, TANH_MAX));
      FloatVector t = v.fma(TWO_LOG2_E, ROUND);
      FloatVector r = t.sub(ROUND).fma(MINUS_HALF_LN2, v);
      FloatVector q = Q5.fma(r, Q4).fma(r, Q3).fma(r, Q2).fma(r, Q1);
      q = r.mul(r).fma(q, r);
      FloatVector scale =
          t.reinterpretAsInts().lanewise(LSHL, EXPONENT_SHIFT).reinterpretAsFloats();
      FloatVector m = q.fma(scale, scale.fma(HALF, MINUS_HALF));
      m.div(m.add(ONE)).intoArray(h, hAt + j / ROWS * hStep + j % ROWS);
    }
  }
}
