// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.quadgate.ScriptFolder;

/** Each suite that {@code scripts/bench} offers runs something that exists. */
@Tag("once")
class BenchScriptTest {
  private static final Pattern JMH = Pattern.compile("org\\.openjdk\\.jmh\\.Main (\\S+)");
  private static final Pattern PROGRAM = Pattern.compile(" (org\\.quadgate\\.\\S+) (?!-)");

  @TempDir Path temporary;
  private ScriptFolder folder;

  @BeforeEach
  void copyTheScripts() throws Exception {
    folder = new ScriptFolder(temporary);
  }

  /** The suites, as the usage names them. */
  private List<String> suites() throws Exception {
    ScriptFolder.Result result = folder.run("bench", "nonsense");
    assertEquals(2, result.status(), result.output());
    assertEquals(List.of(), result.calls());
    assertTrue(result.output().startsWith("usage: bench "), result.output());
    List<String> suites = new ArrayList<>();
    Matcher lists = Pattern.compile("bench ([a-z|-]+)").matcher(result.output());
    while (lists.find()) {
      suites.addAll(List.of(lists.group(1).split("\\|", -1)));
    }
    return suites;
  }

  /** All benchmarks: JMH's list of ours, and the peers' sources, which are compiled elsewhere. */
  private static List<String> benchmarks() throws Exception {
    List<String> names = new ArrayList<>();
    for (BenchmarkListEntry entry :
        BenchmarkList.defaultList()
            .getAll(
                OutputFormatFactory.createFormatInstance(System.out, VerboseMode.SILENT),
                List.of())) {
      names.add(entry.getUsername());
    }
    try (Stream<Path> files = Files.list(Path.of("jmh/peers/org/quadgate/peers"))) {
      files
          .map(file -> file.getFileName().toString())
          .filter(file -> file.endsWith("Benchmark.java"))
          .forEach(file -> names.add("org.quadgate.peers." + file.replace(".java", ".run")));
    }
    return names;
  }

  @Test
  void everySuiteRunsWhatThereIsAndEveryBenchmarkHasASuite() throws Exception {
    List<String> suites = suites();
    assertTrue(suites.containsAll(List.of("step", "train", "peers", "batch", "stac")), suites + "");
    List<String> benchmarks = benchmarks();
    List<String> reached = new ArrayList<>();
    for (String suite : suites) {
      ScriptFolder.Result result = folder.run("bench", suite);
      assertEquals(0, result.status(), suite + ": " + result.output());
      String calls = String.join("\n", result.calls());
      Matcher jmh = JMH.matcher(calls);
      Matcher program = PROGRAM.matcher(calls);
      assertTrue(jmh.find() || program.find(), suite + " runs " + calls);
      jmh.reset();
      while (jmh.find()) {
        Pattern pattern = Pattern.compile(jmh.group(1));
        List<String> matched =
            benchmarks.stream().filter(name -> pattern.matcher(name).find()).toList();
        assertFalse(matched.isEmpty(), suite + " runs " + pattern);
        reached.addAll(matched);
      }
      program.reset();
      while (program.find()) {
        assertExists(program.group(1));
      }
    }
    List<String> orphans = new ArrayList<>(benchmarks);
    orphans.removeAll(reached);
    assertEquals(List.of(), orphans, "in no suite");
  }

  private static void assertExists(String type) throws Exception {
    if (type.startsWith("org.quadgate.peers.")) {
      Path source = Path.of("jmh", "peers", type.replace('.', '/') + ".java");
      assertTrue(Files.exists(source), source.toString());
    } else {
      Class.forName(type).getMethod("main", String[].class);
    }
  }

  @Test
  void aShapeThatIsNoneIsRefused() throws Exception {
    ScriptFolder.Result result = folder.run("bench", "batch", "8x32", "8x");
    assertEquals(2, result.status());
    assertTrue(result.output().contains("shape is '8x'"), result.output());
    assertEquals(List.of(), result.calls());
  }
}
