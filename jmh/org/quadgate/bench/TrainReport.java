// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Turns the JSON of a training run into one Markdown table of GFLOP/s: a row per shape, a column
 * per engine.
 */
public final class TrainReport {
  private TrainReport() {}

  /** Prints the table of a JSON file; the arguments are its name and the command that made it. */
  public static void main(String[] args) throws IOException {
    List<JmhResult> results = JmhResult.readAll(Path.of(args[0]));
    List<Unavailable> failures = Unavailable.in(Path.of(System.getenv(Unavailable.FOLDER)));
    System.out.print(ReportHeader.of(results, args[1]));
    System.out.print(table(results, System.getProperty("java.class.path")));
    System.out.print(PeerReport.reasons(failures));
  }

  static String table(List<JmhResult> results, String classPath) {
    Map<String, Double> rows = new LinkedHashMap<>();
    for (JmhResult result : results) {
      if (Peer.LIBTORCH_TRAINING.made(result)) {
        rows.put(result.params().get("shape"), result.counters().get("gigaflops"));
      }
    }
    StringBuilder out =
        new StringBuilder("| batch x steps x inputs x hidden [x layers] | ")
            .append(Peer.LIBTORCH_TRAINING.labelWithVersion(classPath))
            .append(" GFLOP/s |\n|---|---|\n");
    rows.forEach(
        (shape, gigaflops) ->
            out.append(String.format(Locale.ROOT, "| %s | %.1f |%n", shape, gigaflops)));
    return out.toString();
  }
}
