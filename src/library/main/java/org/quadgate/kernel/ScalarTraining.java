// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

/** The reference of {@link TrainingKernels}, one number at a time. */
final class ScalarTraining implements TrainingKernels {
  private static final int ROWS = Panels.ROWS;
  private static final int LANES = Panels.LANES;

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
    for (int row = 0; row < rows; row++) {
      for (int lane = 0; lane < LANES; lane++) {
        int z = gatesAt + row * ROWS + lane;
        int s = sumsAt + row * ROWS + lane;
        int unit = row * stride + lane;
        float i = Activations.sigmoid(ScalarBatch.sum(sums[s], gates[z]));
        float f = Activations.sigmoid(ScalarBatch.sum(sums[s + LANES], gates[z + LANES]));
        float g = Activations.tanh(ScalarBatch.sum(sums[s + 2 * LANES], gates[z + 2 * LANES]));
        float o = Activations.sigmoid(ScalarBatch.sum(sums[s + 3 * LANES], gates[z + 3 * LANES]));
        float c = Math.fma(f, cells[before + unit], i * g);
        float tanh = Activations.tanh(c);
        gates[z] = i;
        gates[z + LANES] = f;
        gates[z + 2 * LANES] = g;
        gates[z + 3 * LANES] = o;
        cells[after + unit] = c;
        tanhCells[tanhAt + unit] = tanh;
        hidden[after + unit] = o * tanh;
      }
    }
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
    for (int row = 0; row < rows; row++) {
      for (int lane = 0; lane < LANES; lane++) {
        int z = gatesAt + row * ROWS + lane;
        int unit = row * stride + lane;
        float i = gates[z];
        float f = gates[z + LANES];
        float g = gates[z + 2 * LANES];
        float o = gates[z + 3 * LANES];
        float tanh = tanhCells[tanhAt + unit];
        float upstream = dh[at + unit];
        float d = Math.fma(upstream * o, Math.fma(-tanh, tanh, 1f), dc[at + unit]);
        gates[z] = d * g * Math.fma(-i, i, i);
        gates[z + LANES] = d * cells[before + unit] * Math.fma(-f, f, f);
        gates[z + 2 * LANES] = d * i * Math.fma(-g, g, 1f);
        gates[z + 3 * LANES] = upstream * tanh * Math.fma(-o, o, o);
        dc[at + unit] = d * f;
      }
    }
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
    for (int row = 0; row < rows; row++) {
      for (int slot = 0; slot < ROWS; slot++) {
        int at = row * ROWS + slot;
        hidden[after + row * stride + slot] =
            Activations.tanh(ScalarBatch.sum(inputs[inputsAt + at], sums[sumsAt + at]));
      }
    }
  }

  @Override
  public void tanhBackward(
      float[] dz, int dzAt, float[] hidden, int after, float[] dh, int at, int stride, int rows) {
    for (int row = 0; row < rows; row++) {
      for (int slot = 0; slot < ROWS; slot++) {
        int unit = row * stride + slot;
        float h = hidden[after + unit];
        dz[dzAt + row * ROWS + slot] = dh[at + unit] * Math.fma(-h, h, 1f);
      }
    }
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
    for (int row = 0; row < rows; row++) {
      int from = vAt + row * vRow;
      for (int o = 0; o < outputs; o++) {
        for (int j = 0; j < LANES; j++) {
          float sum = 0;
          for (int k = j; k < stride; k += LANES) {
            sum = Math.fma(weights[weightsAt + o * stride + k], v[from + k], sum);
          }
          scratch[j] = sum;
        }
        y[yAt + row * yRow + o] = ScalarKernels.halve(scratch, 0) + weights[biasAt + o];
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
    float sum = ScalarKernels.halve(scratch, 0);
    scratch[0] = max;
    return sum;
  }
}
