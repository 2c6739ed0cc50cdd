// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel.vector;

import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.quadgate.kernel.LinearKernels;
import org.quadgate.kernel.LinearRows;
import org.quadgate.kernel.PackedLinear;
import org.quadgate.kernel.PanelShape;
import org.quadgate.kernel.PartialSums;

/** Linear layers, a vector at a time; of many rows four by four outputs. */
final class VectorLinear implements LinearKernels {
  private static final VectorSpecies<Float> SPECIES = VectorKernels.SPECIES;
  private static final int L = SPECIES.length();
  private static final int LANES = PanelShape.LANES;
  private static final int TILE = LinearRows.TILE;

  @Override
  public void row(
      PackedLinear layer,
      int from,
      int to,
      float[] v,
      int vAt,
      float[] partial,
      float[] y,
      int yAt) {
    float[] weights = layer.weights;
    int stride = layer.stride;
    for (int o = from; o < to; o++) {
      partialSums(weights, layer.at + o * stride, stride, v, vAt, partial);
      y[yAt + o] = PartialSums.halve(partial, 0) + layer.bias[layer.biasAt + o];
    }
  }

  @Override
  public void rows(LinearRows p) {
    PackedLinear layer = p.layer;
    int stride = layer.stride;
    int tiledRows = p.rows - p.rows % TILE;
    int tiledOutputs = layer.outputs - layer.outputs % TILE;
    for (int o = 0; o < tiledOutputs; o += TILE) {
      for (int row = 0; row < tiledRows; row += TILE) {
        int from = p.vAt + row * p.vRow;
        tile(layer.weights, layer.at + o * stride, stride, p.v, from, p.vRow, p.partial);
        for (int j = 0; j < TILE * TILE; j++) {
          int output = o + j % TILE;
          p.y[p.yAt + (row + j / TILE) * p.yRow + output] =
              PartialSums.halve(p.partial, j * LANES) + layer.bias[layer.biasAt + output];
        }
      }
    }
    for (int row = 0; row < p.rows; row++) {
      int first = row < tiledRows ? tiledOutputs : 0;
      int from = p.vAt + row * p.vRow;
      row(layer, first, layer.outputs, p.v, from, p.partial, p.y, p.yAt + row * p.yRow);
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
  private static void tile(
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
}
