// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel.vector;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static org.quadgate.kernel.Activations.EXPONENT_SHIFT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.quadgate.kernel.Activations;
import org.quadgate.kernel.CellTape;
import org.quadgate.kernel.PanelShape;
import org.quadgate.kernel.PartialSums;
import org.quadgate.kernel.Product;
import org.quadgate.kernel.TrainingKernels;

/** Training, a vector at a time; products and cells are in files of their own. */
final class VectorTraining implements TrainingKernels {
  private static final VectorSpecies<Float> SPECIES = VectorKernels.SPECIES;
  private static final int L = SPECIES.length();
  private static final int ROWS = PanelShape.ROWS;
  private static final int LANES = PanelShape.LANES;

  @Override
  public void multiply(Product product) {
    VectorProduct.multiply(product);
  }

  @Override
  public void lstmForward(CellTape tape) {
    VectorTrainingCells.lstmForward(tape);
  }

  @Override
  public void lstmBackward(CellTape tape) {
    VectorTrainingCells.lstmBackward(tape);
  }

  @Override
  public void tanhForward(CellTape p) {
    VectorActivations.add(p.gates, p.gatesAt, p.sums, p.sumsAt, p.rows * ROWS);
    VectorActivations.tanh(p.sums, p.sumsAt, ROWS, p.hidden, p.after, p.stride, p.rows, ROWS);
  }

  @Override
  public void tanhBackward(CellTape tape) {
    VectorTrainingCells.tanhBackward(tape);
  }

  @Override
  public float exponentials(float[] y, int at, int count, float[] scratch) {
    int whole = count - count % LANES;
    float max = y[at];
    if (whole > 0) {
      FloatVector largest = fromArray(SPECIES, y, at);
      for (int k = L; k < whole; k += L) {
        FloatVector v = fromArray(SPECIES, y, at + k);
        largest = largest.blend(v, v.compare(GT, largest));
      }
      largest.intoArray(scratch, 0);
      for (int lane = 0; lane < L; lane++) {
        max = scratch[lane] > max ? scratch[lane] : max;
      }
    }
    for (int k = whole; k < count; k++) {
      float v = y[at + k];
      max = v > max ? v : max;
    }
    FloatVector top = broadcast(SPECIES, max);
    FloatVector limit = broadcast(SPECIES, Activations.SIGMOID_MAX);
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
    for (int lane = 0; lane < LANES; lane += L) {
      FloatVector sum = FloatVector.zero(SPECIES);
      for (int k = at + lane; k < at + whole; k += LANES) {
        FloatVector v = top.sub(fromArray(SPECIES, y, k));
        v = v.blend(limit, v.compare(GT, limit));
        FloatVector t = v.fma(minusLog2E, round);
        FloatVector n = t.sub(round);
        FloatVector r = n.fma(ln2Low, n.fma(ln2High, v));
        FloatVector p = p6.fma(r, p5).fma(r, p4).fma(r, p3).fma(r, p2).fma(r, minusOne).fma(r, one);
        FloatVector e =
            p.mul(t.reinterpretAsInts().lanewise(LSHL, EXPONENT_SHIFT).reinterpretAsFloats());
        e.intoArray(y, k);
        sum = sum.add(e);
      }
      sum.intoArray(scratch, lane);
    }
    for (int k = whole; k < count; k++) {
      float e = Activations.decay(max - y[at + k]);
      y[at + k] = e;
      scratch[k - whole] += e;
    }
    float sum = PartialSums.halve(scratch, 0);
    scratch[0] = max;
    return sum;
  }
}
