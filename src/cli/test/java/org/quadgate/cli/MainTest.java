// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
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

  /** In a JVM of its own, for kernels are chosen once. */
  @Test
  void aTypoInTheChoiceOfKernelsIsTheUsers() throws Exception {
    for (String command : List.of("info", "predict --model none.safetensors")) {
      List<String> words = new ArrayList<>();
      words.add(ProcessHandle.current().info().command().orElseThrow());
      words.addAll(List.of("-Dquadgate.kernel=vectr", "-cp"));
      words.addAll(List.of(System.getProperty("java.class.path"), Main.class.getName()));
      words.addAll(List.of(command.split(" ", -1)));
      Process child = new ProcessBuilder(words).start();
      String said = new String(child.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(child.waitFor(60, TimeUnit.SECONDS));
      assertEquals(2, child.exitValue(), said);
      assertEquals(1, said.lines().count(), said);
      assertTrue(said.contains("quadgate.kernel is 'vectr', expected scalar or vector"), said);
    }
  }
}
