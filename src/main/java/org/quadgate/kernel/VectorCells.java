// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

import static jdk.incubator.vector.FloatVector.fromArray;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;
import static org.quadgate.kernel.Activations.EXPONENT_SHIFT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The cells of {@link ScalarKernels} and σ and tanh of {@link Activations}, a vector at a time.
 *
 * <p>No method here takes or returns a vector. C2 stops inlining ordinary methods once a
 * compilation has made 18,000 nodes, two activations' worth, and a vector that crosses a call is
 * boxed; methods of the Vector API are inlined even then. Hence tanh is written out twice, and
 * constants are vectors already.
 */
final class VectorCells {
  private static final VectorSpecies<Float> SPECIES = VectorKernels.SPECIES;
  private static final int L = SPECIES.length();
  private static final int ROWS = Panels.ROWS;
  private static final int LANES = Panels.LANES;

  static final FloatVector ROUND = all(Activations.ROUND);
  static final FloatVector HALF = all(0.5f);
  static final FloatVector MINUS_HALF = all(-0.5f);
  static final FloatVector ONE = all(1f);
  static final FloatVector MINUS_ONE = all(-1f);
  static final FloatVector SIGMOID_MIN = all(Activations.SIGMOID_MIN);
  static final FloatVector SIGMOID_MAX = all(Activations.SIGMOID_MAX);
  static final FloatVector MINUS_LOG2_E = all(Activations.MINUS_LOG2_E);
  static final FloatVector LN2_HIGH = all(Activations.LN2_HIGH);
  static final FloatVector LN2_LOW = all(Activations.LN2_LOW);
  static final FloatVector P2 = all(Activations.P2);
  static final FloatVector P3 = all(Activations.P3);
  static final FloatVector P4 = all(Activations.P4);
  static final FloatVector P5 = all(Activations.P5);
  static final FloatVector P6 = all(Activations.P6);
  static final FloatVector TANH_MIN = all(-Activations.TANH_LIMIT);
  static final FloatVector TANH_MAX = all(Activations.TANH_LIMIT);
  static final FloatVector TWO_LOG2_E = all(Activations.TWO_LOG2_E);
  static final FloatVector MINUS_HALF_LN2 = all(Activations.MINUS_HALF_LN2);
  static final FloatVector Q1 = all(Activations.Q1);
  static final FloatVector Q2 = all(Activations.Q2);
  static final FloatVector Q3 = all(Activations.Q3);
  static final FloatVector Q4 = all(Activations.Q4);
  static final FloatVector Q5 = all(Activations.Q5);

  private VectorCells() {}

  private static FloatVector all(float value) {
    return FloatVector.broadcast(SPECIES, value);
  }

