// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.console;

import java.io.PrintStream;

/**
 * Says on standard error what is going on: on a terminal (the launch script sets {@code
 * quadgate.tty}) in one line that is overwritten, elsewhere in a line for each step.
 */
public final class Progress {
  private static final String ERASE_LINE = "\r\u001b[K";

  private final PrintStream err;
  private final boolean terminal = Boolean.getBoolean("quadgate.tty");

  /** Progress of a command that has this standard error. */
  public Progress(PrintStream err) {
    this.err = err;
  }

  /** Whether lines are overwritten. */
  public boolean isTerminal() {
    return terminal;
  }

  /** Says what begins. */
  public void now(String doing) {
    if (terminal) {
      err.print(ERASE_LINE + doing + " ...");
      err.flush();
    } else {
      err.println(doing + " ...");
    }
  }

  /** Clears the line for what is printed next. */
  public void done() {
    if (terminal) {
      err.print(ERASE_LINE);
      err.flush();
    }
  }
}
