// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.keras;

import java.util.List;
import java.util.Map;
import org.quadgate.io.format.ModelFormatException;

/**
 * A group or a dataset.
 *
 * @param path from the root, such as {@code /layers/lstm/cell}
 * @param texts the attributes that hold strings; a scalar is a list of one
 * @param children by name; empty for a dataset
 * @param tensor the numbers of a dataset, else null
 */
record Hdf5Node(
    String path, Map<String, List<String>> texts, Map<String, Hdf5Node> children, Tensor tensor) {

  /** A dataset of floats that lies in one piece; the values are decoded when asked for. */
  interface Tensor {
    /** Its dimensions; none for a scalar. */
    List<Integer> shape();

    /** Its values, row-major, the nearest floats. */
    float[] values() throws ModelFormatException;
  }

  boolean isGroup() {
    return tensor == null;
  }
}
