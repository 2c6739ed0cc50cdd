// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

/** The sizes of a panel, the same on every machine so that packed weights are. */
public final class PanelShape {
  /** Rows in a group: the floats of the widest vector there is. */
  public static final int LANES = 16;

  /** Groups in a panel: the gates of an LSTM. */
  public static final int GROUPS = 4;

  /** Rows in a panel. */
  public static final int ROWS = LANES * GROUPS;

  private PanelShape() {}

  /** The next multiple of {@link #LANES}, for rows that are read in whole groups. */
  public static int paddedToLanes(int size) {
    return Math.addExact(size, LANES - 1) / LANES * LANES;
  }
}
