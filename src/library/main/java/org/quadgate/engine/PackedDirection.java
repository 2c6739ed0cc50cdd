// SPDX-License-Identifier: Apache-2.0
package org.quadgate.engine;

import java.lang.foreign.Arena;
import org.quadgate.kernel.CellFunctions;
import org.quadgate.kernel.Kernels;
import org.quadgate.kernel.PackedBf16;
import org.quadgate.kernel.PackedFp32;
import org.quadgate.kernel.PackedGates;
import org.quadgate.kernel.PackedInt8;
import org.quadgate.kernel.Panels;
import org.quadgate.network.CellType;
import org.quadgate.network.DirectionWeights;
import org.quadgate.network.RecurrentLayer;
import org.quadgate.options.Precision;

/** One direction of a recurrent layer, packed. Its name in a formula stands behind each array. */
final class PackedDirection {
  final CellType cell;
  final Panels panels;
  final int panelCount;
  final int paddedUnits;

  /** Rows of all panels, padding included. */
  final int rows;

  final int inputs;

  /** Values of c, and of h before it is projected. */
  final int units;

  /** Values of h: the units, or what they are projected to. */
  final int width;

  final PackedGates gates; // W and R, [panel][input + width][4][16]
  final PackedGates[] pieces; // the same, as single steps walk over them
  final float[] bias; // b, [panel][4][16], tight
  final CellFunctions functions; // null: the usual ones
  final PackedFp32 projection; // P as the recurrent weights of a layer of width units, or null
  final float[] projectionBias; // zeros, [width padded to panels]
  final float[] initialHidden; // [width]
  final float[] initialCell; // [units] or empty

  /** Where each panel's units begin; shape [panels]. */
  final int[] panelAt;

  /** Whether a step's cells may write to the state itself: no lane of a panel lies beyond it. */
  final boolean inPlace;

  PackedDirection(Arena arena, Precision precision, RecurrentLayer layer, DirectionWeights from) {
    cell = layer.cell();
    inputs = layer.inputSize();
    units = layer.hiddenSize();
    width = layer.directionSize();
    panels = new Panels(cell.gates(), units);
    panelCount = panels.count();
    paddedUnits = panels.paddedUnits();
    rows = panels.rows();
    gates = pack(arena, precision, from.input(), from.recurrent());
    pieces = gates.piecesOfSteps();
    bias = panels.packTight(from.bias());
    functions = functions(layer, from);
    if (from.projects()) {
      Panels projected = new Panels(1, width);
      projection = new PackedFp32(arena, projected, 0, units, new float[0], from.projection());
      projectionBias = new float[projected.rows()];
    } else {
      projection = null;
      projectionBias = new float[0];
    }
    initialHidden = from.initialHidden();
    initialCell = from.initialCell();
    panelAt = new int[panelCount];
    for (int panel = 0; panel < panelCount; panel++) {
      panelAt[panel] = panel * panels.unitsPerPanel();
    }
    inPlace = paddedUnits == units && projection == null;
  }

  private PackedGates pack(Arena arena, Precision precision, float[] w, float[] r) {
    return switch (precision) {
      case FP32 -> new PackedFp32(arena, panels, inputs, width, w, r);
      case BF16 -> new PackedBf16(arena, panels, inputs, width, w, r);
      case INT8 -> new PackedInt8(arena, panels, inputs, width, w, r);
    };
  }

  private CellFunctions functions(RecurrentLayer layer, DirectionWeights from) {
    boolean usual =
        !Float.isFinite(layer.clip())
            && !layer.coupled()
            && !from.hasPeepholes()
            && from.activations().equals(cell.usualActivations());
    if (usual) {
      return null;
    }
    return cell == CellType.LSTM
        ? CellFunctions.lstm(
            panels,
            from.activations().get(0),
            from.activations().get(1),
            from.activations().get(2),
            layer.clip(),
            layer.coupled(),
            from.peephole())
        : CellFunctions.rnn(panels, from.activations().getFirst(), layer.clip());
  }

  boolean isLstm() {
    return cell == CellType.LSTM;
  }

  /**
   * The cells of some panels: sums become activated gates, and c and h move on.
   *
   * @param gates shape [panel][4][16], spread
   * @param c unit 0 stands at {@code cAt}; an RNN has none
   * @param h unit 0 stands at {@code hAt}; written, before it is projected
   */
  void cells(
      Kernels kernels, float[] gates, int from, int to, float[] c, int cAt, float[] h, int hAt) {
    if (functions == null) {
      if (cell == CellType.LSTM) {
        kernels.lstmCell(gates, from, to, c, cAt, h, hAt);
      } else {
        kernels.tanhCell(gates, from, to, h, hAt);
      }
    } else if (cell == CellType.LSTM) {
      kernels.rareLstmCell(functions, gates, from, to, c, cAt, h, hAt);
    } else {
      kernels.rareRnnCell(functions, gates, from, to, h, hAt);
    }
  }

  /** Values of one row of what this direction puts out, padding included. */
  int outputStride() {
    return projection == null ? paddedUnits : projectionBias.length;
  }

  /** Bytes of packed weights that a step reads, padding included. */
  long bytes() {
    return gates.bytes() + 4L * bias.length + (projection == null ? 0 : projection.bytes());
  }
}
