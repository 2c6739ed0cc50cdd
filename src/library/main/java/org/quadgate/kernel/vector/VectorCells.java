// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel.vector;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;
import static org.quadgate.kernel.Activations.EXPONENT_SHIFT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.quadgate.kernel.Activations;
import org.quadgate.kernel.PanelShape;

/** The cells of one step: those of the scalar reference, a vector at a time. */
final class VectorCells {
  private static final VectorSpecies<Float> SPECIES = VectorKernels.SPECIES;
  private static final int L = SPECIES.length();
  private static final int ROWS = PanelShape.ROWS;
  private static final int LANES = PanelShape.LANES;

  private VectorCells() {}

  static void lstm(float[] gates, int from, int to, float[] c, int cAt, float[] h, int hAt) {
    VectorActivations.sigmoids(gates, from * ROWS, to - from);
    VectorActivations.tanhs(gates, from * ROWS, to - from);
    states(gates, from, to, c, cAt, h, hAt);
  }

  /**
   * c = f·c + i·g and h = o·tanh(c). One loop with tanh written out once more: as loops of their
   * own, with {@link VectorActivations#tanh} between, they make a step of 32 units 5 % slower.
   */
  static void states(float[] gates, int from, int to, float[] c, int cAt, float[] h, int hAt) {
    FloatVector min = broadcast(SPECIES, -Activations.TANH_LIMIT);
    FloatVector max = broadcast(SPECIES, Activations.TANH_LIMIT);
    FloatVector twoLog2E = broadcast(SPECIES, Activations.TWO_LOG2_E);
    FloatVector round = broadcast(SPECIES, Activations.ROUND);
    FloatVector minusHalfLn2 = broadcast(SPECIES, Activations.MINUS_HALF_LN2);
    FloatVector q5 = broadcast(SPECIES, Activations.Q5);
    FloatVector q4 = broadcast(SPECIES, Activations.Q4);
    FloatVector q3 = broadcast(SPECIES, Activations.Q3);
    FloatVector q2 = broadcast(SPECIES, Activations.Q2);
    FloatVector q1 = broadcast(SPECIES, Activations.Q1);
    FloatVector half = broadcast(SPECIES, 0.5f);
    FloatVector minusHalf = broadcast(SPECIES, -0.5f);
    FloatVector one = broadcast(SPECIES, 1f);
    for (int unit = from * LANES; unit < to * LANES; unit += L) {
      int z = unit / LANES * ROWS + unit % LANES;
      FloatVector taken =
          fromArray(SPECIES, gates, z).mul(fromArray(SPECIES, gates, z + 2 * LANES));
      FloatVector f = fromArray(SPECIES, gates, z + LANES);
      FloatVector v = f.fma(fromArray(SPECIES, c, cAt + unit), taken);
      v.intoArray(c, cAt + unit);
      v = v.blend(min, v.compare(LT, min));
      v = v.blend(max, v.compare(GT, max));
      FloatVector t = v.fma(twoLog2E, round);
      FloatVector r = t.sub(round).fma(minusHalfLn2, v);
      FloatVector q = q5.fma(r, q4).fma(r, q3).fma(r, q2).fma(r, q1);
      q = r.mul(r).fma(q, r);
      FloatVector scale =
          t.reinterpretAsInts().lanewise(LSHL, EXPONENT_SHIFT).reinterpretAsFloats();
      FloatVector m = q.fma(scale, scale.fma(half, minusHalf));
      FloatVector o = fromArray(SPECIES, gates, z + 3 * LANES);
      o.mul(m.div(m.add(one))).intoArray(h, hAt + unit);
    }
  }
}
