// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel.vector;

import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.quadgate.kernel.CellTape;
import org.quadgate.kernel.PanelShape;

/** The cells of training, one panel of many rows at a time. */
final class VectorTrainingCells {
  private static final VectorSpecies<Float> SPECIES = VectorKernels.SPECIES;
  private static final int L = SPECIES.length();
  private static final int ROWS = PanelShape.ROWS;
  private static final int LANES = PanelShape.LANES;

  private VectorTrainingCells() {}

  static void lstmForward(CellTape p) {
    float[] gates = p.gates;
    float[] cells = p.cells;
    float[] tanhCells = p.tanhCells;
    float[] hidden = p.hidden;
    int gatesAt = p.gatesAt;
    int before = p.before;
    int after = p.after;
    int tanhAt = p.tanhAt;
    int stride = p.stride;
    int rows = p.rows;
    VectorActivations.add(p.sums, p.sumsAt, gates, gatesAt, rows * ROWS);
    VectorActivations.sigmoids(gates, gatesAt, rows);
    VectorActivations.tanhs(gates, gatesAt, rows);
    for (int lane = 0; lane < LANES; lane += L) {
      for (int row = 0; row < rows; row++) {
        int z = gatesAt + row * ROWS + lane;
        int unit = row * stride + lane;
        FloatVector taken =
            fromArray(SPECIES, gates, z).mul(fromArray(SPECIES, gates, z + 2 * LANES));
        FloatVector f = fromArray(SPECIES, gates, z + LANES);
        f.fma(fromArray(SPECIES, cells, before + unit), taken).intoArray(cells, after + unit);
      }
    }
    VectorActivations.tanh(cells, after, stride, tanhCells, tanhAt, stride, rows, LANES);
    for (int lane = 0; lane < LANES; lane += L) {
      for (int row = 0; row < rows; row++) {
        int unit = row * stride + lane;
        FloatVector o = fromArray(SPECIES, gates, gatesAt + row * ROWS + lane + 3 * LANES);
        o.mul(fromArray(SPECIES, tanhCells, tanhAt + unit)).intoArray(hidden, after + unit);
      }
    }
  }

  static void lstmBackward(CellTape p) {
    float[] gates = p.gates;
    float[] cells = p.cells;
    float[] tanhCells = p.tanhCells;
    float[] dh = p.dh;
    float[] dc = p.dc;
    int gatesAt = p.gatesAt;
    int before = p.before;
    int tanhAt = p.tanhAt;
    int at = p.gradientAt;
    int stride = p.stride;
    int rows = p.rows;
    FloatVector one = FloatVector.broadcast(SPECIES, 1f);
    for (int lane = 0; lane < LANES; lane += L) {
      for (int row = 0; row < rows; row++) {
        int z = gatesAt + row * ROWS + lane;
        int unit = row * stride + lane;
        FloatVector tanh = fromArray(SPECIES, tanhCells, tanhAt + unit);
        FloatVector o = fromArray(SPECIES, gates, z + 3 * LANES);
        FloatVector upstream = fromArray(SPECIES, dh, at + unit);
        upstream.mul(tanh).mul(o.neg().fma(o, o)).intoArray(gates, z + 3 * LANES);
        FloatVector d =
            upstream.mul(o).fma(tanh.neg().fma(tanh, one), fromArray(SPECIES, dc, at + unit));
        FloatVector f = fromArray(SPECIES, gates, z + LANES);
        d.mul(f).intoArray(dc, at + unit);
        d.mul(fromArray(SPECIES, cells, before + unit))
            .mul(f.neg().fma(f, f))
            .intoArray(gates, z + LANES);
        FloatVector i = fromArray(SPECIES, gates, z);
        FloatVector g = fromArray(SPECIES, gates, z + 2 * LANES);
        d.mul(g).mul(i.neg().fma(i, i)).intoArray(gates, z);
        d.mul(i).mul(g.neg().fma(g, one)).intoArray(gates, z + 2 * LANES);
      }
    }
  }

  static void tanhBackward(CellTape p) {
    float[] dz = p.gates;
    float[] hidden = p.hidden;
    float[] dh = p.dh;
    int dzAt = p.gatesAt;
    int after = p.after;
    int at = p.gradientAt;
    int stride = p.stride;
    int rows = p.rows;
    FloatVector one = FloatVector.broadcast(SPECIES, 1f);
    for (int row = 0; row < rows; row++) {
      for (int slot = 0; slot < ROWS; slot += L) {
        int unit = row * stride + slot;
        FloatVector h = fromArray(SPECIES, hidden, after + unit);
        fromArray(SPECIES, dh, at + unit)
            .mul(h.neg().fma(h, one))
            .intoArray(dz, dzAt + row * ROWS + slot);
      }
    }
  }
}
