// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel.vector;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.quadgate.kernel.CellFunctions;
import org.quadgate.kernel.CellRows;
import org.quadgate.kernel.PanelShape;
import org.quadgate.network.Activation;
import org.quadgate.network.Activation.Function;

/**
 * The cells of {@link CellFunctions} in passes, one loop after another, so that any functions go
 * together. Where the last passes are those of the usual cell, they are done by its loop.
 */
final class VectorRareCells {
  private static final VectorSpecies<Float> SPECIES = VectorKernels.SPECIES;
  private static final int L = SPECIES.length();
  private static final int ROWS = PanelShape.ROWS;
  private static final int LANES = PanelShape.LANES;

  private VectorRareCells() {}

  /** Panels of one step. */
  static void lstm(
      CellFunctions functions,
      float[] gates,
      int from,
      int to,
      float[] c,
      int cAt,
      float[] h,
      int hAt) {
    int z = from * ROWS;
    int cells = to - from;
    int firstC = cAt + from * LANES;
    int firstH = hAt + from * LANES;
    if (functions.hasPeepholes()) {
      peepholes(functions, from, 1, gates, z, c, firstC, LANES, cells);
    }
    gates(functions, gates, z, cells);
    if (endsAsUsual(functions)) {
      VectorCells.states(gates, from, to, c, cAt, h, hAt);
    } else {
      if (functions.hasPeepholes()) {
        peepholeStates(functions, from, 1, gates, z, c, firstC, LANES, cells);
        outputGate(functions, gates, z, cells);
      } else {
        states(gates, z, c, firstC, LANES, cells);
      }
      Activation output = functions.output;
      VectorFunctions.apply(output, c, firstC, LANES, h, firstH, LANES, cells, LANES);
      timesOutput(gates, z, h, firstH, LANES, cells);
    }
    functions.clearPadding(from, to, c, cAt);
    functions.clearPadding(from, to, h, hAt);
  }

  /** Many cells, whose recurrent sums have the input sums already. */
  static void lstm(CellFunctions functions, CellRows p) {
    float[] z = p.recurrent;
    boolean usualEnd = endsAsUsual(functions);
    if (!usualEnd) {
      gather(p);
    }
    if (functions.hasPeepholes()) {
      peepholes(functions, p.panel, p.panelStep, z, 0, p.h, p.hAt, p.hStep, p.cells);
    }
    gates(functions, z, 0, p.cells);
    if (usualEnd) {
      VectorBatch.states(p);
    } else {
      if (functions.hasPeepholes()) {
        peepholeStates(functions, p.panel, p.panelStep, z, 0, p.h, p.hAt, p.hStep, p.cells);
        outputGate(functions, z, 0, p.cells);
      } else {
        states(z, 0, p.h, p.hAt, p.hStep, p.cells);
      }
      scatter(p);
      Activation output = functions.output;
      VectorFunctions.apply(output, p.h, p.hAt, p.hStep, p.h, p.hAt, p.hStep, p.cells, LANES);
      timesOutput(z, 0, p.h, p.hAt, p.hStep, p.cells);
    }
    for (int cell = 0; cell < p.cells; cell++) {
      int panel = p.panel + cell * p.panelStep;
      functions.clearPaddingOf(panel, p.c, p.cAt[cell] + p.cFrom);
      functions.clearPaddingOf(panel, p.h, p.hAt + cell * p.hStep);
    }
  }

  /** Panels of one step. */
  static void rnn(CellFunctions functions, float[] sums, int from, int to, float[] h, int hAt) {
    int at = from * ROWS;
    int count = (to - from) * ROWS;
    if (functions.clips()) {
      clip(functions.clip, sums, at, 0, 1, count);
    }
    VectorFunctions.apply(functions.candidate, sums, at, 0, h, hAt + at, 0, 1, count);
    functions.clearPadding(from, to, h, hAt);
  }

  /** Many cells, whose recurrent sums have the input sums already. */
  static void rnn(CellFunctions functions, CellRows p) {
    if (functions.clips()) {
      clip(functions.clip, p.recurrent, 0, 0, 1, p.cells * ROWS);
    }
    VectorFunctions.apply(
        functions.candidate, p.recurrent, 0, ROWS, p.h, p.hAt, p.hStep, p.cells, ROWS);
    for (int cell = 0; cell < p.cells; cell++) {
      int panel = p.panel + cell * p.panelStep;
      functions.clearPaddingOf(panel, p.h, p.hAt + cell * p.hStep);
    }
  }

  /** Whether c and h follow from the gates as in the usual cell. */
  private static boolean endsAsUsual(CellFunctions functions) {
    return !functions.hasPeepholes() && functions.output.function() == Function.TANH;
  }

  /** z_i and z_f look at c. */
  private static void peepholes(
      CellFunctions functions,
      int panel,
      int panelStep,
      float[] z,
      int at,
      float[] c,
      int cAt,
      int cRow,
      int cells) {
    float[] p = functions.peephole;
    for (int lane = 0; lane < LANES; lane += L) {
      for (int cell = 0; cell < cells; cell++) {
        int zi = at + cell * ROWS + lane;
        int pi = CellFunctions.peepholeAt(panel + cell * panelStep) + lane;
        FloatVector v = fromArray(SPECIES, c, cAt + cell * cRow + lane);
        fromArray(SPECIES, p, pi).fma(v, fromArray(SPECIES, z, zi)).intoArray(z, zi);
        fromArray(SPECIES, p, pi + LANES)
            .fma(v, fromArray(SPECIES, z, zi + LANES))
            .intoArray(z, zi + LANES);
      }
    }
  }

