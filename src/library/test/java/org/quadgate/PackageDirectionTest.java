// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** That packages use each other as CONTRIBUTING.md lists it, no less, no more, and in no circle. */
@Tag("once")
class PackageDirectionTest {
  private static final String ROOT = "org.quadgate";
  private static final String COMMANDS = "every command";

  private static final List<Path> SOURCES =
      List.of(Path.of("src", "library", "main", "java"), Path.of("src", "cli", "main", "java"));

  private static final Pattern LIST = Pattern.compile("(?s)```packages\n(.*?)```");
  private static final Pattern LISTED = Pattern.compile("[a-z.]+(?: [a-z]+)?");
  private static final Pattern PACKAGE = Pattern.compile("(?m)^package ([\\w.]+);");
  private static final Pattern NAME = Pattern.compile("\\borg\\.quadgate(?:\\.[a-z0-9]+)*");

  private static String text() throws IOException {
    return Files.readString(Path.of("CONTRIBUTING.md"));
  }

  /** Package by package what the list in {@code text} lets it use. */
  private static Map<String, Set<String>> listed(String text) {
    Matcher list = LIST.matcher(text);
    assertTrue(list.find(), "no list of packages");
    Map<String, Set<String>> packages = new TreeMap<>();
    for (String line : list.group(1).lines().toList()) {
      int arrow = line.indexOf('→');
      Set<String> uses = new TreeSet<>();
      Matcher name = LISTED.matcher(line.substring(arrow + 1));
      while (name.find()) {
        uses.add(name.group());
      }
      packages.put(line.substring(0, arrow).strip(), uses);
    }
    Set<String> main = packages.get("cli");
    if (main != null && main.remove(COMMANDS)) {
      packages.keySet().stream()
          .filter(name -> name.startsWith("cli.") && commandIn(name))
          .forEach(main::add);
    }
    return packages;
  }

  /** A command's room has a class that is named after it. */
  private static boolean commandIn(String name) {
    String command = name.substring(name.lastIndexOf('.') + 1);
    String type = Character.toUpperCase(command.charAt(0)) + command.substring(1) + "Command.java";
    return Files.exists(
        SOURCES.getLast().resolve(Path.of("org", "quadgate", "cli", command, type)));
  }

  /** Package by package what it uses. */
  private static Map<String, Set<String>> found() throws IOException {
    Map<String, Set<String>> packages = new TreeMap<>();
    for (Path folder : SOURCES) {
      try (var files = Files.walk(folder)) {
        for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
          add(Files.readString(file), packages);
        }
      }
    }
    return packages;
  }

  private static void add(String source, Map<String, Set<String>> packages) {
    Matcher own = PACKAGE.matcher(source);
    if (!own.find()) {
      return; // a module descriptor
    }
    Set<String> uses = packages.computeIfAbsent(shortened(own.group(1)), name -> new TreeSet<>());
    String code = source.replaceAll("(?s)/\\*.*?\\*/", "").replaceAll("\"[^\"\\n]*\"", "");
    Matcher used = NAME.matcher(code);
    while (used.find()) {
      if (!used.group().equals(own.group(1))) {
        uses.add(shortened(used.group()));
      }
    }
    if (code.contains("jdk.incubator.vector.")) {
      uses.add("jdk.incubator.vector");
    }
  }

  private static String shortened(String name) {
    return name.equals(ROOT) ? name : name.substring(ROOT.length() + 1);
  }

  /** A circle of packages, each using the next; empty if there is none. */
  private static List<String> circle(Map<String, Set<String>> packages) {
    Set<String> through = new HashSet<>();
    for (String start : packages.keySet()) {
      List<String> circle = circle(packages, start, new ArrayList<>(), through);
      if (!circle.isEmpty()) {
        return circle;
      }
    }
    return List.of();
  }

  private static List<String> circle(
      Map<String, Set<String>> packages, String at, List<String> path, Set<String> through) {
    if (path.contains(at)) {
      return List.copyOf(path.subList(path.indexOf(at), path.size()));
    }
    if (!through.add(at)) {
      return List.of();
    }
    path.add(at);
    for (String next : packages.getOrDefault(at, Set.of())) {
      List<String> circle = circle(packages, next, path, through);
      if (!circle.isEmpty()) {
        return circle;
      }
    }
    path.removeLast();
    return List.of();
  }

  @Test
  void packagesUseEachOtherAsListed() throws IOException {
    Map<String, Set<String>> listed = listed(text());
    listed.get("kernel.vector").add("jdk.incubator.vector");
    String expected = lines(listed);
    assertTrue(listed.size() > 20, "only " + listed.size() + " packages are listed");
    assertEquals(expected, lines(found()));
  }

  private static String lines(Map<String, Set<String>> packages) {
    return packages.entrySet().stream()
        .map(entry -> entry.getKey() + " → " + String.join(", ", entry.getValue()))
        .collect(Collectors.joining("\n"));
  }

  @Test
  void noCircle() throws IOException {
    assertEquals(List.of(), circle(found()));
  }

  @Test
  void aForeignUseAndACircleAreFound() {
    Map<String, Set<String>> packages = new TreeMap<>();
    add("package org.quadgate.kernel;\nimport org.quadgate.io.B;", packages);
    add("package org.quadgate.io;\nimport jdk.incubator.vector.FloatVector;", packages);
    add("package org.quadgate.io;\n/** {@link org.quadgate.text.T} */\nclass C {}", packages);
    assertEquals("io → jdk.incubator.vector\nkernel → io", lines(packages));
    assertEquals(List.of(), circle(packages));
    add("package org.quadgate.io;\nimport org.quadgate.kernel.K;", packages);
    assertEquals(List.of("io", "kernel"), circle(packages));
  }
}
