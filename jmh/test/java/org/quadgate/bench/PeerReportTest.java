// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From JMH's JSON and the reasons kept on the way to the table of a run with peers. */
class PeerReportTest {
  private static final String CLASS_PATH =
      "/m2/onnxruntime-1.23.2.jar:/m2/pytorch-native-cpu-2.7.1-linux-x86_64.jar:/m2/other-9.jar";

  @TempDir Path folder;

  @Test
  void ratiosAreOfThePeersTimeToOurs() throws IOException {
    List<JmhResult> results =
        results(
            result("bench.RooflineBenchmark.stream", "\"shape\": \"8x32\"", 0.1),
            result("bench.StepBenchmark.step", ours("FP32"), 0.25),
            result("bench.StepBenchmark.step", ours("BF16"), 0.2),
            result("peers.OnnxRuntimeBenchmark.step", "\"shape\": \"8x32\"", 5));
    String[] lines = PeerReport.table(results, List.of(), CLASS_PATH).split("\n", -1);
    assertTrue(lines[0].contains("| ONNX Runtime 1.23.2 µs | ÷ fp32 | ÷ bf16 |"), lines[0]);
    assertTrue(lines[0].contains("| ONNX Runtime 1.23.2, 48 streams a call µs |"), lines[0]);
    assertTrue(lines[0].contains("| libtorch (DJL) 2.7.1 µs |"), lines[0]);
    assertTrue(lines[0].contains("| DL4J µs |"), lines[0]);
    String row = "| 8x32 | 0.100 | 0.250 | 0.200 | – | 5.000 | 20.00 | 25.00 |";
    assertTrue(lines[2].startsWith(row), lines[2]);
    long columns = lines[0].chars().filter(c -> c == '|').count();
    assertEquals(columns, lines[1].chars().filter(c -> c == '|').count());
    assertEquals(columns, lines[2].chars().filter(c -> c == '|').count());
  }

  @Test
  void whatCannotRunIsNamedWithItsReason() throws IOException {
    for (String shape : List.of("8x32", "16x64")) {
      assertThrows(
          IllegalStateException.class,
          () ->
              Unavailable.orReason(
                  Peer.DL4J.label(),
                  shape,
                  () -> {
                    throw new IOException("outer", new UnsatisfiedLinkError("no\nlib | here"));
                  },
                  folder));
    }
    assertEquals("made", Unavailable.orReason("another", "8x32", () -> "made", folder));
    List<Unavailable> failures = Unavailable.in(folder);
    assertEquals(2, failures.size());
    String table = PeerReport.table(List.of(), failures, "");
    assertTrue(table.contains("| 16x64 | – |"), table);
    assertTrue(table.contains(" cannot run | – | – |"), table);
    assertTrue(
        table.endsWith(
            "\nDL4J cannot run here at 16x64, 8x32: UnsatisfiedLinkError: no lib / here\n"),
        table);
  }

  @Test
  void aJvmThatEndsDuringSetUpLeavesAReason() throws IOException {
    String seen =
        Unavailable.orReason(
            "DL4J", "8x32", () -> Unavailable.in(folder).getFirst().reason(), folder);
    assertEquals("the JVM ended while it was set up", seen);
    assertEquals(List.of(), Unavailable.in(folder));
  }

  @Test
  void trainingThroughputIsACounter() throws IOException {
    String json = result("peers.LibtorchTrainBenchmark.iteration", "\"shape\": \"32x50x16x64\"", 7);
    String counter = "\"secondaryMetrics\": {\"gigaflops\": {\"score\": 45.04}}";
    List<JmhResult> results = results(json.replace("\"secondaryMetrics\": {}", counter));
    String table = TrainReport.table(results, CLASS_PATH);
    assertTrue(table.contains("libtorch (DJL) 2.7.1, training GFLOP/s"), table);
    assertTrue(table.contains("| 32x50x16x64 | – | – | – | 45.0 | – |"), table);
    // 6 · 4·64·(16 + 64) · 32 · 50
    assertEquals(196_608_000, TrainShape.parse("32x50x16x64").flops());
    // 6 · (4·200·400 + 4·200·400) · 20 · 35
    assertEquals(2_688_000_000.0, TrainShape.parse("20x35x200x200x2").flops());
  }

  @Test
  void theHeaderNamesFlagsAndCommand() throws IOException {
    String header = ReportHeader.of(results(result("bench.A.b", "", 1)), "./scripts/bench peers");
    assertTrue(header.contains("* Flags: `--one --two`\n"), header);
    assertTrue(header.contains("* JMH 1.37: forks 2, iterations 5 × 1 s,"), header);
    assertTrue(header.endsWith("* Command: `./scripts/bench peers`\n\n"), header);
    assertTrue(ReportHeader.of(List.of(), "c").contains("* Command: `c`"));
  }

  private List<JmhResult> results(String... results) throws IOException {
    Path file = folder.resolve("results.json");
    Files.writeString(file, "[" + String.join(",", results) + "]");
    return JmhResult.readAll(file);
  }

  private static String ours(String precision) {
    return "\"shape\": \"8x32\", \"kernel\": \"vector\", \"precision\": \"" + precision + "\"";
  }

  private static String result(String benchmark, String params, double score) {
    return """
    {
      "jmhVersion": "1.37", "benchmark": "org.quadgate.%s", "threads": 1, "forks": 2,
      "jvmArgs": ["--one", "--two", "--one"], "warmupIterations": 3, "warmupTime": "1 s",
      "measurementIterations": 5, "measurementTime": "1 s", "params": {%s},
      "primaryMetric": {"score": %s, "scoreError": "NaN", "rawData": [[1]]},
      "secondaryMetrics": {}
    }"""
        .formatted(benchmark, params, String.format(Locale.ROOT, "%f", score));
  }
}
