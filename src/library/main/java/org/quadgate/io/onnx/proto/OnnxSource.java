// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx.proto;

import java.nio.file.Path;
import org.quadgate.io.format.ModelFormatException;

/** The file that is read, to say where in it something is wrong. */
public record OnnxSource(Path path) {
  /** The exception for what begins at an offset. */
  public ModelFormatException at(long offset, String problem) {
    return new ModelFormatException(path, "offset " + offset, problem);
  }

  /** The exception for a tensor. */
  public ModelFormatException tensor(String name, String problem) {
    return new ModelFormatException(path, ModelFormatException.tensor(name), problem);
  }

  /** The exception for the whole graph. */
  public ModelFormatException graph(String problem) {
    return new ModelFormatException(path, "graph", problem);
  }

  /**
   * The exception for a node. Many exporters leave nodes without a name; then the first output says
   * which one it is.
   */
  public ModelFormatException node(OnnxNode node, String problem) {
    String name = node.name();
    if (name.isEmpty() && !node.outputs().isEmpty()) {
      name = node.outputs().getFirst();
    }
    return new ModelFormatException(
        path, "node " + ModelFormatException.quote(name) + " (" + op(node) + ")", problem);
  }

  private static String op(OnnxNode node) {
    return node.domain().isEmpty()
        ? ModelFormatException.shorten(node.op())
        : ModelFormatException.shorten(node.domain() + "." + node.op());
  }
}
