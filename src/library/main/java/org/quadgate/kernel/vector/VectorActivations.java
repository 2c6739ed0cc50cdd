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

/**
 * σ and tanh of {@link Activations} over many cells, a vector at a time: what the cells of steps,
 * batches and training have in common.
 *
 * <p>Each function has a loop of its own, because then all its constants stay in registers. In a
 * loop that has both, or whose constants are vectors in static fields, C2 reads most of them anew
 * in every round: a store to any {@code float[]} might have changed them for all it knows, and each
 * such read straddles two cache lines. That made a cell 1.3 to 1.6 times slower.
 *
 * <p>No method here takes or returns a vector. C2 stops inlining ordinary methods once a
 * compilation has made 18,000 nodes, two activations' worth, and a vector that crosses a call is
 * boxed.
 */
final class VectorActivations {
  private static final VectorSpecies<Float> SPECIES = VectorKernels.SPECIES;
  private static final int L = SPECIES.length();
  private static final int ROWS = PanelShape.ROWS;
  private static final int LANES = PanelShape.LANES;

  private VectorActivations() {}

  /** σ of the sums of i, f and o, in place; z from {@code at}, shape [cells][4][16]. */
  static void sigmoids(float[] z, int at, int cells) {
    FloatVector min = broadcast(SPECIES, Activations.SIGMOID_MIN);
    FloatVector max = broadcast(SPECIES, Activations.SIGMOID_MAX);
    FloatVector minusLog2E = broadcast(SPECIES, Activations.MINUS_LOG2_E);
    FloatVector round = broadcast(SPECIES, Activations.ROUND);
    FloatVector ln2High = broadcast(SPECIES, Activations.LN2_HIGH);
    FloatVector ln2Low = broadcast(SPECIES, Activations.LN2_LOW);
    FloatVector p6 = broadcast(SPECIES, Activations.P6);
    FloatVector p5 = broadcast(SPECIES, Activations.P5);
    FloatVector p4 = broadcast(SPECIES, Activations.P4);
    FloatVector p3 = broadcast(SPECIES, Activations.P3);
    FloatVector p2 = broadcast(SPECIES, Activations.P2);
    FloatVector minusOne = broadcast(SPECIES, -1f);
    FloatVector one = broadcast(SPECIES, 1f);
    for (int slot = 0; slot < ROWS; slot = slot + L == 2 * LANES ? 3 * LANES : slot + L) {
      for (int cell = 0; cell < cells; cell++) {
        int j = at + cell * ROWS + slot;
        FloatVector v = fromArray(SPECIES, z, j);
        v = v.blend(min, v.compare(LT, min));
        v = v.blend(max, v.compare(GT, max));
        FloatVector t = v.fma(minusLog2E, round);
        FloatVector n = t.sub(round);
        FloatVector r = n.fma(ln2Low, n.fma(ln2High, v));
        FloatVector p = p6.fma(r, p5).fma(r, p4).fma(r, p3).fma(r, p2).fma(r, minusOne).fma(r, one);
        FloatVector scale =
            t.reinterpretAsInts().lanewise(LSHL, EXPONENT_SHIFT).reinterpretAsFloats();
        one.div(p.fma(scale, one)).intoArray(z, j);
      }
    }
  }

  /** tanh of the sums of g, in place; z from {@code at}, shape [cells][4][16]. */
  static void tanhs(float[] z, int at, int cells) {
    tanh(z, at + 2 * LANES, ROWS, z, at + 2 * LANES, ROWS, cells, LANES);
  }

  /**
   * y = tanh(x) in rows of {@code count} values, a whole number of vectors.
   *
   * @param xRow how far apart the rows of x are, from {@code xAt}
   * @param yRow how far apart the rows of y are, from {@code yAt}; y may be x
   */
  static void tanh(
      float[] x, int xAt, int xRow, float[] y, int yAt, int yRow, int rows, int count) {
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
    for (int lane = 0; lane < count; lane += L) {
      for (int row = 0; row < rows; row++) {
        FloatVector v = fromArray(SPECIES, x, xAt + row * xRow + lane);
        v = v.blend(min, v.compare(LT, min));
        v = v.blend(max, v.compare(GT, max));
        FloatVector t = v.fma(twoLog2E, round);
        FloatVector r = t.sub(round).fma(minusHalfLn2, v);
        FloatVector q = q5.fma(r, q4).fma(r, q3).fma(r, q2).fma(r, q1);
        q = r.mul(r).fma(q, r);
        FloatVector scale =
            t.reinterpretAsInts().lanewise(LSHL, EXPONENT_SHIFT).reinterpretAsFloats();
        FloatVector m = q.fma(scale, scale.fma(half, minusHalf));
        m.div(m.add(one)).intoArray(y, yAt + row * yRow + lane);
      }
    }
  }

  /** As {@link #tanh}, y = σ(x). */
  static void sigmoid(
      float[] x, int xAt, int xRow, float[] y, int yAt, int yRow, int rows, int count) {
    FloatVector min = broadcast(SPECIES, Activations.SIGMOID_MIN);
    FloatVector max = broadcast(SPECIES, Activations.SIGMOID_MAX);
    FloatVector minusLog2E = broadcast(SPECIES, Activations.MINUS_LOG2_E);
    FloatVector round = broadcast(SPECIES, Activations.ROUND);
    FloatVector ln2High = broadcast(SPECIES, Activations.LN2_HIGH);
    FloatVector ln2Low = broadcast(SPECIES, Activations.LN2_LOW);
    FloatVector p6 = broadcast(SPECIES, Activations.P6);
    FloatVector p5 = broadcast(SPECIES, Activations.P5);
    FloatVector p4 = broadcast(SPECIES, Activations.P4);
    FloatVector p3 = broadcast(SPECIES, Activations.P3);
    FloatVector p2 = broadcast(SPECIES, Activations.P2);
    FloatVector minusOne = broadcast(SPECIES, -1f);
    FloatVector one = broadcast(SPECIES, 1f);
    for (int lane = 0; lane < count; lane += L) {
      for (int row = 0; row < rows; row++) {
        FloatVector v = fromArray(SPECIES, x, xAt + row * xRow + lane);
        v = v.blend(min, v.compare(LT, min));
        v = v.blend(max, v.compare(GT, max));
        FloatVector t = v.fma(minusLog2E, round);
        FloatVector n = t.sub(round);
        FloatVector r = n.fma(ln2Low, n.fma(ln2High, v));
        FloatVector p = p6.fma(r, p5).fma(r, p4).fma(r, p3).fma(r, p2).fma(r, minusOne).fma(r, one);
        FloatVector scale =
            t.reinterpretAsInts().lanewise(LSHL, EXPONENT_SHIFT).reinterpretAsFloats();
        one.div(p.fma(scale, one)).intoArray(y, yAt + row * yRow + lane);
      }
    }
  }

  /**
   * z = more + z: both sums of cells. Of two that are -0 it is 0, as it is in a step.
   *
   * @param count a whole number of vectors
   */
  static void add(float[] more, int moreAt, float[] z, int at, int count) {
    FloatVector zero = FloatVector.zero(SPECIES);
    for (int j = 0; j < count; j += L) {
      FloatVector sum = fromArray(SPECIES, more, moreAt + j).add(zero);
      sum.add(fromArray(SPECIES, z, at + j)).intoArray(z, at + j);
    }
  }
}
