// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train.tape;

import org.quadgate.kernel.PanelShape;
import org.quadgate.kernel.Product;

/**
 * A packed weight matrix transposed, for products with dz: lanes run across its columns. Made anew
 * after each change of the weights.
 *
 * <p>Shape [tile][panel][64 slots][width]: tiles of 64 columns, the last one narrower, so that the
 * rows which a product reads one after the other stand one after the other.
 */
final class TransposedMatrix {
  private static final int WIDTH = PanelShape.ROWS;

  private final float[] values;

  /** Columns with those added that make them a multiple of 16; those are 0. */
  private final int columns;

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

  private int width(int tile) {
    return Math.min(WIDTH, columns - tile * WIDTH);
  }

  /** Where the 64 rows of {@code panel} begin in {@code tile}; rows are {@link #width} apart. */
  private int at(int tile, int panel) {
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

  /**
   * C = S + dz·matrix, with the S and C of the share's product; an S whose rows are 0 apart is one
   * tile that stands for all.
   *
   * @param dz rows of 64 one behind the other from {@code at}, those of the next panel {@code
   *     apart} further on
   */
  void multiply(Share share, float[] dz, int at, int apart, int rows) {
    Product product = share.product;
    float[] start = product.start;
    int startAt = product.startAt;
    int startRow = product.startRow;
    float[] to = product.c;
    int toAt = product.cAt;
    int toRow = product.cRow;
    for (int tile = 0; tile < tiles(); tile++) {
      int width = width(tile);
      int column = tile * WIDTH;
      for (int panel = 0; panel < panels; panel++) {
        product
            .left(dz, at + panel * apart, PanelShape.ROWS, 1)
            .right(values, at(tile, panel), width)
            .to(to, toAt + column, toRow);
        if (panel > 0) {
          product.from(to, toAt + column, toRow);
        } else {
          product.from(start, startRow == 0 ? startAt : startAt + column, startRow);
        }
        product.run(share.kernels, rows, width, PanelShape.ROWS);
      }
    }
  }
}
