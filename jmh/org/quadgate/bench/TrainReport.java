// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.quadgate.train.TrainingIteration;

/**
 * Turns JMH's JSON of training into one Markdown table: time per iteration and GFLOP/s beside the
 * peak that the same run measured, and what the second thread brings.
 */
public final class TrainReport {
  private static final int BITS_PER_LANE = 32;

  private TrainReport() {}

  /** Prints the table of the JSON file named by the first argument. */
  public static void main(String[] args) throws IOException {
    List<JmhResult> results = JmhResult.read(Path.of(args[0]));
    double peak = Double.NaN;
    for (JmhResult result : results) {
      if (result.method().equals("peakFma")) {
        peak = 2.0 * RooflineBenchmark.widthBits() / BITS_PER_LANE / result.score();
      }
    }
    System.out.printf(Locale.ROOT, "Peak of one thread, fma in registers: %.0f GFLOP/s%n%n", peak);
    System.out.println("| shape | threads | ms per iteration | GFLOP/s | of peak | × one thread |");
    System.out.println("|---|---|---|---|---|---|");
    for (JmhResult result : results) {
      String shape = result.params().get("shape");
      if (shape == null) {
        continue;
      }
      double gigaflops = TrainingIteration.parse(shape).flops() / result.score() / 1e6;
      System.out.printf(
          Locale.ROOT,
          "| %s | %s | %.2f | %.1f | %.0f %% | %.2f |%n",
          shape,
          result.params().get("threads"),
          result.score(),
          gigaflops,
          100 * gigaflops / peak,
          alone(results, shape) / result.score());
    }
  }

  private static double alone(List<JmhResult> results, String shape) {
    for (JmhResult result : results) {
      if (shape.equals(result.params().get("shape"))
          && "1".equals(result.params().get("threads"))) {
        return result.score();
      }
    }
    return Double.NaN;
  }
}
