// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Folders of graphs, and the two layouts of their data. */
final class GraphFiles {
  private static final String EXTENSION = ".onnx";

  private GraphFiles() {}

  /** The graphs of a folder without their extension, sorted. */
  static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(EXTENSION))
          .map(name -> name.substring(0, name.length() - EXTENSION.length()))
          .sorted()
          .toList();
    }
  }

  /** From [a][b][…] to [b][a][…]. */
  static float[] swapped(float[] from, int a, int b) {
    float[] to = new float[from.length];
    int size = from.length / (a * b);
    for (int i = 0; i < a; i++) {
      for (int k = 0; k < b; k++) {
        System.arraycopy(from, (i * b + k) * size, to, (k * a + i) * size, size);
      }
    }
    return to;
  }
}
