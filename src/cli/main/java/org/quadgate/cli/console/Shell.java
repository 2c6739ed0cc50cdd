// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.console;

import java.nio.file.Path;

/** Paths as a command line that is shown has to have them. */
public final class Shell {
  private Shell() {}

  /** A path as one word of a shell's. */
  public static String word(Path path) {
    String text = path.toString();
    return text.matches("[\\w./+@%,=-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
  }
}