  /** c = fma(f, c, i·g), which z_o then looks at. */
  private static void peepholeStates(
      CellFunctions functions,
      int panel,
      int panelStep,
      float[] z,
      int at,
      float[] c,
      int cAt,
      int cRow,
      int cells) {
    float[] p = functions.peephole;
    for (int lane = 0; lane < LANES; lane += L) {
      for (int cell = 0; cell < cells; cell++) {
        int i = at + cell * ROWS + lane;
        int j = cAt + cell * cRow + lane;
        int po = CellFunctions.peepholeAt(panel + cell * panelStep) + 2 * LANES + lane;
        FloatVector taken = fromArray(SPECIES, z, i).mul(fromArray(SPECIES, z, i + 2 * LANES));
        FloatVector v = fromArray(SPECIES, z, i + LANES).fma(fromArray(SPECIES, c, j), taken);
        v.intoArray(c, j);
        fromArray(SPECIES, p, po)
            .fma(v, fromArray(SPECIES, z, i + 3 * LANES))
            .intoArray(z, i + 3 * LANES);
      }
    }
  }

  /** From z_o to o, where a peephole had to wait for c'. */
  private static void outputGate(CellFunctions functions, float[] z, int at, int cells) {
    if (functions.clips()) {
      clip(functions.clip, z, at + 3 * LANES, ROWS, cells, LANES);
    }
    gate(functions.gate, z, at + 3 * LANES, cells, LANES);
  }

  /** From z to i, f, g and, where no peephole has to wait for c', o. */
  private static void gates(CellFunctions functions, float[] z, int at, int cells) {
    boolean withOutput = !functions.hasPeepholes();
    if (functions.clips()) {
      clip(functions.clip, z, at, ROWS, cells, withOutput ? ROWS : 3 * LANES);
    }
    if (functions.coupled) {
      gate(functions.gate, z, at, cells, LANES);
      couple(z, at, cells);
    } else if (withOutput && functions.gate.function() == Function.SIGMOID) {
      VectorActivations.sigmoids(z, at, cells);
      withOutput = false;
    } else {
      gate(functions.gate, z, at, cells, 2 * LANES);
    }
    if (withOutput) {
      gate(functions.gate, z, at + 3 * LANES, cells, LANES);
    }
    gate(functions.candidate, z, at + 2 * LANES, cells, LANES);
  }

  private static void gate(Activation function, float[] z, int at, int cells, int count) {
    VectorFunctions.apply(function, z, at, ROWS, z, at, ROWS, cells, count);
  }

  /** Limits rows of {@code count} values in place. */
  private static void clip(float limit, float[] z, int at, int row, int rows, int count) {
    FloatVector max = broadcast(SPECIES, limit);
    FloatVector min = broadcast(SPECIES, -limit);
    for (int lane = 0; lane < count; lane += L) {
      for (int r = 0; r < rows; r++) {
        int j = at + r * row + lane;
        FloatVector v = fromArray(SPECIES, z, j);
        v = v.blend(min, v.compare(LT, min));
        v.blend(max, v.compare(GT, max)).intoArray(z, j);
      }
    }
  }

  /** f = 1 − i. */
  private static void couple(float[] z, int at, int cells) {
    FloatVector one = broadcast(SPECIES, 1f);
    for (int lane = 0; lane < LANES; lane += L) {
      for (int cell = 0; cell < cells; cell++) {
        int i = at + cell * ROWS + lane;
        one.sub(fromArray(SPECIES, z, i)).intoArray(z, i + LANES);
      }
    }
  }

  /** c = fma(f, c, i·g). */
  private static void states(float[] z, int at, float[] c, int cAt, int cRow, int cells) {
    for (int lane = 0; lane < LANES; lane += L) {
      for (int cell = 0; cell < cells; cell++) {
        int i = at + cell * ROWS + lane;
        int j = cAt + cell * cRow + lane;
        FloatVector taken = fromArray(SPECIES, z, i).mul(fromArray(SPECIES, z, i + 2 * LANES));
        FloatVector f = fromArray(SPECIES, z, i + LANES);
        f.fma(fromArray(SPECIES, c, j), taken).intoArray(c, j);
      }
    }
  }

  /** h = o·h. */
  private static void timesOutput(float[] z, int at, float[] h, int hAt, int hRow, int cells) {
    for (int lane = 0; lane < LANES; lane += L) {
      for (int cell = 0; cell < cells; cell++) {
        int j = hAt + cell * hRow + lane;
        FloatVector o = fromArray(SPECIES, z, at + cell * ROWS + 3 * LANES + lane);
        o.mul(fromArray(SPECIES, h, j)).intoArray(h, j);
      }
    }
  }

  /** Copies c, which lies anywhere, to where h is going to be. */
  private static void gather(CellRows p) {
    for (int lane = 0; lane < LANES; lane += L) {
      for (int cell = 0; cell < p.cells; cell++) {
        fromArray(SPECIES, p.c, p.cAt[cell] + p.cFrom + lane)
            .intoArray(p.h, p.hAt + cell * p.hStep + lane);
      }
    }
  }

  /** Copies c' back. */
  private static void scatter(CellRows p) {
    for (int lane = 0; lane < LANES; lane += L) {
      for (int cell = 0; cell < p.cells; cell++) {
        fromArray(SPECIES, p.h, p.hAt + cell * p.hStep + lane)
            .intoArray(p.c, p.cAt[cell] + p.cFrom + lane);
      }
    }
  }
}
