// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import org.quadgate.kernel.PanelShape;

/**
 * A packed weight matrix transposed, for products with dz: lanes run across its columns. Made anew
 * after each change of the weights.
 *
 * <p>Shape [tile][panel][64 slots][width]: tiles of 64 columns, the last one narrower, so that the
 * rows which a product reads one after the other stand one after the other.
 */
final class TransposedMatrix {
  private static final int WIDTH = PanelShape.ROWS;

  final float[] values;

  /** Columns with those added that make them a multiple of 16; those are 0. */
  final int columns;

  private final int source; // columns of the packed matrix
  private final int panels;

  TransposedMatrix(int columns, int panels) {
    this.source = columns;
    this.columns = Lanes.pad(columns);
    this.panels = panels;
    values = new float[Math.multiplyExact(this.columns, panels * PanelShape.ROWS)];
  }

  int tiles() {
    return (columns + WIDTH - 1) / WIDTH;
  }

  int width(int tile) {
    return Math.min(WIDTH, columns - tile * WIDTH);
  }

  /** Where the 64 rows of {@code panel} begin in {@code tile}; rows are {@link #width} apart. */
  int at(int tile, int panel) {
    return tile * WIDTH * panels * PanelShape.ROWS + panel * PanelShape.ROWS * width(tile);
  }

  /**
   * Takes the values of one tile from {@code packed}.
   *
   * @param packed shape [panel][column][64] from {@code from}
   */
  void fill(int tile, float[] packed, int from) {
    int first = tile * WIDTH;
    int width = Math.min(WIDTH, source - first);
    int stride = width(tile);
    for (int panel = 0; panel < panels; panel++) {
      int to = at(tile, panel);
      int block = from + (panel * source + first) * PanelShape.ROWS;
      for (int slots = 0; slots < PanelShape.ROWS; slots += PanelShape.LANES) {
        for (int column = 0; column < width; column++) {
          for (int slot = slots; slot < slots + PanelShape.LANES; slot++) {
            values[to + slot * stride + column] = packed[block + column * PanelShape.ROWS + slot];
          }
        }
      }
    }
  }
}
