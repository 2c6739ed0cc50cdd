// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

import java.util.Arrays;

/**
 * Which row of a gate-major matrix stands where in the packed layout {@code [panel][k][4][16]}.
 *
 * <p>A panel has 64 rows in 4 groups of 16 lanes. With 4 gates, group g of panel p holds gate g of
 * units 16p … 16p+15; with 1 gate it holds units 64p+16g … 64p+16g+15.
 *
 * <p>A weight matrix is packed more tightly where units are left over for a last, partial panel:
 * their rows stand gate after gate without gaps, so that 4 units of an LSTM fill one group instead
 * of a quarter of four. {@link #spread} moves their sums to where a full panel has them.
 */
public final class Panels {
  private static final int LANES = PanelShape.LANES;
  private static final int GROUPS = PanelShape.GROUPS;
  private static final int ROWS = PanelShape.ROWS;

  private final int gates;
  private final int units;

  // kept, because a step asks for them and they take divisions
  private final int unitsPerPanel;
  private final int count;
  private final int rows;
  private final int unitsInLast;

  /**
   * The layout of one layer.
   *
   * @param gates 4 of an LSTM, 1 of a vanilla RNN
   * @param units hidden units
   */
  public Panels(int gates, int units) {
    this.gates = gates;
    this.units = units;
    unitsPerPanel = ROWS / gates;
    count = (units + unitsPerPanel - 1) / unitsPerPanel;
    rows = Math.multiplyExact(count, ROWS);
    unitsInLast = units - (count - 1) * unitsPerPanel;
  }

  /** Gates of a unit: 4 of an LSTM, 1 of a vanilla RNN. */
  public int gates() {
    return gates;
  }

  /** Hidden units, without padding. */
  public int units() {
    return units;
  }

  /** Units in a panel: 16 of an LSTM, 64 of a vanilla RNN. */
  public int unitsPerPanel() {
    return unitsPerPanel;
  }

  /** Panels that hold all units. */
  public int count() {
    return count;
  }

  /** Units with those added that fill the last panel; their rows are zero. */
  public int paddedUnits() {
    return count * unitsPerPanel;
  }

  /** Rows of all panels, padding included. */
  public int rows() {
    return rows;
  }

  /** Whether the last panel has room for more units. */
  public boolean isPartial() {
    return unitsInLast != unitsPerPanel;
  }

  /** Groups of the last panel that hold a row: 4 unless it is partial. */
  int groupsInLast() {
    return (gates * unitsInLast + LANES - 1) / LANES;
  }

  /** Groups of a panel that hold a row. */
  public int groups(int panel) {
    return panel < count - 1 ? GROUPS : groupsInLast();
  }

  /** The gate-major row (gate·units + unit) at {@code slot} of {@code panel}, or -1 for padding. */
  public int sourceRow(int panel, int slot) {
    int group = slot / LANES;
    int unit = panel * unitsPerPanel + group / gates * LANES + slot % LANES;
    return unit < units ? group % gates * units + unit : -1;
  }

  /** Packs a vector of one value per gate-major row; padding is 0. */
  public float[] pack(float[] rowValues) {
    float[] packed = new float[rows];
    for (int i = 0; i < packed.length; i++) {
      int row = sourceRow(i / ROWS, i % ROWS);
      packed[i] = row < 0 ? 0 : rowValues[row];
    }
    return packed;
  }

  /** As {@link #sourceRow}, without gaps in the last panel. */
  public int tightRow(int panel, int slot) {
    if (panel < count - 1) {
      return sourceRow(panel, slot);
    }
    int own = unitsInLast;
    // a full panel of one gate or four is tight already, and comes out the same
    int unit = panel * unitsPerPanel + slot % own;
    return slot < gates * own ? slot / own * units + unit : -1;
  }

  /** Packs a vector of one value per gate-major row as {@link #tightRow} has them; padding is 0. */
  public float[] packTight(float[] rowValues) {
    float[] packed = new float[rows];
    for (int i = 0; i < packed.length; i++) {
      int row = tightRow(i / ROWS, i % ROWS);
      packed[i] = row < 0 ? 0 : rowValues[row];
    }
    return packed;
  }

  /**
   * Moves the rows of a partial last panel to {@code [gate][16]}, as in a full one, and clears what
   * lies between. Does nothing if all panels are full.
   *
   * @param sums shape [panel][4][16]
   */
  public void spread(float[] sums) {
    spread(sums, (count - 1) * ROWS);
  }

  /** As {@link #spread(float[])}, where the last panel's sums begin at {@code base}. */
  void spread(float[] sums, int base) {
    if (!isPartial()) {
      return;
    }
    int own = unitsInLast;
    int stride = ROWS / gates;
    for (int gate = gates - 1; gate >= 0; gate--) {
      for (int unit = own - 1; unit >= 0; unit--) {
        sums[base + gate * stride + unit] = sums[base + gate * own + unit];
      }
    }
    for (int gate = 0; gate < gates; gate++) {
      Arrays.fill(sums, base + gate * stride + own, base + (gate + 1) * stride, 0);
    }
  }

  /**
   * Packs a gate-major matrix.
   *
   * @param matrix shape [gates·units][columns]
   * @param packed receives [panel][k][4][16] from {@code at}; padding is 0
   */
  public void pack(float[] matrix, int columns, float[] packed, int at) {
    int to = at;
    for (int panel = 0; panel < count; panel++) {
      for (int k = 0; k < columns; k++) {
        for (int slot = 0; slot < ROWS; slot++, to++) {
          int row = sourceRow(panel, slot);
          packed[to] = row < 0 ? 0 : matrix[row * columns + k];
        }
      }
    }
  }

  /** The reverse of {@link #pack(float[], int, float[], int)}; padding is left out. */
  public void unpack(float[] packed, int at, int columns, float[] matrix) {
    int from = at;
    for (int panel = 0; panel < count; panel++) {
      for (int k = 0; k < columns; k++) {
        for (int slot = 0; slot < ROWS; slot++, from++) {
          int row = sourceRow(panel, slot);
          if (row >= 0) {
            matrix[row * columns + k] = packed[from];
          }
        }
      }
    }
  }
}
