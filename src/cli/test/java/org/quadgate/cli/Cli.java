// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs commands in this JVM, as {@link Main} would. */
public record Cli(int status, String out, String err) {
  /** Runs a command on an empty standard input. */
  public static Cli run(Object... args) {
    return runOn("", args);
  }

  /** With standard input. */
  public static Cli runOn(String in, Object... args) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    int status =
        main(
            new ByteArrayInputStream(in.getBytes(StandardCharsets.UTF_8)),
            new PrintStream(out, false, StandardCharsets.UTF_8),
            new PrintStream(err, false, StandardCharsets.UTF_8),
            args);
    return new Cli(
        status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /** On streams of the caller's own; the exit status. */
  public static int main(InputStream in, PrintStream out, PrintStream err, Object... args) {
    String[] words = new String[args.length];
    for (int i = 0; i < args.length; i++) {
      words[i] = args[i].toString();
    }
    return Main.run(words, in, out, err);
  }

  /** In a JVM of its own that has these options and no vector module. */
  public static Cli runApart(List<String> options, Redirect in, Object... args)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    for (Object word : args) {
      command.add(word.toString());
    }
    Path said = Files.createTempFile("quadgate", ".txt");
    try {
      Process child =
          new ProcessBuilder(command).redirectInput(in).redirectError(said.toFile()).start();
      String out = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Cli(child.waitFor(), out, Files.readString(said));
    } finally {
      Files.delete(said);
    }
  }

  /** Words of a command with more of them behind. */
  public static Object[] words(List<?> first, Object... more) {
    List<Object> words = new ArrayList<>(first);
    words.addAll(List.of(more));
    return words.toArray();
  }

  /** A file of the library's tests. */
  public static Path resource(String name) {
    return Path.of("src", "library", "test", "resources").resolve(name);
  }

  /** That the command refused its input with this one line. */
  public void assertRefused(String line) {
    assertEquals(line + System.lineSeparator(), err);
    assertEquals(2, status);
  }

  /** That the command refused its input with one line that has these parts. */
  public void assertRefusedWith(String... parts) {
    assertEquals(1, err.lines().count(), err);
    for (String part : parts) {
      assertTrue(err.contains(part), err);
    }
    assertEquals(2, status);
  }

  /** That the command did what it was asked, and said nothing on standard error. */
  public Cli assertDone() {
    assertEquals("", err);
    assertEquals(0, status);
    return this;
  }

  /** Standard output, line by line. */
  public List<String> lines() {
    return out.lines().toList();
  }
}
