// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel.scalar;

import org.quadgate.kernel.ActivationFunctions;
import org.quadgate.kernel.Activations;
import org.quadgate.kernel.BatchKernels;
import org.quadgate.kernel.CellFunctions;
import org.quadgate.kernel.Kernels;
import org.quadgate.kernel.LinearKernels;
import org.quadgate.kernel.PackedBf16;
import org.quadgate.kernel.PackedFp32;
import org.quadgate.kernel.PackedInt8;
import org.quadgate.kernel.PanelShape;
import org.quadgate.kernel.PartialSums;
import org.quadgate.kernel.TrainingKernels;
import org.quadgate.network.Activation;

/** The reference: the definition of the arithmetic, one number at a time. */
public final class ScalarKernels implements Kernels {
  private static final int ROWS = PanelShape.ROWS;
  private static final int LANES = PanelShape.LANES;

  // made once: C2 does not always see that one made at each call is not needed
  private final BatchKernels batch = new ScalarBatch();
  private final LinearKernels linear = new ScalarLinear();
  private final TrainingKernels training = new ScalarTraining();

  @Override
  public int widthBits() {
    return Float.SIZE;
  }

  @Override
  public BatchKernels batch() {
    return batch;
  }

  @Override
  public LinearKernels linear() {
    return linear;
  }

  @Override
  public TrainingKernels training() {
    return training;
  }

  @Override
  public void sums(
      PackedFp32 w,
      float[] x,
      int xAt,
      int fromX,
      float[] h,
      int hAt,
      int fromH,
      float[] start,
      float[] sums) {
    for (int panel = w.from; panel < w.to; panel++) {
      for (int slot = 0; slot < w.layout.groups(panel) * LANES; slot++) {
        int row = panel * ROWS + slot;
        float in = PartialSums.empty(fromX);
        for (int k = 0; k < fromX; k++) {
          in = Math.fma(w.weight(panel, k, slot), x[xAt + k], in);
        }
        float rec = start[row];
        for (int k = 0; k < fromH; k++) {
          rec = Math.fma(w.weight(panel, w.inputs + k, slot), h[hAt + k], rec);
        }
        sums[row] = in + PartialSums.empty(fromX) + rec;
      }
    }
  }

  @Override
  public void sumsBf16(
      PackedBf16 w,
      float[] x,
      int xAt,
      int fromX,
      float[] h,
      int hAt,
      int fromH,
      float[] start,
      float[] sums) {
    for (int panel = w.from; panel < w.to; panel++) {
      for (int pair = 0; pair < w.stride(panel) / Integer.BYTES; pair++) {
        int row = panel * ROWS + pair / LANES * 2 * LANES + pair % LANES;
        float inLow = PartialSums.empty(fromX);
        float inHigh = inLow;
        for (int k = 0; k < fromX; k++) {
          int word = w.word(panel, k, pair);
          inLow = Math.fma(PackedBf16.low(word), x[xAt + k], inLow);
          inHigh = Math.fma(PackedBf16.high(word), x[xAt + k], inHigh);
        }
        float recLow = start[row];
        float recHigh = start[row + LANES];
        for (int k = 0; k < fromH; k++) {
          int word = w.word(panel, w.inputs + k, pair);
          recLow = Math.fma(PackedBf16.low(word), h[hAt + k], recLow);
          recHigh = Math.fma(PackedBf16.high(word), h[hAt + k], recHigh);
        }
        sums[row] = inLow + PartialSums.empty(fromX) + recLow;
        sums[row + LANES] = inHigh + PartialSums.empty(fromX) + recHigh;
      }
    }
  }

  @Override
  public void sumsInt8(
      PackedInt8 w,
      float[] x,
      int xAt,
      int fromX,
      float[] h,
      int hAt,
      int fromH,
      float[] start,
      float[] sums) {
    for (int row = w.from * ROWS; row < w.to * ROWS; row++) {
      int panel = row / ROWS;
      int group = row % ROWS / LANES;
      float in = PartialSums.empty(fromX);
      for (int k = 0; k < fromX; k++) {
        int word = w.word(panel, k, row % LANES);
        in = Math.fma(PackedInt8.value(word, group), x[xAt + k], in);
      }
      float rec = PartialSums.empty(fromH);
      for (int k = 0; k < fromH; k++) {
        int word = w.word(panel, w.inputs + k, row % LANES);
        rec = Math.fma(PackedInt8.value(word, group), h[hAt + k], rec);
      }
      rec = Math.fma(w.recurrentScales[row], rec, start[row]);
      sums[row] = w.inputScales[row] * in + PartialSums.empty(fromX) + rec;
    }
  }

