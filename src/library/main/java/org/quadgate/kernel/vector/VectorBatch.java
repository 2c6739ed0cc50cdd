// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel.vector;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;
import static jdk.incubator.vector.IntVector.fromMemorySegment;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;
import static org.quadgate.kernel.Activations.EXPONENT_SHIFT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;
import org.quadgate.kernel.Activations;
import org.quadgate.kernel.BatchKernels;
import org.quadgate.kernel.CellFunctions;
import org.quadgate.kernel.CellRows;
import org.quadgate.kernel.PanelShape;
import org.quadgate.kernel.RowProduct;

/** Many rows at once, a vector at a time. */
final class VectorBatch implements BatchKernels {
  private static final VectorSpecies<Float> SPECIES = VectorKernels.SPECIES;
  private static final VectorSpecies<Integer> WORDS = SPECIES.withLanes(int.class);
  private static final int L = SPECIES.length();
  private static final int BYTES = SPECIES.vectorByteSize();
  private static final int ROWS = PanelShape.ROWS;
  private static final int LANES = PanelShape.LANES;
  private static final long GROUP_BYTES = (long) LANES * Float.BYTES;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  @Override
  public void multiply(RowProduct p) {
    VectorRowProduct.multiply(p);
  }

  @Override
  public void widenBf16(MemorySegment words, int at, int groups, MemorySegment to) {
    for (int lane = 0; lane < GROUP_BYTES; lane += BYTES) {
      long from = (long) at + lane;
      for (int group = 0; group < groups; group++) {
        long low = group * (2 * GROUP_BYTES) + lane;
        IntVector w = fromMemorySegment(WORDS, words, from + group * GROUP_BYTES, ORDER);
        w.lanewise(LSHL, 16).intoMemorySegment(to, low, ORDER);
        w.intoMemorySegment(to, low + GROUP_BYTES, ORDER);
      }
    }
  }

  @Override
  public void widenInt8(MemorySegment words, int at, int groups, MemorySegment to) {
    for (int lane = 0; lane < GROUP_BYTES; lane += BYTES) {
      long from = (long) at + lane;
      for (int group = 0; group < groups; group++) {
        long slot = group * (4 * GROUP_BYTES) + lane;
        IntVector w = fromMemorySegment(WORDS, words, from + group * GROUP_BYTES, ORDER);
        FloatVector v = (FloatVector) w.lanewise(LSHL, 24).convert(I2F, 0);
        v.intoMemorySegment(to, slot, ORDER);
        v = (FloatVector) w.lanewise(LSHL, 16).convert(I2F, 0);
        v.intoMemorySegment(to, slot + GROUP_BYTES, ORDER);
        v = (FloatVector) w.lanewise(LSHL, 8).convert(I2F, 0);
        v.intoMemorySegment(to, slot + 2 * GROUP_BYTES, ORDER);
        v = (FloatVector) w.convert(I2F, 0);
        v.intoMemorySegment(to, slot + 3 * GROUP_BYTES, ORDER);
      }
    }
  }

  @Override
  public void scaleInput(float[] scales, int at, float[] sums, int sumsAt, int sumsRow, int rows) {
    for (int j = 0; j < ROWS; j += L) {
      FloatVector scale = fromArray(SPECIES, scales, at + j);
      for (int row = 0; row < rows; row++) {
        int s = sumsAt + row * sumsRow + j;
        scale.mul(fromArray(SPECIES, sums, s)).intoArray(sums, s);
      }
    }
  }

  @Override
  public void scaleRecurrent(float[] scales, float[] start, int at, float[] sums, int rows) {
    for (int j = 0; j < ROWS; j += L) {
      FloatVector scale = fromArray(SPECIES, scales, at + j);
      FloatVector from = fromArray(SPECIES, start, at + j);
      for (int s = j; s < rows * ROWS; s += ROWS) {
        scale.fma(fromArray(SPECIES, sums, s), from).intoArray(sums, s);
      }
    }
  }

  @Override
  public void lstmCells(CellRows p) {
    VectorActivations.add(p.input, p.inputAt, p.recurrent, 0, p.cells * ROWS);
    VectorActivations.sigmoids(p.recurrent, 0, p.cells);
    VectorActivations.tanhs(p.recurrent, 0, p.cells);
    states(p);
  }

  /** As those of {@link VectorCells}, of cells that lie anywhere. */
  static void states(CellRows p) {
    float[] gates = p.recurrent;
    float[] c = p.c;
    float[] h = p.h;
    int[] cAt = p.cAt;
    int cFrom = p.cFrom;
    int hAt = p.hAt;
    int hStep = p.hStep;
    int cells = p.cells;
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
    for (int lane = 0; lane < LANES; lane += L) {
      for (int cell = 0; cell < cells; cell++) {
        int z = cell * ROWS + lane;
        int unit = cAt[cell] + cFrom + lane;
        FloatVector taken =
            fromArray(SPECIES, gates, z).mul(fromArray(SPECIES, gates, z + 2 * LANES));
        FloatVector f = fromArray(SPECIES, gates, z + LANES);
        FloatVector v = f.fma(fromArray(SPECIES, c, unit), taken);
        v.intoArray(c, unit);
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
        o.mul(m.div(m.add(one))).intoArray(h, hAt + cell * hStep + lane);
      }
    }
  }

  @Override
  public void tanhCells(CellRows p) {
    VectorActivations.add(p.input, p.inputAt, p.recurrent, 0, p.cells * ROWS);
    VectorActivations.tanh(p.recurrent, 0, ROWS, p.h, p.hAt, p.hStep, p.cells, ROWS);
  }

  @Override
  public void rareLstmCells(CellFunctions functions, CellRows p) {
    VectorActivations.add(p.input, p.inputAt, p.recurrent, 0, p.cells * ROWS);
    VectorRareCells.lstm(functions, p);
  }

  @Override
  public void rareRnnCells(CellFunctions functions, CellRows p) {
    VectorActivations.add(p.input, p.inputAt, p.recurrent, 0, p.cells * ROWS);
    VectorRareCells.rnn(functions, p);
  }
}
