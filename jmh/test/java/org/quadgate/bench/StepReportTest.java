// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The tables of steps: beside the machine's limit, and rare cells beside the usual one. */
class StepReportTest {
  private static JmhResult result(
      String type, String method, Map<String, String> params, double score) {
    return new JmhResult(type, method, new TreeMap<>(params), score, Map.of(), Map.of(), Map.of());
  }

  private static JmhResult rare(String shape, CellVariant variant, double score) {
    return result(
        "RareStepBenchmark", "step", Map.of("shape", shape, "variant", variant.name()), score);
  }

  private static JmhResult limit(double score) {
    return result("RooflineBenchmark", "stream", Map.of("shape", "8x32"), score);
  }

  private static JmhResult step(double score) {
    return result("StepBenchmark", "step", Map.of("shape", "8x32", "precision", "FP32"), score);
  }

  @Test
  void stepsStandBesideTheLimit() {
    assertEquals(
        """
        | inputs x hidden | limit µs | step FP32 µs | × limit |
        |---|---|---|---|
        | 8x32 | 0.125 | 0.250 | 2.00 |
        """,
        StepReport.tables(List.of(limit(0.125), step(0.25))));
  }

  @Test
  void eachRareCellStandsBesideWhatDoesTheSameWithoutIt() {
    String tables =
        StepReport.tables(
            List.of(
                limit(0.125),
                rare("8x32", CellVariant.RELU_HEAD, 0.33),
                rare("8x32", CellVariant.LINEAR_HEAD, 0.3),
                rare("8x32", CellVariant.PEEPHOLES, 0.25),
                rare("8x32", CellVariant.USUAL, 0.2),
                rare("32x128", CellVariant.PEEPHOLES, 3)));
    assertEquals(
        """
        | inputs x hidden | limit µs |
        |---|---|
        | 8x32 | 0.125 |

        | inputs x hidden | usual µs | peepholes µs | × usual | linear head µs | relu head µs \
        | × linear head |
        |---|---|---|---|---|---|---|
        | 8x32 | 0.200 | 0.250 | 1.25 | 0.300 | 0.330 | 1.10 |
        | 32x128 | – | 3.000 | – | – | – | – |
        """,
        tables);
  }
}
