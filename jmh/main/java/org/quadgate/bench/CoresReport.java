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
 * Turns JMH's JSON of a run on several cores into a Markdown table: the best and the median of the
 * iterations, since on a machine that is shared the best is what the program can do and the median
 * is what it got.
 */
public final class CoresReport {
  private CoresReport() {}

  /** Prints the table of a JSON file; the arguments are its name and the command that made it. */
  public static void main(String[] args) throws IOException {
    List<JmhResult> results = JmhResult.readAll(Path.of(args[0]));
    System.out.print(ReportHeader.of(results, args[1]));
    System.out.print(table(results));
  }

  static String table(List<JmhResult> results) {
    Map<String, JmhResult> alone = new LinkedHashMap<>();
    List<JmhResult> together = new ArrayList<>();
    StringBuilder meetings = new StringBuilder();
    for (JmhResult result : results) {
      if (!result.method().equals("step")) {
        meetings.append(
            String.format(
                Locale.ROOT,
                "%s: best %.0f ns, median %.0f ns%n",
                result.method(),
                best(result),
                median(result)));
      } else if (result.params().get("cores").equals("1")) {
        alone.put(network(result), result);
      } else {
        together.add(result);
      }
    }
    StringBuilder out = new StringBuilder();
    out.append(
        """
        | inputs x hidden | precision | cores | one core µs, best | median \
        | these cores µs, best | median | × one, best | median |
        |---|---|---|---|---|---|---|---|---|
        """);
    for (JmhResult result : together) {
      JmhResult one = alone.get(network(result));
      out.append(
          String.format(
              Locale.ROOT,
              "| %s | %s | %s | %s | %s | %.2f | %.2f | %s | %s |%n",
              result.params().get("shape"),
              result.params().get("precision").toLowerCase(Locale.ROOT),
              result.params().get("cores"),
              one == null ? "–" : number(best(one)),
              one == null ? "–" : number(median(one)),
              best(result),
              median(result),
              one == null ? "–" : number(best(one) / best(result)),
              one == null ? "–" : number(median(one) / median(result))));
    }
    return meetings.isEmpty() ? out.toString() : out + "\n" + meetings;
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }

  private static String network(JmhResult result) {
    return result.params().get("shape") + " " + result.params().get("precision");
  }

  private static double best(JmhResult result) {
    return result.percentiles().get("0.0");
  }

  private static double median(JmhResult result) {
    return result.percentiles().get("50.0");
  }
}
