// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Turns JMH's JSON into one Markdown table: a row per shape, a column per variant, each with its
 * ratio to the time in which the machine streams the same bytes.
 */
public final class StepReport {
  private StepReport() {}

  /** Prints the table of a JSON file; the arguments are its name and the command that made it. */
  public static void main(String[] args) throws IOException {
    List<JmhResult> results = JmhResult.readAll(Path.of(args[0]));
    Map<String, Map<String, Double>> table = new LinkedHashMap<>();
    List<String> variants = new ArrayList<>();
    for (JmhResult result : results) {
      String shape = result.params().get("shape");
      if (shape != null) {
        String variant = variant(result);
        table.computeIfAbsent(shape, s -> new LinkedHashMap<>()).put(variant, result.score());
        if (!variants.contains(variant)) {
          variants.add(variant);
        }
      }
    }
    variants.remove("stream");
    StringBuilder out = new StringBuilder(ReportHeader.of(results, args[1]));
    out.append("| inputs x hidden | limit µs |");
    variants.forEach(v -> out.append(' ').append(v).append(" µs | × limit |"));
    out.append("\n|---|---|").append("---|---|".repeat(variants.size())).append('\n');
    table.forEach(
        (shape, scores) -> {
          double limit = scores.getOrDefault("stream", Double.NaN);
          out.append(String.format(Locale.ROOT, "| %s | %.3f |", shape, limit));
          for (String variant : variants) {
            Double score = scores.get(variant);
            out.append(
                score == null
                    ? " | |"
                    : String.format(Locale.ROOT, " %.3f | %.2f |", score, score / limit));
          }
          out.append('\n');
        });
    System.out.print(out);
  }

  private static String variant(JmhResult result) {
    List<String> parts = new ArrayList<>();
    parts.add(result.method());
    result
        .params()
        .forEach(
            (key, value) -> {
              if (!key.equals("shape")) {
                parts.add(value);
              }
            });
    return String.join(" ", parts);
  }
}
