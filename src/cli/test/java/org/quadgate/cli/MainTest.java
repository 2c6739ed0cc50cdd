// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.quadgate.cli.refusal.BadInputException;

/** Usage, help and exit status of the command line as a whole. */
class MainTest {
  @Test
  void everyCommandHasHelpAndVersion() {
    assertTrue(Cli.run("--version").assertDone().out().startsWith("quadgate "));
    Cli help = Cli.run("--help").assertDone();
    for (String command : List.of("info", "predict", "latency", "demo")) {
      assertTrue(help.out().contains(command), help.out());
      assertTrue(Cli.run(command, "--version").assertDone().out().startsWith("quadgate "));
      Cli own = Cli.run(command, "--help").assertDone();
      assertTrue(own.out().contains("Usage: quadgate " + command), own.out());
      assertTrue(own.out().contains("--trace"), own.out());
    }
  }

  @Test
  void wrongUsageIsOneLineThatPointsToHelp() {
    Cli.run().assertRefusedWith("expected a command", "quadgate --help");
    Cli.run("walk")
        .assertRefusedWith(
            "quadgate: expected a command (info, train, ",
            "), found \"walk\"; see quadgate --help");
    Cli.run("--walk").assertRefusedWith("--walk", "quadgate --help");
    Cli.run("predict").assertRefusedWith("--model", "quadgate predict --help");
    Cli.run("info", "--nonsense").assertRefusedWith("--nonsense", "quadgate info --help");
    Cli.run("info", "extra").assertRefusedWith("extra");
    Cli.run("predict", "--model").assertRefusedWith("--model");
    Cli.run("predict", "--model", "a", "--model", "b").assertRefusedWith("--model");
    Cli.run("predict", "--model", "a\0b").assertRefusedWith("--model");
    Cli.run("predict", "--model", "a\nb.safetensors").assertRefusedWith("no such file");
  }

  @Test
  void aFaultOfOursSaysHowToSeeMore() {
    var failure = new IllegalStateException("one\n  two");
    var err = new ByteArrayOutputStream();
    var stream = new PrintStream(err, true, StandardCharsets.UTF_8);
    assertEquals(1, Failures.report(failure, false, stream));
    String line = err.toString(StandardCharsets.UTF_8);
    assertEquals(1, line.lines().count(), line);
    assertTrue(line.contains("one two") && line.contains("--trace"), line);
    assertTrue(line.contains("QUADGATE_TRACE=1"), line);
    err.reset();
    assertEquals(1, Failures.report(failure, true, stream));
    assertTrue(err.toString(StandardCharsets.UTF_8).contains("\tat "), "the stack trace");
    err.reset();
    assertEquals(2, Failures.report(new BadInputException("f: line 1"), true, stream));
    assertFalse(err.toString(StandardCharsets.UTF_8).contains("\tat "), "never for bad input");
    err.reset();
    assertEquals(1, Failures.report(new OutOfMemoryError(), false, stream));
    assertEquals(1, err.toString(StandardCharsets.UTF_8).lines().count());
  }

  // kernels are chosen once a JVM

  @Test
  void aWarningOfTheLibraryIsOneLine() throws Exception {
    Cli cli = Cli.runApart(List.of(), Redirect.PIPE, "info");
    assertEquals(0, cli.status(), cli.err());
    assertTrue(cli.err().startsWith("quadgate: kernels: scalar"), cli.err());
    assertEquals(1, cli.err().lines().count(), cli.err());
  }

  @Test
  void aTypoInTheChoiceOfKernelsIsTheUsers() throws Exception {
    List<String> typo = List.of("-Dquadgate.kernel=vectr");
    Cli.runApart(typo, Redirect.PIPE, "info")
        .assertRefusedWith("quadgate.kernel is 'vectr', expected scalar or vector");
    Cli.runApart(typo, Redirect.PIPE, "predict", "--model", "none.safetensors")
        .assertRefusedWith("quadgate.kernel is 'vectr', expected scalar or vector");
  }
}
