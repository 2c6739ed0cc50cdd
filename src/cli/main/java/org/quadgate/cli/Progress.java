// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli;

import java.io.PrintStream;

/**
 * Says on standard error what is going on: on a terminal (the launch script sets {@code
 * quadgate.tty}) in one line that is overwritten, elsewhere in a line for each step.
 */
final class Progress {
  private static final String ERASE_LINE = "\r\u001b[K";

  private final PrintStream err;
  private final boolean terminal = Boolean.getBoolean("quadgate.tty");

  Progress(PrintStream err) {
    this.err = err;
  }

  /** Whether lines are overwritten. */
  boolean isTerminal() {
    return terminal;
  }

  void now(String doing) {
    if (terminal) {
      err.print(ERASE_LINE + doing + " ...");
      err.flush();
    } else {
      err.println(doing + " ...");
    }
  }

  /** Clears the line for what is printed next. */
  void done() {
    if (terminal) {
      err.print(ERASE_LINE);
      err.flush();
    }
  }
}
