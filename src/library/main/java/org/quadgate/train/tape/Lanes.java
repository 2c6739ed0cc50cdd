// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train.tape;

import org.quadgate.kernel.PanelShape;

/** Sizes in whole groups of lanes. */
final class Lanes {
  private Lanes() {}

  /** The next multiple of 16. */
  static int pad(int size) {
    return (size + PanelShape.LANES - 1) / PanelShape.LANES * PanelShape.LANES;
  }

  /** {@code array}, or a longer one of zeros. */
  static float[] room(float[] array, long length) {
    if (length > Integer.MAX_VALUE - 64) {
      throw new IllegalArgumentException(
          "the minibatch needs an array of " + length + " numbers; take fewer sequences or steps");
    }
    return array.length >= length ? array : new float[(int) length];
  }
}
