// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel.scalar;

import org.quadgate.kernel.Activations;
import org.quadgate.kernel.CellTape;
import org.quadgate.kernel.PanelShape;
import org.quadgate.kernel.PartialSums;
import org.quadgate.kernel.Product;
import org.quadgate.kernel.TrainingKernels;

/** The reference of {@link TrainingKernels}, one number at a time. */
final class ScalarTraining implements TrainingKernels {
  private static final int ROWS = PanelShape.ROWS;
  private static final int LANES = PanelShape.LANES;

  @Override
  public void multiply(Product p) {
    for (int m = 0; m < p.rows; m++) {
      for (int n = 0; n < p.columns; n++) {
        float sum = p.start[p.startAt + m * p.startRow + n];
        for (int k = 0; k < p.depth; k++) {
          float a = p.a[p.aAt + m * p.aRow + k * p.aColumn];
          sum = Math.fma(p.b[p.bAt + k * p.bRow + n], a, sum);
        }
        p.c[p.cAt + m * p.cRow + n] = sum;
      }
    }
  }

  @Override
  public void lstmForward(CellTape p) {
    float[] gates = p.gates;
    for (int j = 0; j < p.rows * ROWS; j++) {
      gates[p.gatesAt + j] = PartialSums.both(p.sums[p.sumsAt + j], gates[p.gatesAt + j]);
    }
    for (int row = 0; row < p.rows; row++) {
      for (int lane = 0; lane < LANES; lane++) {
        int z = p.gatesAt + row * ROWS + lane;
        int unit = row * p.stride + lane;
        float i = Activations.sigmoid(gates[z]);
        float f = Activations.sigmoid(gates[z + LANES]);
        float g = Activations.tanh(gates[z + 2 * LANES]);
        float o = Activations.sigmoid(gates[z + 3 * LANES]);
        float c = Math.fma(f, p.cells[p.before + unit], i * g);
        float tanh = Activations.tanh(c);
        gates[z] = i;
        gates[z + LANES] = f;
        gates[z + 2 * LANES] = g;
        gates[z + 3 * LANES] = o;
        p.cells[p.after + unit] = c;
        p.tanhCells[p.tanhAt + unit] = tanh;
        p.hidden[p.after + unit] = o * tanh;
      }
    }
  }

  @Override
  public void lstmBackward(CellTape p) {
    float[] gates = p.gates;
    for (int row = 0; row < p.rows; row++) {
      for (int lane = 0; lane < LANES; lane++) {
        int z = p.gatesAt + row * ROWS + lane;
        int unit = row * p.stride + lane;
        float i = gates[z];
        float f = gates[z + LANES];
        float g = gates[z + 2 * LANES];
        float o = gates[z + 3 * LANES];
        float tanh = p.tanhCells[p.tanhAt + unit];
        float upstream = p.dh[p.gradientAt + unit];
        float slope = Math.fma(-tanh, tanh, 1f);
        float d = Math.fma(upstream * o, slope, p.dc[p.gradientAt + unit]);
        gates[z] = d * g * Math.fma(-i, i, i);
        gates[z + LANES] = d * p.cells[p.before + unit] * Math.fma(-f, f, f);
        gates[z + 2 * LANES] = d * i * Math.fma(-g, g, 1f);
        gates[z + 3 * LANES] = upstream * tanh * Math.fma(-o, o, o);
        p.dc[p.gradientAt + unit] = d * f;
      }
    }
  }

  @Override
  public void tanhForward(CellTape p) {
    for (int row = 0; row < p.rows; row++) {
      for (int slot = 0; slot < ROWS; slot++) {
        int j = row * ROWS + slot;
        float z = PartialSums.both(p.gates[p.gatesAt + j], p.sums[p.sumsAt + j]);
        p.hidden[p.after + row * p.stride + slot] = Activations.tanh(z);
      }
    }
  }

  @Override
  public void tanhBackward(CellTape p) {
    for (int row = 0; row < p.rows; row++) {
      for (int slot = 0; slot < ROWS; slot++) {
        int unit = row * p.stride + slot;
        float h = p.hidden[p.after + unit];
        float d = p.dh[p.gradientAt + unit] * Math.fma(-h, h, 1f);
        p.gates[p.gatesAt + row * ROWS + slot] = d;
      }
    }
  }

  @Override
  public float exponentials(float[] y, int at, int count, float[] scratch) {
    float max = y[at];
    for (int k = 1; k < count; k++) {
      float v = y[at + k];
      max = v > max ? v : max;
    }
    for (int j = 0; j < LANES; j++) {
      float sum = 0;
      for (int k = j; k < count; k += LANES) {
        float e = Activations.decay(max - y[at + k]);
        y[at + k] = e;
        sum += e;
      }
      scratch[j] = sum;
    }
    float sum = PartialSums.halve(scratch, 0);
    scratch[0] = max;
    return sum;
  }
}