  static void lstm(float[] gates, int from, int to, float[] c, float[] h) {
    int units = to * LANES;
    for (int unit = from * LANES; unit < units; unit += L) {
      int z = unit / LANES * ROWS + unit % LANES;
      FloatVector i = fromArray(SPECIES, gates, z);
      i = i.blend(SIGMOID_MIN, i.compare(LT, SIGMOID_MIN));
      i = i.blend(SIGMOID_MAX, i.compare(GT, SIGMOID_MAX));
      FloatVector it = i.fma(MINUS_LOG2_E, ROUND);
      FloatVector in = it.sub(ROUND);
      FloatVector ir = in.fma(LN2_LOW, in.fma(LN2_HIGH, i));
      FloatVector ip = P6.fma(ir, P5).fma(ir, P4).fma(ir, P3).fma(ir, P2);
      ip = ip.fma(ir, MINUS_ONE).fma(ir, ONE);
      FloatVector is = it.reinterpretAsInts().lanewise(LSHL, EXPONENT_SHIFT).reinterpretAsFloats();
      i = ONE.div(ip.fma(is, ONE));
      i.intoArray(gates, z);
      FloatVector f = fromArray(SPECIES, gates, z + LANES);
      f = f.blend(SIGMOID_MIN, f.compare(LT, SIGMOID_MIN));
      f = f.blend(SIGMOID_MAX, f.compare(GT, SIGMOID_MAX));
      FloatVector ft = f.fma(MINUS_LOG2_E, ROUND);
      FloatVector fn = ft.sub(ROUND);
      FloatVector fr = fn.fma(LN2_LOW, fn.fma(LN2_HIGH, f));
      FloatVector fp = P6.fma(fr, P5).fma(fr, P4).fma(fr, P3).fma(fr, P2);
      fp = fp.fma(fr, MINUS_ONE).fma(fr, ONE);
      FloatVector fs = ft.reinterpretAsInts().lanewise(LSHL, EXPONENT_SHIFT).reinterpretAsFloats();
      f = ONE.div(fp.fma(fs, ONE));
      f.intoArray(gates, z + LANES);
      FloatVector g = fromArray(SPECIES, gates, z + 2 * LANES);
      g = g.blend(TANH_MIN, g.compare(LT, TANH_MIN));
      g = g.blend(TANH_MAX, g.compare(GT, TANH_MAX));
      FloatVector gt = g.fma(TWO_LOG2_E, ROUND);
      FloatVector gr = gt.sub(ROUND).fma(MINUS_HALF_LN2, g);
      FloatVector gq = Q5.fma(gr, Q4).fma(gr, Q3).fma(gr, Q2).fma(gr, Q1);
      gq = gr.mul(gr).fma(gq, gr);
      FloatVector gs = gt.reinterpretAsInts().lanewise(LSHL, EXPONENT_SHIFT).reinterpretAsFloats();
      FloatVector gm = gq.fma(gs, gs.fma(HALF, MINUS_HALF));
      g = gm.div(gm.add(ONE));
      g.intoArray(gates, z + 2 * LANES);
      FloatVector o = fromArray(SPECIES, gates, z + 3 * LANES);
      o = o.blend(SIGMOID_MIN, o.compare(LT, SIGMOID_MIN));
      o = o.blend(SIGMOID_MAX, o.compare(GT, SIGMOID_MAX));
      FloatVector ot = o.fma(MINUS_LOG2_E, ROUND);
      FloatVector on = ot.sub(ROUND);
      FloatVector or = on.fma(LN2_LOW, on.fma(LN2_HIGH, o));
      FloatVector op = P6.fma(or, P5).fma(or, P4).fma(or, P3).fma(or, P2);
      op = op.fma(or, MINUS_ONE).fma(or, ONE);
      FloatVector os = ot.reinterpretAsInts().lanewise(LSHL, EXPONENT_SHIFT).reinterpretAsFloats();
      o = ONE.div(op.fma(os, ONE));
      o.intoArray(gates, z + 3 * LANES);
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
      o.mul(v).intoArray(h, unit);
    }
  }

  /** tanh of {@code count} values, a whole number of vectors. */
  static void tanh(float[] x, int from, float[] y, int to, int count) {
    for (int j = 0; j < count; j += L) {
      FloatVector v = fromArray(SPECIES, x, from + j);
      v = v.blend(TANH_MIN, v.compare(LT, TANH_MIN));
      v = v.blend(TANH_MAX, v.compare(GT, TANH_MAX));
      FloatVector t = v.fma(TWO_LOG2_E, ROUND);
      FloatVector r = t.sub(ROUND).fma(MINUS_HALF_LN2, v);
      FloatVector q = Q5.fma(r, Q4).fma(r, Q3).fma(r, Q2).fma(r, Q1);
      q = r.mul(r).fma(q, r);
      FloatVector scale =
          t.reinterpretAsInts().lanewise(LSHL, EXPONENT_SHIFT).reinterpretAsFloats();
      FloatVector m = q.fma(scale, scale.fma(HALF, MINUS_HALF));
      m.div(m.add(ONE)).intoArray(y, to + j);
    }
  }
}
