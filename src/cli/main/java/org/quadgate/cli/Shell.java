// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli;

import java.nio.file.Path;

/** Paths as a command line that is shown has to have them. */
final class Shell {
  private Shell() {}

  static String word(Path path) {
    String text = path.toString();
    return text.matches("[\\w./+@%,=-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
  }
}
