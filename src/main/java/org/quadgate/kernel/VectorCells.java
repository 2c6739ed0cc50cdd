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

  static void lstm(float[] gates, int panels, float[] c, float[] h) {
    for (int panel = 0; panel < panels; panel++) {
      int z = panel * ROWS;
      sigmoid(gates, z, z + 2 * LANES);
      tanh(gates, z + 2 * LANES, gates, z + 2 * LANES, LANES);
      sigmoid(gates, z + 3 * LANES, z + 4 * LANES);
    }
    states(gates, panels, c, h);
  }

  /** σ in place, of a whole number of vectors. */
  static void sigmoid(float[] values, int from, int to) {
    for (int at = from; at < to; at += L) {
      FloatVector v = fromArray(SPECIES, values, at);
      // Compared and blended: min and max would order -0 and NaN too, at three times the cost, and
      // NaN has to pass anyway.
      v = v.blend(SIGMOID_MIN, v.compare(LT, SIGMOID_MIN));
      v = v.blend(SIGMOID_MAX, v.compare(GT, SIGMOID_MAX));
      FloatVector t = v.fma(MINUS_LOG2_E, ROUND);
      FloatVector n = t.sub(ROUND);
      FloatVector r = n.fma(LN2_LOW, n.fma(LN2_HIGH, v));
      FloatVector p = P6.fma(r, P5).fma(r, P4).fma(r, P3).fma(r, P2).fma(r, MINUS_ONE).fma(r, ONE);
      FloatVector scale =
          t.reinterpretAsInts().lanewise(LSHL, EXPONENT_SHIFT).reinterpretAsFloats();
      ONE.div(p.fma(scale, ONE)).intoArray(values, at);
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

  /** c' = f·c + i·g and h' = o·tanh(c'). */
  private static void states(float[] gates, int panels, float[] c, float[] h) {
    for (int unit = 0; unit < panels * LANES; unit += L) {
      int z = unit / LANES * ROWS + unit % LANES;
      FloatVector taken =
          fromArray(SPECIES, gates, z).mul(fromArray(SPECIES, gates, z + 2 * LANES));
      FloatVector v = fromArray(SPECIES, gates, z + LANES).fma(fromArray(SPECIES, c, unit), taken);
      v.intoArray(c, unit);
      v = v.blend(TANH_MIN, v.compare(LT, TANH_MIN));
      v = v.blend(TANH_MAX, v.compare(GT, TANH_MAX));
      FloatVector t = v.fma(TWO_LOG2_E, ROUND);
      FloatVector r = t.sub(ROUND).fma(MINUS_HALF_LN2, v);
      FloatVector q = Q5.fma(r, Q4).fma(r, Q3).fma(r, Q2).fma(r, Q1);
      q = r.mul(r).fma(q, r);
      FloatVector scale =
          t.reinterpretAsInts().lanewise(LSHL, EXPONENT_SHIFT).reinterpretAsFloats();
      FloatVector m = q.fma(scale, scale.fma(HALF, MINUS_HALF));
      fromArray(SPECIES, gates, z + 3 * LANES).mul(m.div(m.add(ONE))).intoArray(h, unit);
    }
  }
}
