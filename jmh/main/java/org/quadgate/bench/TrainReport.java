// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.quadgate.kernel.provider.KernelProvider;

/**
 * Turns the JSON of a training run into one Markdown table of GFLOP/s: a row per shape, a column
 * per engine.
 */
public final class TrainReport {
  private TrainReport() {}

  /** Prints the table of a JSON file; the arguments are its name and the command that made it. */
  public static void main(String[] args) throws IOException {
    List<JmhResult> results = JmhResult.readAll(Path.of(args[0]));
    String folder = System.getenv(Unavailable.FOLDER);
    List<Unavailable> failures = folder == null ? List.of() : Unavailable.in(Path.of(folder));
    System.out.print(ReportHeader.of(results, args[1]));
    System.out.print(table(results, System.getProperty("java.class.path")));
    System.out.print(PeerReport.reasons(failures));
  }

  static String table(List<JmhResult> results, String classPath) {
    Map<String, double[]> rows = new LinkedHashMap<>(); // 1 thread, 2 threads, libtorch
    double peak = Double.NaN;
    boolean peer = false;
    for (JmhResult result : results) {
      String shape = result.params().get("shape");
      if (result.method().equals("peakFma")) {
        peak = 2.0 * KernelProvider.chosen().kernels().widthBits() / Float.SIZE / result.score();
      } else if (Peer.LIBTORCH_TRAINING.made(result)) {
        peer = true;
        row(rows, shape)[2] = result.counters().get("gigaflops");
      } else if (result.type().equals("TrainBenchmark")) {
        boolean alone = "1".equals(result.params().get("threads"));
        row(rows, shape)[alone ? 0 : 1] = TrainShape.parse(shape).flops() / result.score() / 1e6;
      }
    }
    StringBuilder out = new StringBuilder();
    if (!Double.isNaN(peak)) {
      out.append(String.format(Locale.ROOT, "Peak of one thread: %.0f GFLOP/s%n%n", peak));
    }
    String libtorch = Peer.LIBTORCH_TRAINING.labelWithVersion(classPath);
    out.append(
            "| batch x steps x inputs x hidden [x layers] | Quadgate GFLOP/s | 2 threads | × one ")
        .append(peer ? "| " + libtorch + " GFLOP/s | Quadgate ÷ libtorch |" : "|")
        .append(peer ? "\n|---|---|---|---|---|---|\n" : "\n|---|---|---|---|\n");
    rows.forEach(
        (shape, r) -> {
          out.append("| ").append(shape);
          for (double value : new double[] {r[0], r[1]}) {
            out.append(" | ").append(cell(value, "%.1f"));
          }
          out.append(" | ").append(cell(r[1] / r[0], "%.2f"));
          if (results.stream().anyMatch(Peer.LIBTORCH_TRAINING::made)) {
            out.append(" | ").append(cell(r[2], "%.1f"));
            out.append(" | ").append(cell(r[0] / r[2], "%.2f"));
          }
          out.append(" |\n");
        });
    return out.toString();
  }

  private static String cell(double value, String format) {
    return Double.isNaN(value) ? "–" : String.format(Locale.ROOT, format, value);
  }

  private static double[] row(Map<String, double[]> rows, String shape) {
    return rows.computeIfAbsent(shape, s -> new double[] {Double.NaN, Double.NaN, Double.NaN});
  }
}
