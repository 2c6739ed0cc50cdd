// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.inspect;

import java.io.PrintStream;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import org.quadgate.GateTrace.Quantity;
import org.quadgate.inspect.Activity;
import org.quadgate.inspect.GateInspection;

/** An inspection on a terminal. */
final class InspectText {
  private static final Map<Quantity, String> GATES =
      Map.of(
          Quantity.INPUT_GATE, "input",
          Quantity.FORGET_GATE, "forget",
          Quantity.OUTPUT_GATE, "output");

  private InspectText() {}

  static void print(InspectFindings findings, String title, PrintStream out) {
    InspectedRows rows = findings.rows();
    out.printf(Locale.ROOT, "inspected   %s%n", title);
    out.printf(Locale.ROOT, "network     %s%n", findings.network().describe());
    out.printf(
        Locale.ROOT, "rows        %,d of %,d stream(s)%n", rows.rows(), (long) rows.streams());
    GateInspection seen = rows.inspection();
    for (InspectFindings.Layer layer : findings.layers()) {
      if (!layer.hasGates()) {
        continue;
      }
      out.printf("%nlayer %-6dmean      below 0.1  above 0.9%n", layer.index());
      for (Quantity gate :
          new Quantity[] {Quantity.INPUT_GATE, Quantity.FORGET_GATE, Quantity.OUTPUT_GATE}) {
        Activity activity = seen.of(layer.index(), gate);
        out.printf(
            Locale.ROOT,
            "%-12s%-10.3f%-11s%s%n",
            GATES.get(gate),
            activity.mean(),
            InspectFindings.percent(activity.closed()),
            InspectFindings.percent(activity.open()));
      }
      double[] memories = memories(seen, layer);
      out.printf(
          Locale.ROOT,
          "memory      from %s to %s rows, the median %s%n",
          rows(memories[0]),
          rows(memories[memories.length - 1]),
          rows(memories[memories.length / 2]));
    }
    if (!findings.advice().isEmpty()) {
      out.println();
      findings.advice().forEach(line -> out.println("* " + line));
    }
    out.flush();
  }

  private static String rows(double memory) {
    return Double.isFinite(memory) ? String.format(Locale.ROOT, "%.1f", memory) : "unending";
  }

  /** Of all units, ascending. */
  static double[] memories(GateInspection seen, InspectFindings.Layer layer) {
    double[] memories = new double[layer.units()];
    for (int unit = 0; unit < memories.length; unit++) {
      memories[unit] = seen.memory(layer.index(), unit);
    }
    Arrays.sort(memories);
    return memories;
  }
}
