// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Which package may import which, and that the Vector API stays in the vector kernels. */
class PackageDirectionTest {
  private static final List<Path> SOURCES =
      List.of(Path.of("src", "library", "main", "java"), Path.of("src", "cli", "main", "java"));

  /** The packages of ours that each may import, its own aside. */
  private static final Map<String, Set<String>> ALLOWED =
      Map.ofEntries(
          Map.entry("org.quadgate", Set.of("org.quadgate.kernel")),
          Map.entry("org.quadgate.kernel", Set.of()),
          Map.entry("org.quadgate.chart", Set.of()),
          Map.entry("org.quadgate.inspect", Set.of("org.quadgate")),
          Map.entry("org.quadgate.text", Set.of("org.quadgate")),
          Map.entry("org.quadgate.sequence", Set.of("org.quadgate", "org.quadgate.kernel")),
          Map.entry(
              "org.quadgate.io",
              Set.of(
                  "org.quadgate",
                  "org.quadgate.sequence",
                  "org.quadgate.text",
                  "org.quadgate.io.keras",
                  "org.quadgate.io.onnx")),
          Map.entry(
              "org.quadgate.io.keras",
              Set.of("org.quadgate", "org.quadgate.sequence", "org.quadgate.io")),
          Map.entry(
              "org.quadgate.io.onnx",
              Set.of("org.quadgate", "org.quadgate.sequence", "org.quadgate.io")),
          Map.entry(
              "org.quadgate.train",
              Set.of("org.quadgate", "org.quadgate.kernel", "org.quadgate.io")),
          Map.entry(
              "org.quadgate.cli",
              Set.of(
                  "org.quadgate",
                  "org.quadgate.chart",
                  "org.quadgate.inspect",
                  "org.quadgate.io",
                  "org.quadgate.sequence",
                  "org.quadgate.text",
                  "org.quadgate.train")));

  private static final Pattern NAME = Pattern.compile("\\borg\\.quadgate(?:\\.[a-z]+)*");

  private static List<Path> sources() throws IOException {
    List<Path> sources = new ArrayList<>();
    for (Path folder : SOURCES) {
      try (var files = Files.walk(folder)) {
        files.filter(f -> f.toString().endsWith(".java")).forEach(sources::add);
      }
    }
    return sources;
  }

  private static List<String> violations(String name, String text) {
    List<String> found = new ArrayList<>();
    if (text.contains("jdk.incubator.vector.") && !name.matches("Vector\\w+\\.java")) {
      found.add(name + " uses jdk.incubator.vector");
    }
    Matcher self = Pattern.compile("(?m)^package ([\\w.]+);").matcher(text);
    if (!self.find()) {
      return found;
    }
    Set<String> allowed = ALLOWED.get(self.group(1));
    if (allowed == null) {
      found.add(name + " is in " + self.group(1) + ", which this test does not know");
      return found;
    }
    String code = text.replaceAll("(?s)/\\*.*?\\*/", "").replaceAll("\"[^\"\\n]*\"", "");
    Matcher used = NAME.matcher(code);
    while (used.find()) {
      if (!used.group().equals(self.group(1)) && !allowed.contains(used.group())) {
        found.add(name + " uses " + used.group());
      }
    }
    return found;
  }

  @Test
  void packagesImportOnlyWhatTheyMay() throws IOException {
    List<Path> sources = sources();
    assertTrue(sources.size() > 10, "found only " + sources.size() + " sources");
    List<String> found = new ArrayList<>();
    for (Path source : sources) {
      if (!source.endsWith("module-info.java")) {
        found.addAll(violations(source.getFileName().toString(), Files.readString(source)));
      }
    }
    assertEquals(List.of(), found);
  }

  @Test
  void aViolationIsFound() {
    assertEquals(
        1, violations("A.java", "package org.quadgate.kernel;\nimport org.quadgate.io.B;").size());
    assertEquals(
        1,
        violations("A.java", "package org.quadgate;\nimport jdk.incubator.vector.FloatVector;")
            .size());
    assertEquals(1, violations("A.java", "package org.quadgate.util;").size());
  }
}
