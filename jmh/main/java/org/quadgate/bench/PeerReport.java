// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.quadgate.options.Precision;

/**
 * Turns the JSON of a run with peers into one Markdown table: a row per shape; our times per
 * precision, the machine's limit, and each peer's time with its ratio to ours in fp32 and bf16. A
 * peer that cannot run here is named so in its cells, and a line below says why.
 */
public final class PeerReport {
  private static final Set<Peer> COLUMNS = EnumSet.complementOf(EnumSet.of(Peer.LIBTORCH_TRAINING));

  /** One shape's times in µs; NaN where there is none. */
  private static final class Row {
    double limit = Double.NaN;
    final Map<Precision, Double> ours = new EnumMap<>(Precision.class);
    final Map<Peer, Double> peers = new EnumMap<>(Peer.class);

    double ours(Precision precision) {
      return ours.getOrDefault(precision, Double.NaN);
    }
  }

  private PeerReport() {}

  /** Prints the table of a JSON file; the arguments are its name and the command that made it. */
  public static void main(String[] args) throws IOException {
    List<JmhResult> results = JmhResult.readAll(Path.of(args[0]));
    List<Unavailable> failures = Unavailable.in(Path.of(System.getenv(Unavailable.FOLDER)));
    System.out.print(ReportHeader.of(results, args[1]));
    System.out.print(table(results, failures, System.getProperty("java.class.path")));
  }

  static String table(List<JmhResult> results, List<Unavailable> failures, String classPath) {
    Map<String, Row> rows = rows(results);
    failures.forEach(f -> rows.computeIfAbsent(f.shape(), s -> new Row()));
    StringBuilder out =
        new StringBuilder("| inputs x hidden | limit µs | fp32 µs | bf16 µs | int8 µs |");
    for (Peer peer : COLUMNS) {
      out.append(' ').append(peer.labelWithVersion(classPath)).append(" µs | ÷ fp32 | ÷ bf16 |");
    }
    out.append("\n|---|---|---|---|---|")
        .append("---|---|---|".repeat(COLUMNS.size()))
        .append('\n');
    rows.forEach(
        (shape, row) -> {
          out.append("| ").append(shape).append(" |").append(cell("%.3f", row.limit));
          for (Precision precision : Precision.values()) {
            out.append(cell("%.3f", row.ours(precision)));
          }
          for (Peer peer : COLUMNS) {
            double time = row.peers.getOrDefault(peer, Double.NaN);
            boolean failed =
                failures.stream()
                    .anyMatch(f -> f.engine().equals(peer.label()) && f.shape().equals(shape));
            out.append(failed ? " cannot run |" : cell("%.3f", time))
                .append(cell("%.2f", time / row.ours(Precision.FP32)))
                .append(cell("%.2f", time / row.ours(Precision.BF16)));
          }
          out.append('\n');
        });
    return out + reasons(failures);
  }

  private static Map<String, Row> rows(List<JmhResult> results) {
    Map<String, Row> rows = new LinkedHashMap<>();
    for (JmhResult result : results) {
      String shape = result.params().get("shape");
      if (shape == null) {
        continue;
      }
      Row row = rows.computeIfAbsent(shape, s -> new Row());
      if (result.type().equals("RooflineBenchmark")) {
        row.limit = result.score();
      } else if (result.type().equals("StepBenchmark")) {
        if (result.params().get("kernel").equals("vector")) {
          row.ours.put(Precision.valueOf(result.params().get("precision")), result.score());
        }
      }
      for (Peer peer : COLUMNS) {
        if (peer.made(result)) {
          row.peers.put(peer, result.score());
        }
      }
    }
    return rows;
  }

  /** A line per engine and reason, with the shapes it was met at. */
  static String reasons(List<Unavailable> failures) {
    Map<String, List<String>> shapes = new LinkedHashMap<>();
    for (Unavailable failure : failures) {
      shapes
          .computeIfAbsent(failure.engine() + "|" + failure.reason(), r -> new ArrayList<>())
          .add(failure.shape());
    }
    StringBuilder out = new StringBuilder();
    shapes.forEach(
        (failure, at) -> {
          String[] parts = failure.split("\\|", 2);
          out.append(
              "\n%s cannot run here at %s: %s\n"
                  .formatted(parts[0], String.join(", ", new LinkedHashSet<>(at)), parts[1]));
        });
    return out.toString();
  }

  private static String cell(String format, double value) {
    return Double.isNaN(value) ? " – |" : " " + String.format(Locale.ROOT, format, value) + " |";
  }
}
