// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.quadgate.Precision;
import org.quadgate.kernel.KernelProvider;

/**
 * Turns the JSON of a run over batches or sequences into one Markdown table: a row per shape; our
 * times per stream and timestep in each precision, what share of the machine's peak the gate sums
 * reach, and ONNX Runtime's time with its ratio to ours.
 */
public final class StreamsReport {
  /** One shape's times in µs; NaN where there is none. */
  private static final class Row {
    final Map<Precision, Double> ours = new EnumMap<>(Precision.class);
    double sums = Double.NaN;
    double peer = Double.NaN;

    double ours(Precision precision) {
      return ours.getOrDefault(precision, Double.NaN);
    }
  }

  private StreamsReport() {}

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
    boolean batch = results.stream().anyMatch(r -> r.type().equals("BatchBenchmark"));
    Peer peer = batch ? Peer.ONNX_RUNTIME_BATCH : Peer.ONNX_RUNTIME_SEQUENCE;
    Map<String, Row> rows = new LinkedHashMap<>();
    double peak = Double.NaN; // ns per vector of fma
    for (JmhResult result : results) {
      if (result.method().equals("peakFma")) {
        peak = result.score();
        continue;
      }
      Row row = rows.computeIfAbsent(result.params().get("shape"), s -> new Row());
      if (peer.made(result)) {
        row.peer = result.score();
        continue;
      }
      String name = result.params().getOrDefault("precision", "");
      switch (result.type()) {
        case "BatchBenchmark", "SequenceBenchmark" ->
            row.ours.put(Precision.valueOf(name), result.score());
        case "BatchSumsBenchmark" ->
            row.sums = name.equals(Precision.FP32.name()) ? result.score() : row.sums;
        default -> {}
      }
    }
    int lanes = KernelProvider.chosen().kernels().widthBits() / Float.SIZE;
    StringBuilder out = new StringBuilder();
    if (!Double.isNaN(peak)) {
      out.append(
          String.format(Locale.ROOT, "Peak of one thread: %.0f GFLOP/s\n\n", 2 * lanes / peak));
    }
    out.append("| inputs x hidden | fp32 µs | bf16 µs | int8 µs |")
        .append(batch ? " gate sums fp32 µs | share of peak |" : "")
        .append(' ')
        .append(peer.labelWithVersion(classPath))
        .append(" µs | ÷ fp32 | ÷ bf16 |\n|---|---|---|---|")
        .append(batch ? "---|---|" : "")
        .append("---|---|---|\n");
    for (Map.Entry<String, Row> entry : rows.entrySet()) {
      Row row = entry.getValue();
      out.append("| ").append(entry.getKey()).append(" |");
      for (Precision precision : Precision.values()) {
        out.append(cell("%.3f", row.ours(precision)));
      }
      if (batch) {
        double least = Shape.parse(entry.getKey()).weights() / (double) lanes * peak / 1000;
        out.append(cell("%.3f", row.sums)).append(cell("%.2f", least / row.sums));
      }
      out.append(cell("%.3f", row.peer))
          .append(cell("%.2f", row.peer / row.ours(Precision.FP32)))
          .append(cell("%.2f", row.peer / row.ours(Precision.BF16)))
          .append('\n');
    }
    return out.toString();
  }

  private static String cell(String format, double value) {
    return Double.isNaN(value) ? " – |" : " " + String.format(Locale.ROOT, format, value) + " |";
  }
}
