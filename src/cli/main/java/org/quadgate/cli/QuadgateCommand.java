// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli;

import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.quadgate.Model;
import org.quadgate.cli.console.Console;
import org.quadgate.cli.convert.ConvertCommand;
import org.quadgate.cli.demo.DemoCommand;
import org.quadgate.cli.info.InfoCommand;
import org.quadgate.cli.inspect.InspectCommand;
import org.quadgate.cli.latency.LatencyCommand;
import org.quadgate.cli.machine.VersionText;
import org.quadgate.cli.precision.PrecisionCommand;
import org.quadgate.cli.predict.PredictCommand;
import org.quadgate.cli.refusal.BadInputException;
import org.quadgate.cli.sample.SampleCommand;
import org.quadgate.cli.train.TrainCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The root of the command tree, and what all commands share. */
@Command(
    name = "quadgate",
    description = "An LSTM engine that steps once per tick.",
    mixinStandardHelpOptions = true,
    versionProvider = VersionText.class,
    scope = ScopeType.INHERIT,
    usageHelpAutoWidth = true)
final class QuadgateCommand implements Runnable {
  /** The library's system property. */
  private static final String KERNEL = "quadgate.kernel";

  @Spec private CommandSpec spec;

  @Option(
      names = "--trace",
      scope = ScopeType.INHERIT,
      description = "Show the stack trace of an internal error (also: QUADGATE_TRACE=1).")
  private boolean trace;

  private QuadgateCommand() {}

  /** Parses the arguments and runs the command they name. */
  static int execute(String[] args, Console console) {
    QuadgateCommand root = new QuadgateCommand();
    CommandLine line =
        new CommandLine(root)
            .addSubcommand("info", new InfoCommand(console))
            .addSubcommand("train", new TrainCommand(console))
            .addSubcommand("sample", new SampleCommand(console))
            .addSubcommand("predict", new PredictCommand(console))
            .addSubcommand("latency", new LatencyCommand(console))
            .addSubcommand("inspect", new InspectCommand(console))
            .addSubcommand("convert", new ConvertCommand(console))
            .addSubcommand("precision", new PrecisionCommand(console))
            .addSubcommand("demo", new DemoCommand(console))
            .setOut(writer(console.out()))
            .setErr(writer(console.err()))
            .setParameterExceptionHandler((e, _) -> Failures.usage(e, console.err()))
            .setExecutionStrategy(parsed -> root.execute(parsed, console))
            .setExecutionExceptionHandler(
                (e, _, _) -> Failures.report(e, root.traces(), console.err()));
    try {
      return line.execute(args);
    } catch (NoClassDefFoundError e) {
      throw e;
    } catch (Error e) { // picocli hands on exceptions only
      return Failures.report(e, root.traces(), console.err());
    }
  }

  private int execute(ParseResult parsed, Console console) {
    if (System.getProperty(KERNEL) != null) {
      try {
        Model.defaultKernel();
      } catch (IllegalArgumentException e) {
        // A typo in the choice of kernels is the user's, whichever command would stumble over it.
        return Failures.report(new BadInputException(e.getMessage(), e), traces(), console.err());
      }
    }
    return new CommandLine.RunLast().execute(parsed);
  }

  private boolean traces() {
    return trace || "1".equals(System.getenv("QUADGATE_TRACE"));
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), true);
  }

  /** Runs where no subcommand was named. */
  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "expected a command (" + String.join(", ", spec.subcommands().keySet()) + ")");
  }
}
