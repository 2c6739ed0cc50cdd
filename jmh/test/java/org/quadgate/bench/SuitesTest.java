// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Each suite of {@code scripts/bench} is there once, and what it names exists. */
@Tag("once")
class SuitesTest {
  private static final Pattern SUITE =
      Pattern.compile(
          "(?m)^  ([a-z-]+(?: \\| [a-z-]+)*)\\)\\s+(?:pattern='([^']*)'|program=(\\S+))");

  @Test
  void everySuiteRunsWhatThereIs() throws IOException {
    String script = Files.readString(Path.of("scripts", "bench"));
    Matcher suites = SUITE.matcher(script);
    Set<String> seen = new HashSet<>();
    while (suites.find()) {
      for (String suite : suites.group(1).split(" \\| ", -1)) {
        assertTrue(seen.add(suite), suite + " is there twice");
      }
      if (suites.group(3) != null) {
        String file = "org/quadgate/" + suites.group(3).replace('.', '/') + ".java";
        assertTrue(
            Files.exists(Path.of("jmh", file)) || Files.exists(Path.of("jmh", "peers", file)),
            file);
      } else {
        assertTrue(suites.group(2).contains("Benchmark"), suites.group(1));
      }
    }
    assertTrue(
        seen.containsAll(Set.of("step", "stac", "gap", "train", "batch", "sequence")), seen + "");
  }
}
