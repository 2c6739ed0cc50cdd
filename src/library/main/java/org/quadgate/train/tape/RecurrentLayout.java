// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train.tape;

import org.quadgate.kernel.Panels;
import org.quadgate.network.Architecture;
import org.quadgate.network.CellType;
import org.quadgate.network.WeightArrays;

/** Where the parameters of one recurrent layer stand in the flat array: I inputs, H units. */
final class RecurrentLayout {
  final CellType cell;
  final Panels panels;
  final int inputs;
  final int units;
  final int stride; // S, H padded
  final int inputAt; // W, [panel][I][64]
  final int recurrentAt; // R, [panel][H][64]
  final int biasAt; // b, [panel][64]
  final int hiddenAt; // initial h, [S]
  final int cellAt; // initial c, [S] or empty
  final int end; // where the next layer's parameters begin

  RecurrentLayout(Architecture.Layer layer, int inputs, int at) {
    cell = layer.cell();
    units = layer.hiddenSize();
    this.inputs = inputs;
    panels = new Panels(cell.gates(), units);
    stride = panels.paddedUnits();
    inputAt = at;
    recurrentAt = Math.addExact(inputAt, Math.multiplyExact(panels.rows(), inputs));
    biasAt = Math.addExact(recurrentAt, Math.multiplyExact(panels.rows(), units));
    hiddenAt = Math.addExact(biasAt, panels.rows());
    cellAt = Math.addExact(hiddenAt, stride);
    end = Math.addExact(cellAt, cell.hasCellState() ? stride : 0);
  }

  void pack(WeightArrays.Recurrent from, float[] parameters) {
    panels.pack(from.input, inputs, parameters, inputAt);
    panels.pack(from.recurrent, units, parameters, recurrentAt);
    panels.pack(from.bias, 1, parameters, biasAt);
    System.arraycopy(from.initialHidden, 0, parameters, hiddenAt, units);
    System.arraycopy(from.initialCell, 0, parameters, cellAt, from.initialCell.length);
  }

  void unpack(float[] parameters, WeightArrays.Recurrent to) {
    panels.unpack(parameters, inputAt, inputs, to.input);
    panels.unpack(parameters, recurrentAt, units, to.recurrent);
    panels.unpack(parameters, biasAt, 1, to.bias);
    System.arraycopy(parameters, hiddenAt, to.initialHidden, 0, units);
    System.arraycopy(parameters, cellAt, to.initialCell, 0, to.initialCell.length);
  }
}
