// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import java.lang.foreign.Arena;
import org.quadgate.kernel.PackedBf16;
import org.quadgate.kernel.PackedFp32;
import org.quadgate.kernel.PackedGates;
import org.quadgate.kernel.PackedInt8;
import org.quadgate.kernel.Panels;

/** One recurrent layer, packed. Its name in a formula stands behind each array. */
final class PackedLayer {
  final CellType cell;
  final Panels panels;
  final PackedGates gates; // W and R, [panel][input + hidden][4][16]
  final PackedGates[] pieces; // the same, as single steps walk over them
  final float[] bias; // b, [panel][4][16]
  final float[] initialHidden; // [hidden]
  final float[] initialCell; // [hidden] or empty

  PackedLayer(Precision precision, LstmConfig.Layer layer, int inputSize, LstmWeights.Recurrent w) {
    cell = layer.cell();
    panels = new Panels(cell.gates(), layer.hiddenSize());
    gates = pack(precision, panels, inputSize, w.input, w.recurrent);
    pieces = gates.piecesOfSteps();
    bias = panels.packTight(w.bias);
    initialHidden = w.initialHidden.clone();
    initialCell = w.initialCell.clone();
  }

  private static PackedGates pack(
      Precision precision, Panels panels, int inputSize, float[] w, float[] r) {
    Arena arena = Arena.ofAuto();
    int units = panels.units();
    return switch (precision) {
      case FP32 -> new PackedFp32(arena, panels, inputSize, units, w, r);
      case BF16 -> new PackedBf16(arena, panels, inputSize, units, w, r);
      case INT8 -> new PackedInt8(arena, panels, inputSize, units, w, r);
    };
  }
}
