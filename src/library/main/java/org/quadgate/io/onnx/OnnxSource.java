// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx;

import java.nio.file.Path;
import org.quadgate.io.ModelFormatException;

/** The file that is read, to say where in it something is wrong. */
record OnnxSource(Path path) {
  private static final int LONGEST_NAME = 120;

  ModelFormatException at(long offset, String problem) {
    return new ModelFormatException(path, "offset " + offset, problem);
  }

  ModelFormatException tensor(String name, String problem) {
    return new ModelFormatException(path, "tensor " + quote(name), problem);
  }

  ModelFormatException graph(String problem) {
    return new ModelFormatException(path, "graph", problem);
  }

  /** Many exporters leave nodes without a name; then the first output says which one it is. */
  ModelFormatException node(OnnxNode node, String problem) {
    String name = node.name();
    if (name.isEmpty() && !node.outputs().isEmpty()) {
      name = node.outputs().getFirst();
    }
    return new ModelFormatException(path, "node " + quote(name) + " (" + op(node) + ")", problem);
  }

  private static String op(OnnxNode node) {
    return node.domain().isEmpty() ? shorten(node.op()) : shorten(node.domain() + "." + node.op());
  }

  /** A string out of the file, in quotes and not longer than a line bears. */
  static String quote(String text) {
    return '"' + shorten(text) + '"';
  }

  private static String shorten(String text) {
    return text.length() <= LONGEST_NAME ? text : text.substring(0, LONGEST_NAME) + "…";
  }
}
