// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

import static jdk.incubator.vector.FloatVector.fromArray;
import static jdk.incubator.vector.VectorOperators.GT;
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

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The cells of training, one panel of many rows at a time. As in {@link VectorCells} no method
 * takes or returns a vector, so σ and tanh are written out once more, each in a loop of its own.
 */
final class VectorTrainingCells {
  private static final VectorSpecies<Float> SPECIES = VectorKernels.SPECIES;
  private static final int L = SPECIES.length();
  private static final int ROWS = Panels.ROWS;
  private static final int LANES = Panels.LANES;

  private VectorTrainingCells() {}

  /** gates = σ(gates + sums) for i, f and o. */
  static void sigmoids(float[] gates, int gatesAt, float[] sums, int sumsAt, int rows) {
    for (int slot = 0; slot < ROWS; slot = slot + L == 2 * LANES ? 3 * LANES : slot + L) {
      for (int row = 0; row < rows; row++) {
        int at = gatesAt + row * ROWS + slot;
        FloatVector v =
            fromArray(SPECIES, gates, at).add(fromArray(SPECIES, sums, sumsAt + row * ROWS + slot));
        v = v.blend(SIGMOID_MIN, v.compare(LT, SIGMOID_MIN));
        v = v.blend(SIGMOID_MAX, v.compare(GT, SIGMOID_MAX));
        FloatVector t = v.fma(MINUS_LOG2_E, ROUND);
        FloatVector n = t.sub(ROUND);
        FloatVector r = n.fma(LN2_LOW, n.fma(LN2_HIGH, v));
        FloatVector p =
            P6.fma(r, P5).fma(r, P4).fma(r, P3).fma(r, P2).fma(r, MINUS_ONE).fma(r, ONE);
        FloatVector scale =
            t.reinterpretAsInts().lanewise(LSHL, EXPONENT_SHIFT).reinterpretAsFloats();
        ONE.div(p.fma(scale, ONE)).intoArray(gates, at);
      }
    }
  }

  /** gates = tanh(gates + sums) for g. */
  static void tanh(float[] gates, int gatesAt, float[] sums, int sumsAt, int rows) {
    for (int slot = 2 * LANES; slot < 3 * LANES; slot += L) {
      for (int row = 0; row < rows; row++) {
        int at = gatesAt + row * ROWS + slot;
        FloatVector v =
            fromArray(SPECIES, gates, at).add(fromArray(SPECIES, sums, sumsAt + row * ROWS + slot));
        v = v.blend(TANH_MIN, v.compare(LT, TANH_MIN));
        v = v.blend(TANH_MAX, v.compare(GT, TANH_MAX));
        FloatVector t = v.fma(TWO_LOG2_E, ROUND);
        FloatVector r = t.sub(ROUND).fma(MINUS_HALF_LN2, v);
        FloatVector q = Q5.fma(r, Q4).fma(r, Q3).fma(r, Q2).fma(r, Q1);
        q = r.mul(r).fma(q, r);
        FloatVector scale =
            t.reinterpretAsInts().lanewise(LSHL, EXPONENT_SHIFT).reinterpretAsFloats();
        FloatVector m = q.fma(scale, scale.fma(HALF, MINUS_HALF));
        m.div(m.add(ONE)).intoArray(gates, at);
      }
    }
  }

  /** c' = f·c + i·g, tanh(c') and h' = o·tanh(c'). */
  static void states(
      float[] gates,
      int gatesAt,
      float[] cells,
      int before,
      int after,
      float[] tanhCells,
      int tanhAt,
      float[] hidden,
      int stride,
      int rows) {
    for (int lane = 0; lane < LANES; lane += L) {
      for (int row = 0; row < rows; row++) {
        int z = gatesAt + row * ROWS + lane;
        int unit = row * stride + lane;
        FloatVector taken =
            fromArray(SPECIES, gates, z).mul(fromArray(SPECIES, gates, z + 2 * LANES));
        FloatVector v =
            fromArray(SPECIES, gates, z + LANES)
                .fma(fromArray(SPECIES, cells, before + unit), taken);
        v.intoArray(cells, after + unit);
        v = v.blend(TANH_MIN, v.compare(LT, TANH_MIN));
        v = v.blend(TANH_MAX, v.compare(GT, TANH_MAX));
        FloatVector t = v.fma(TWO_LOG2_E, ROUND);
        FloatVector r = t.sub(ROUND).fma(MINUS_HALF_LN2, v);
        FloatVector q = Q5.fma(r, Q4).fma(r, Q3).fma(r, Q2).fma(r, Q1);
        q = r.mul(r).fma(q, r);
        FloatVector scale =
            t.reinterpretAsInts().lanewise(LSHL, EXPONENT_SHIFT).reinterpretAsFloats();
        FloatVector m = q.fma(scale, scale.fma(HALF, MINUS_HALF));
        FloatVector tanh = m.div(m.add(ONE));
        tanh.intoArray(tanhCells, tanhAt + unit);
        fromArray(SPECIES, gates, z + 3 * LANES).mul(tanh).intoArray(hidden, after + unit);
      }
    }
  }

