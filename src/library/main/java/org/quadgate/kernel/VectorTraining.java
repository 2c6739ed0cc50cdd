// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static org.quadgate.kernel.Activations.EXPONENT_SHIFT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** {@link ScalarTraining}, a vector at a time; products and cells are in files of their own. */
final class VectorTraining implements TrainingKernels {
  private static final VectorSpecies<Float> SPECIES = VectorKernels.SPECIES;
  private static final int L = SPECIES.length();
  private static final int ROWS = Panels.ROWS;
  private static final int LANES = Panels.LANES;

  @Override
  public void multiply(Product product) {
    VectorProduct.multiply(product);
  }

  @Override
  public void lstmForward(
      float[] gates,
      int gatesAt,
      float[] sums,
      int sumsAt,
      float[] cells,
      int before,
      int after,
      float[] tanhCells,
      int tanhAt,
      float[] hidden,
      int stride,
      int rows) {
    VectorTrainingCells.lstmForward(
        gates, gatesAt, sums, sumsAt, cells, before, after, tanhCells, tanhAt, hidden, stride,
        rows);
  }

  @Override
  public void lstmBackward(
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
    VectorTrainingCells.lstmBackward(
        gates, gatesAt, cells, before, tanhCells, tanhAt, dh, dc, at, stride, rows);
  }

  @Override
  public void tanhForward(
      float[] inputs,
      int inputsAt,
      float[] sums,
      int sumsAt,
      float[] hidden,
      int after,
      int stride,
      int rows) {
    VectorActivations.add(inputs, inputsAt, sums, sumsAt, rows * ROWS);
    VectorActivations.tanh(sums, sumsAt, ROWS, hidden, after, stride, rows, ROWS);
  }

  @Override
  public void tanhBackward(
      float[] dz, int dzAt, float[] hidden, int after, float[] dh, int at, int stride, int rows) {
    VectorTrainingCells.rnnBackward(dz, dzAt, hidden, after, dh, at, stride, rows);
  }

  @Override
  public void linear(
      float[] weights,
      int weightsAt,
      int outputs,
      int stride,
      int biasAt,
      float[] v,
      int vAt,
      int vRow,
      float[] y,
      int yAt,
      int yRow,
      int rows,
      float[] scratch) {
    int fourRows = rows - rows % 4;
    int fourOutputs = outputs - outputs % 4;
    for (int o = 0; o < fourOutputs; o += 4) {
      for (int row = 0; row < fourRows; row += 4) {
        int from = vAt + row * vRow;
        partialSums(weights, weightsAt + o * stride, stride, v, from, vRow, scratch);
        for (int j = 0; j < 16; j++) {
          y[yAt + (row + j / 4) * yRow + o + j % 4] =
              ScalarKernels.halve(scratch, j * LANES) + weights[biasAt + o + j % 4];
        }
      }
    }
    for (int row = 0; row < rows; row++) {
      int from = vAt + row * vRow;
      for (int o = row < fourRows ? fourOutputs : 0; o < outputs; o++) {
        partialSums(weights, weightsAt + o * stride, stride, v, from, scratch);
        y[yAt + row * yRow + o] = ScalarKernels.halve(scratch, 0) + weights[biasAt + o];
      }
    }
  }

  /** One row and one output. */
  private static void partialSums(
      float[] w, int wAt, int stride, float[] v, int vAt, float[] scratch) {
    for (int lane = 0; lane < LANES; lane += L) {
      FloatVector sum = FloatVector.zero(SPECIES);
      for (int k = lane; k < stride; k += LANES) {
        sum = fromArray(SPECIES, w, wAt + k).fma(fromArray(SPECIES, v, vAt + k), sum);
      }
      sum.intoArray(scratch, lane);
    }
  }

  /** Four rows and four outputs; scratch has shape [row][output][16]. */
  private static void partialSums(
      float[] w, int wAt, int stride, float[] v, int vAt, int vRow, float[] scratch) {
    for (int lane = 0; lane < LANES; lane += L) {
      FloatVector c00 = FloatVector.zero(SPECIES);
      FloatVector c01 = c00;
      FloatVector c02 = c00;
      FloatVector c03 = c00;
      FloatVector c10 = c00;
      FloatVector c11 = c00;
      FloatVector c12 = c00;
      FloatVector c13 = c00;
      FloatVector c20 = c00;
      FloatVector c21 = c00;
      FloatVector c22 = c00;
      FloatVector c23 = c00;
      FloatVector c30 = c00;
      FloatVector c31 = c00;
      FloatVector c32 = c00;
      FloatVector c33 = c00;
      for (int k = lane; k < stride; k += LANES) {
        FloatVector w0 = fromArray(SPECIES, w, wAt + k);
        FloatVector w1 = fromArray(SPECIES, w, wAt + k + stride);
        FloatVector w2 = fromArray(SPECIES, w, wAt + k + 2 * stride);
        FloatVector w3 = fromArray(SPECIES, w, wAt + k + 3 * stride);
        FloatVector x = fromArray(SPECIES, v, vAt + k);
        c00 = w0.fma(x, c00);
        c01 = w1.fma(x, c01);
        c02 = w2.fma(x, c02);
        c03 = w3.fma(x, c03);
        x = fromArray(SPECIES, v, vAt + k + vRow);
        c10 = w0.fma(x, c10);
        c11 = w1.fma(x, c11);
        c12 = w2.fma(x, c12);
        c13 = w3.fma(x, c13);
        x = fromArray(SPECIES, v, vAt + k + 2 * vRow);
        c20 = w0.fma(x, c20);
        c21 = w1.fma(x, c21);
        c22 = w2.fma(x, c22);
        c23 = w3.fma(x, c23);
        x = fromArray(SPECIES, v, vAt + k + 3 * vRow);
        c30 = w0.fma(x, c30);
        c31 = w1.fma(x, c31);
        c32 = w2.fma(x, c32);
        c33 = w3.fma(x, c33);
      }
      c00.intoArray(scratch, lane);
      c01.intoArray(scratch, lane + LANES);
      c02.intoArray(scratch, lane + 2 * LANES);
      c03.intoArray(scratch, lane + 3 * LANES);
      c10.intoArray(scratch, lane + 4 * LANES);
      c11.intoArray(scratch, lane + 5 * LANES);
      c12.intoArray(scratch, lane + 6 * LANES);
      c13.intoArray(scratch, lane + 7 * LANES);
      c20.intoArray(scratch, lane + 8 * LANES);
      c21.intoArray(scratch, lane + 9 * LANES);
      c22.intoArray(scratch, lane + 10 * LANES);
      c23.intoArray(scratch, lane + 11 * LANES);
      c30.intoArray(scratch, lane + 12 * LANES);
      c31.intoArray(scratch, lane + 13 * LANES);
      c32.intoArray(scratch, lane + 14 * LANES);
      c33.intoArray(scratch, lane + 15 * LANES);
    }
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
    float sum = ScalarKernels.halve(scratch, 0);
    scratch[0] = max;
    return sum;
  }
}
