// SPDX-License-Identifier: Apache-2.0
package org.quadgate.engine;

import java.lang.foreign.Arena;
import org.quadgate.network.Direction;
import org.quadgate.network.RecurrentLayer;
import org.quadgate.options.Precision;

/** One recurrent layer, packed. */
final class PackedLayer {
  final Direction reads;
  final PackedDirection[] directions;

  /** Values that come out: those of the directions side by side. */
  final int outputs;

  /** Where in a stream's memory the first direction's h begins. */
  final int hiddenAt;

  /** Where in a stream's memory the first direction's c begins, behind its h. */
  final int cellAt;

  PackedLayer(Arena arena, Precision precision, RecurrentLayer layer, int memoryAt) {
    reads = layer.direction();
    directions =
        layer.directions().stream()
            .map(from -> new PackedDirection(arena, precision, layer, from))
            .toArray(PackedDirection[]::new);
    outputs = layer.outputSize();
    hiddenAt = memoryAt;
    cellAt = memoryAt + directions[0].width;
  }

  /** The only direction of a layer that can be stepped. */
  PackedDirection only() {
    return directions[0];
  }

  /** Where in a stream's memory the next layer's part begins. */
  int memoryEnd() {
    return cellAt + directions[0].initialCell.length;
  }
}
