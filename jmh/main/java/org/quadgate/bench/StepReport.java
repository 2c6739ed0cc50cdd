// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Turns JMH's JSON into Markdown tables: a row per shape, a column per variant, each with its ratio
 * to the time in which the machine streams the same bytes, and, where they were run, the rare cells
 * with their ratios to the usual step.
 */
public final class StepReport {
  private StepReport() {}

  /** Prints the tables of a JSON file; the arguments are its name and the command that made it. */
  public static void main(String[] args) throws IOException {
    List<JmhResult> results = JmhResult.readAll(Path.of(args[0]));
    System.out.print(ReportHeader.of(results, args[1]));
    System.out.print(tables(results));
  }

  static String tables(List<JmhResult> results) {
    List<JmhResult> rare =
        results.stream().filter(r -> r.type().equals("RareStepBenchmark")).toList();
    List<JmhResult> others = results.stream().filter(r -> !rare.contains(r)).toList();
    String first = others.isEmpty() ? "" : besideTheLimit(others);
    return rare.isEmpty() ? first : first + (first.isEmpty() ? "" : "\n") + besideTheUsual(rare);
  }

  private static String besideTheLimit(List<JmhResult> results) {
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
    StringBuilder out = new StringBuilder("| inputs x hidden | limit µs |");
    variants.forEach(v -> out.append(' ').append(v).append(" µs | × limit |"));
    out.append("\n|---|---|").append("---|---|".repeat(variants.size())).append('\n');
    table.forEach(
        (shape, scores) -> {
          double limit = scores.getOrDefault("stream", Double.NaN);
          out.append("| ").append(shape).append(" |").append(cell("%.3f", limit));
          for (String variant : variants) {
            double score = scores.getOrDefault(variant, Double.NaN);
            out.append(cell("%.3f", score)).append(cell("%.2f", score / limit));
          }
          out.append('\n');
        });
    return out.toString();
  }

  /** Each variant's time and its ratio to what does the same without it. */
  private static String besideTheUsual(List<JmhResult> results) {
    Map<String, Map<CellVariant, Double>> table = new LinkedHashMap<>();
    Set<CellVariant> variants = EnumSet.noneOf(CellVariant.class);
    for (JmhResult result : results) {
      CellVariant variant = CellVariant.valueOf(result.params().get("variant"));
      variants.add(variant);
      table
          .computeIfAbsent(result.params().get("shape"), s -> new EnumMap<>(CellVariant.class))
          .put(variant, result.score());
    }
    StringBuilder out = new StringBuilder("| inputs x hidden |");
    StringBuilder rule = new StringBuilder("\n|---|");
    for (CellVariant variant : variants) {
      out.append(' ').append(variant.label()).append(" µs |");
      rule.append("---|");
      if (variant != variant.usual()) {
        out.append(" × ").append(variant.usual().label()).append(" |");
        rule.append("---|");
      }
    }
    out.append(rule).append('\n');
    table.forEach(
        (shape, scores) -> {
          out.append("| ").append(shape).append(" |");
          for (CellVariant variant : variants) {
            double score = scores.getOrDefault(variant, Double.NaN);
            out.append(cell("%.3f", score));
            if (variant != variant.usual()) {
              out.append(cell("%.2f", score / scores.getOrDefault(variant.usual(), Double.NaN)));
            }
          }
          out.append('\n');
        });
    return out.toString();
  }

  private static String cell(String format, double value) {
    return Double.isNaN(value) ? " – |" : " " + String.format(Locale.ROOT, format, value) + " |";
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