  static void lstmBackward(
      float[] gates,
      int gatesAt,
      float[] cells,
      int before,
      float[] tanhCells,
      int tanhAt,
      float[] dh,
      float[] dc,
      int at,
      int stride,
      int rows) {
    for (int lane = 0; lane < LANES; lane += L) {
      for (int row = 0; row < rows; row++) {
        int z = gatesAt + row * ROWS + lane;
        int unit = row * stride + lane;
        FloatVector tanh = fromArray(SPECIES, tanhCells, tanhAt + unit);
        FloatVector o = fromArray(SPECIES, gates, z + 3 * LANES);
        FloatVector upstream = fromArray(SPECIES, dh, at + unit);
        upstream.mul(tanh).mul(o.neg().fma(o, o)).intoArray(gates, z + 3 * LANES);
        FloatVector d =
            upstream.mul(o).fma(tanh.neg().fma(tanh, ONE), fromArray(SPECIES, dc, at + unit));
        FloatVector f = fromArray(SPECIES, gates, z + LANES);
        d.mul(f).intoArray(dc, at + unit);
        d.mul(fromArray(SPECIES, cells, before + unit))
            .mul(f.neg().fma(f, f))
            .intoArray(gates, z + LANES);
        FloatVector i = fromArray(SPECIES, gates, z);
        FloatVector g = fromArray(SPECIES, gates, z + 2 * LANES);
        d.mul(g).mul(i.neg().fma(i, i)).intoArray(gates, z);
        d.mul(i).mul(g.neg().fma(g, ONE)).intoArray(gates, z + 2 * LANES);
      }
    }
  }

  static void rnnForward(
      float[] inputs,
      int inputsAt,
      float[] sums,
      int sumsAt,
      float[] hidden,
      int after,
      int stride,
      int rows) {
    for (int row = 0; row < rows; row++) {
      for (int slot = 0; slot < ROWS; slot += L) {
        int at = row * ROWS + slot;
        FloatVector v =
            fromArray(SPECIES, inputs, inputsAt + at).add(fromArray(SPECIES, sums, sumsAt + at));
        v = v.blend(TANH_MIN, v.compare(LT, TANH_MIN));
        v = v.blend(TANH_MAX, v.compare(GT, TANH_MAX));
        FloatVector t = v.fma(TWO_LOG2_E, ROUND);
        FloatVector r = t.sub(ROUND).fma(MINUS_HALF_LN2, v);
        FloatVector q = Q5.fma(r, Q4).fma(r, Q3).fma(r, Q2).fma(r, Q1);
        q = r.mul(r).fma(q, r);
        FloatVector scale =
            t.reinterpretAsInts().lanewise(LSHL, EXPONENT_SHIFT).reinterpretAsFloats();
        FloatVector m = q.fma(scale, scale.fma(HALF, MINUS_HALF));
        m.div(m.add(ONE)).intoArray(hidden, after + row * stride + slot);
      }
    }
  }

  static void rnnBackward(
      float[] dz, int dzAt, float[] hidden, int after, float[] dh, int at, int stride, int rows) {
    for (int row = 0; row < rows; row++) {
      for (int slot = 0; slot < ROWS; slot += L) {
        int unit = row * stride + slot;
        FloatVector h = fromArray(SPECIES, hidden, after + unit);
        fromArray(SPECIES, dh, at + unit)
            .mul(h.neg().fma(h, ONE))
            .intoArray(dz, dzAt + row * ROWS + slot);
      }
    }
  }
}
