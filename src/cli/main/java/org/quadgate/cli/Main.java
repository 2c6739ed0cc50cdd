// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.quadgate.cli.console.Console;

/** Where the process begins and ends: its streams and its exit status. */
public final class Main {
  private static final String LOG_FORMAT = "java.util.logging.SimpleFormatter.format";

  private Main() {}

  /** Runs one command and exits with its status. */
  public static void main(String[] args) {
    if (System.getProperty(LOG_FORMAT) == null) {
      // A warning of the library is one line like all else on standard error, without a time.
      System.setProperty(LOG_FORMAT, "quadgate: %5$s%n");
    }
    // UTF-8 whatever the locale: model shapes and group keys have to survive LANG=C
    var sink = new StandardSink(new FileOutputStream(FileDescriptor.out));
    var out = new PrintStream(new BufferedOutputStream(sink), false, StandardCharsets.UTF_8);
    var err =
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    int status = run(args, System.in, out, err);
    out.flush();
    String lost = sink.whatWasLost();
    if (lost != null && status == 0) {
      err.println("standard output: cannot be written: " + lost);
      status = 2;
    }
    System.exit(status);
  }

  /** Runs one command on the given streams and returns its exit status. */
  static int run(String[] args, InputStream in, PrintStream out, PrintStream err) {
    try {
      return QuadgateCommand.execute(args, new Console(in, out, err));
    } catch (NoClassDefFoundError e) {
      err.println(
          "quadgate: a library of the command line is not on the class path ("
              + e.getMessage()
              + "); start it with scripts/quadgate");
      return 2;
    } finally {
      out.flush();
      err.flush();
    }
  }
}
