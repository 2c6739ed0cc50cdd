// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli;

import java.io.PrintStream;
import org.quadgate.cli.console.Console;
import org.quadgate.cli.refusal.BadInputException;
import picocli.CommandLine;

/** Turns whatever stopped a command into an exit status and at most one line. */
final class Failures {
  private Failures() {}

  /** Options or arguments that picocli refused. */
  static int usage(CommandLine.ParameterException e, PrintStream err) {
    CommandLine line = e.getCommandLine();
    String command = line.getCommandSpec().qualifiedName();
    String problem = oneLine(e.getMessage()).replaceFirst("^Error: ", "");
    if (e instanceof CommandLine.UnmatchedArgumentException unmatched
        && !unmatched.isUnknownOption()
        && !line.getSubcommands().isEmpty()) {
      problem =
          "expected a command ("
              + String.join(", ", line.getSubcommands().keySet())
              + "), found "
              + BadInputException.quote(unmatched.getUnmatched().getFirst());
    }
    err.println(command + ": " + problem + "; see " + command + " --help");
    return 2;
  }

  /** Anything thrown by a command; {@code trace} adds the stack trace of a fault of ours. */
  static int report(Throwable failure, boolean trace, PrintStream err) {
    return switch (failure) {
      case Console.OutputGoneException _ -> 0;
      case BadInputException bad -> {
        err.println(oneLine(bad.getMessage()));
        yield 2;
      }
      case OutOfMemoryError _ -> {
        long mebibytes = Runtime.getRuntime().maxMemory() >> 20;
        err.println(
            "quadgate: out of memory with a heap of at most "
                + mebibytes
                + " MiB; set QUADGATE_JAVA_OPTS=-Xmx... to allow more");
        yield 1;
      }
      default -> {
        err.println(
            "quadgate: internal error: "
                + oneLine(failure.toString())
                + (trace ? "" : "; add --trace or set QUADGATE_TRACE=1 to see where"));
        if (trace) {
          failure.printStackTrace(err);
        }
        yield 1;
      }
    };
  }

  private static String oneLine(String message) {
    return String.valueOf(message).strip().replaceAll("\\s*\\R\\s*", " ");
  }
}