  @Override
  public void sparseSums(
      PackedFp32 w, int[] columns, int count, float[] x, int xAt, float[] start, float[] sums) {
    for (int panel = w.from; panel < w.to; panel++) {
      for (int slot = 0; slot < w.layout.groups(panel) * LANES; slot++) {
        int row = panel * ROWS + slot;
        float in = 0;
        for (int j = 0; j < count; j++) {
          in = Math.fma(w.weight(panel, columns[j], slot), x[xAt + columns[j]], in);
        }
        sums[row] = in + 0f + start[row];
      }
    }
  }

  @Override
  public void sparseSumsBf16(
      PackedBf16 w, int[] columns, int count, float[] x, int xAt, float[] start, float[] sums) {
    for (int panel = w.from; panel < w.to; panel++) {
      for (int pair = 0; pair < w.stride(panel) / Integer.BYTES; pair++) {
        int row = panel * ROWS + pair / LANES * 2 * LANES + pair % LANES;
        float low = 0;
        float high = 0;
        for (int j = 0; j < count; j++) {
          int word = w.word(panel, columns[j], pair);
          low = Math.fma(PackedBf16.low(word), x[xAt + columns[j]], low);
          high = Math.fma(PackedBf16.high(word), x[xAt + columns[j]], high);
        }
        sums[row] = low + 0f + start[row];
        sums[row + LANES] = high + 0f + start[row + LANES];
      }
    }
  }

  @Override
  public void sparseSumsInt8(
      PackedInt8 w, int[] columns, int count, float[] x, int xAt, float[] start, float[] sums) {
    for (int row = w.from * ROWS; row < w.to * ROWS; row++) {
      int group = row % ROWS / LANES;
      float in = 0;
      for (int j = 0; j < count; j++) {
        int word = w.word(row / ROWS, columns[j], row % LANES);
        in = Math.fma(PackedInt8.value(word, group), x[xAt + columns[j]], in);
      }
      sums[row] = w.inputScales[row] * in + 0f + start[row];
    }
  }

  @Override
  public void lstmCell(float[] gates, int from, int to, float[] c, int cAt, float[] h, int hAt) {
    for (int panel = from; panel < to; panel++) {
      for (int lane = 0; lane < LANES; lane++) {
        int z = panel * ROWS + lane;
        int unit = panel * LANES + lane;
        float i = Activations.sigmoid(gates[z]);
        float f = Activations.sigmoid(gates[z + LANES]);
        float g = Activations.tanh(gates[z + 2 * LANES]);
        float o = Activations.sigmoid(gates[z + 3 * LANES]);
        float next = Math.fma(f, c[cAt + unit], i * g);
        gates[z] = i;
        gates[z + LANES] = f;
        gates[z + 2 * LANES] = g;
        gates[z + 3 * LANES] = o;
        c[cAt + unit] = next;
        h[hAt + unit] = o * Activations.tanh(next);
      }
    }
  }

  @Override
  public void tanhCell(float[] sums, int from, int to, float[] h, int hAt) {
    for (int row = from * ROWS; row < to * ROWS; row++) {
      h[hAt + row] = Activations.tanh(sums[row]);
    }
  }

  @Override
  public void rareLstmCell(
      CellFunctions functions,
      float[] gates,
      int from,
      int to,
      float[] c,
      int cAt,
      float[] h,
      int hAt) {
    for (int panel = from; panel < to; panel++) {
      int unit = panel * LANES;
      ScalarRareCells.lstm(functions, panel, gates, panel * ROWS, c, cAt + unit, h, hAt + unit);
    }
  }

  @Override
  public void rareRnnCell(
      CellFunctions functions, float[] sums, int from, int to, float[] h, int hAt) {
    for (int panel = from; panel < to; panel++) {
      ScalarRareCells.rnn(functions, panel, sums, panel * ROWS, h, hAt + panel * ROWS);
    }
  }

  @Override
  public void activate(Activation function, float[] values, int at, int count) {
    for (int k = at; k < at + count; k++) {
      values[k] = ActivationFunctions.apply(function, values[k]);
    }
  }
}
