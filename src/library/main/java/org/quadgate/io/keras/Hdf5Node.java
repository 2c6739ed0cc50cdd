// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.keras;

import java.util.List;
import java.util.Map;

/**
 * A group or a dataset.
 *
 * @param path from the root, such as {@code /layers/lstm/cell}
 * @param texts the attributes that hold strings; a scalar is a list of one
 * @param children by name; empty for a dataset
 * @param tensor the numbers of a dataset, else null
 */
record Hdf5Node(
    String path,
    Map<String, List<String>> texts,
    Map<String, Hdf5Node> children,
    Hdf5Tensor tensor) {

  boolean isGroup() {
    return tensor == null;
  }
}
