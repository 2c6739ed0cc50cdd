// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.quadgate.LstmConfig;
import org.quadgate.LstmWeights;
import org.quadgate.RandomWeights;
import org.quadgate.io.ModelFiles;

/** Runs commands in this JVM, as {@link Main} would. */
record Cli(int status, String out, String err) {

  static Cli run(Object... args) {
    return runOn("", args);
  }

  /** With standard input. */
  static Cli runOn(String in, Object... args) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    String[] words = new String[args.length];
    for (int i = 0; i < args.length; i++) {
      words[i] = args[i].toString();
    }
    int status =
        Main.run(
            words,
            new ByteArrayInputStream(in.getBytes(StandardCharsets.UTF_8)),
            new PrintStream(out, false, StandardCharsets.UTF_8),
            new PrintStream(err, false, StandardCharsets.UTF_8));
    return new Cli(
        status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /** That the command refused its input with this one line. */
  void assertRefused(String line) {
    assertEquals(line + System.lineSeparator(), err);
    assertEquals(2, status);
  }

  /** That the command refused its input with one line that has these parts. */
  void assertRefusedWith(String... parts) {
    assertEquals(1, err.lines().count(), err);
    for (String part : parts) {
      assertTrue(err.contains(part), err);
    }
    assertEquals(2, status);
  }

  Cli assertDone() {
    assertEquals("", err);
    assertEquals(0, status);
    return this;
  }

  List<String> lines() {
    return out.lines().toList();
  }

  /** Inputs a, b, c; outputs p, q; standardised, so that order and scaling matter. */
  static LstmWeights namedWeights() {
    LstmWeights weights =
        RandomWeights.of(
            LstmConfig.builder(3)
                .lstm(13)
                .linear(2)
                .inputNames(List.of("a", "b", "c"))
                .outputNames(List.of("p", "q"))
                .build(),
            7);
    weights.inputMean[1] = 2;
    weights.inputStd[2] = 3;
    weights.outputStd[0] = 100;
    return weights;
  }

  static LstmWeights unnamedWeights() {
    return RandomWeights.of(LstmConfig.builder(3).lstm(13).linear(2).build(), 7);
  }

  static Path save(LstmWeights weights, Path file) throws IOException {
    ModelFiles.write(weights, file);
    return file;
  }
}
