// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel.scalar;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.quadgate.kernel.Activations;
import org.quadgate.kernel.BatchKernels;
import org.quadgate.kernel.CellFunctions;
import org.quadgate.kernel.CellRows;
import org.quadgate.kernel.PackedBf16;
import org.quadgate.kernel.PackedInt8;
import org.quadgate.kernel.PanelShape;
import org.quadgate.kernel.PartialSums;
import org.quadgate.kernel.RowProduct;

/** The reference for many rows at once, one number at a time. */
final class ScalarBatch implements BatchKernels {
  private static final int ROWS = PanelShape.ROWS;
  private static final int LANES = PanelShape.LANES;

  @Override
  public void multiply(RowProduct p) {
    for (int m = 0; m < p.rows; m++) {
      for (int j = 0; j < p.width; j++) {
        float sum = p.start[p.startAt + m * p.startRow + j];
        for (int k = 0; k < p.depth; k++) {
          float weight = p.b.get(ValueLayout.JAVA_FLOAT, p.bAt + (long) k * p.bStride + 4L * j);
          sum = Math.fma(weight, p.a[p.aAt[m] + p.aFrom + k], sum);
        }
        p.c[p.cAt + m * p.cRow + j] = sum;
      }
    }
  }

  @Override
  public void widenBf16(MemorySegment words, int at, int groups, MemorySegment to) {
    for (int j = 0; j < groups * LANES; j++) {
      int word = words.get(ValueLayout.JAVA_INT, at + 4L * j);
      int low = j / LANES * 2 * LANES + j % LANES;
      to.setAtIndex(ValueLayout.JAVA_FLOAT, low, PackedBf16.low(word));
      to.setAtIndex(ValueLayout.JAVA_FLOAT, low + LANES, PackedBf16.high(word));
    }
  }

  @Override
  public void widenInt8(MemorySegment words, int at, int groups, MemorySegment to) {
    for (int j = 0; j < groups * LANES; j++) {
      int word = words.get(ValueLayout.JAVA_INT, at + 4L * j);
      for (int g = 0; g < PanelShape.GROUPS; g++) {
        int slot = j / LANES * ROWS + g * LANES + j % LANES;
        to.setAtIndex(ValueLayout.JAVA_FLOAT, slot, PackedInt8.value(word, g));
      }
    }
  }

  @Override
  public void scaleInput(float[] scales, int at, float[] sums, int sumsAt, int sumsRow, int rows) {
    for (int row = 0; row < rows; row++) {
      for (int j = 0; j < ROWS; j++) {
        sums[sumsAt + row * sumsRow + j] = scales[at + j] * sums[sumsAt + row * sumsRow + j];
      }
    }
  }

  @Override
  public void scaleRecurrent(float[] scales, float[] start, int at, float[] sums, int rows) {
    for (int j = 0; j < rows * ROWS; j++) {
      int slot = at + j % ROWS;
      sums[j] = Math.fma(scales[slot], sums[j], start[slot]);
    }
  }

  @Override
  public void lstmCells(CellRows p) {
    addInput(p);
    float[] gates = p.recurrent;
    for (int cell = 0; cell < p.cells; cell++) {
      for (int lane = 0; lane < LANES; lane++) {
        int z = cell * ROWS + lane;
        int unit = p.cAt[cell] + p.cFrom + lane;
        float i = Activations.sigmoid(gates[z]);
        float f = Activations.sigmoid(gates[z + LANES]);
        float g = Activations.tanh(gates[z + 2 * LANES]);
        float o = Activations.sigmoid(gates[z + 3 * LANES]);
        float next = Math.fma(f, p.c[unit], i * g);
        p.c[unit] = next;
        p.h[p.hAt + cell * p.hStep + lane] = o * Activations.tanh(next);
      }
    }
  }

  @Override
  public void tanhCells(CellRows p) {
    addInput(p);
    for (int j = 0; j < p.cells * ROWS; j++) {
      p.h[p.hAt + j / ROWS * p.hStep + j % ROWS] = Activations.tanh(p.recurrent[j]);
    }
  }

  @Override
  public void rareLstmCells(CellFunctions functions, CellRows p) {
    addInput(p);
    for (int cell = 0; cell < p.cells; cell++) {
      int panel = p.panel + cell * p.panelStep;
      int c = p.cAt[cell] + p.cFrom;
      int h = p.hAt + cell * p.hStep;
      ScalarRareCells.lstm(functions, panel, p.recurrent, cell * ROWS, p.c, c, p.h, h);
    }
  }

  @Override
  public void rareRnnCells(CellFunctions functions, CellRows p) {
    addInput(p);
    for (int cell = 0; cell < p.cells; cell++) {
      int panel = p.panel + cell * p.panelStep;
      int h = p.hAt + cell * p.hStep;
      ScalarRareCells.rnn(functions, panel, p.recurrent, cell * ROWS, p.h, h);
    }
  }

  private static void addInput(CellRows p) {
    for (int j = 0; j < p.cells * ROWS; j++) {
      p.recurrent[j] = PartialSums.both(p.input[p.inputAt + j], p.recurrent[j]);
    }
  }
}
