// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.inspect;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.quadgate.GateTrace.Quantity;
import org.quadgate.inspect.Activity;
import org.quadgate.inspect.GateInspection;
import org.quadgate.options.Precision;

/** An inspection's figures for machines. */
final class InspectJson {
  private InspectJson() {}

  static String of(InspectFindings findings) {
    StringBuilder json = new StringBuilder("{\"network\":");
    string(json, findings.network().describe());
    json.append(",\"rows\":").append(findings.rows().rows());
    json.append(",\"streams\":").append(findings.rows().streams());
    json.append(",\"rows_tried\":").append(findings.rows().triedRows());
    json.append(",\"layers\":[");
    String between = "";
    for (InspectFindings.Layer layer : findings.layers()) {
      json.append(between);
      layer(json, layer, findings.rows().inspection());
      between = ",";
    }
    json.append("],\"inputs\":[");
    for (int k = 0; k < findings.rows().inputNames().size(); k++) {
      json.append(k == 0 ? "" : ",").append("{\"name\":");
      string(json, findings.rows().inputNames().get(k));
      json.append(",\"influence\":").append(number(findings.influence().of(k))).append('}');
    }
    json.append("],\"precisions\":{");
    between = "";
    for (Map.Entry<Precision, InspectFindings.Change> entry : findings.precisions().entrySet()) {
      json.append(between).append('"').append(entry.getKey().name().toLowerCase(Locale.ROOT));
      json.append("\":{\"bytes\":").append(entry.getValue().bytes());
      json.append(",\"change\":").append(number(entry.getValue().outputs())).append('}');
      between = ",";
    }
    json.append("},\"advice\":[");
    between = "";
    for (String advice : findings.advice()) {
      json.append(between);
      string(json, advice);
      between = ",";
    }
    return json.append("]}\n").toString();
  }

  private static void layer(StringBuilder json, InspectFindings.Layer layer, GateInspection seen) {
    int units = layer.units();
    json.append("{\"units\":").append(units).append(",\"gates\":{");
    String between = "";
    for (Quantity quantity : Quantity.values()) {
      if (layer.hasGates() || quantity == Quantity.HIDDEN) {
        Activity activity = seen.of(layer.index(), quantity);
        json.append(between).append('"').append(quantity.name().toLowerCase(Locale.ROOT));
        json.append("\":{\"mean\":").append(number(activity.mean()));
        json.append(",\"below_0.1\":").append(number(activity.closed()));
        json.append(",\"above_0.9\":").append(number(activity.open()));
        json.append(",\"from\":").append(number(activity.from()));
        json.append(",\"to\":").append(number(activity.to()));
        numbers(json, ",\"histogram\":", activity.histogram());
        int of = activity.units();
        numbers(
            json, ",\"units_mean\":", IntStream.range(0, of).mapToDouble(activity::mean).toArray());
        json.append('}');
        between = ",";
      }
    }
    json.append("},\"memory\":[");
    for (int unit = 0; unit < units && layer.hasGates(); unit++) {
      json.append(unit == 0 ? "" : ",").append(number(seen.memory(layer.index(), unit)));
    }
    json.append("],\"dead\":").append(layer.dead()).append(",\"stuck\":").append(layer.stuck());
    json.append(",\"never_forget\":").append(layer.keepers());
    json.append(",\"expendable\":").append(Arrays.toString(layer.expendable()));
    numbers(json, ",\"change_without_unit\":", layer.changes());
    json.append(",\"recurrent_singular_values\":[");
    for (int gate = 0; gate < layer.spectra().size(); gate++) {
      numbers(json, gate == 0 ? "" : ",", layer.spectra().get(gate));
    }
    json.append("]}");
  }

  private static void numbers(StringBuilder json, String before, double[] values) {
    json.append(before).append('[');
    for (int i = 0; i < values.length; i++) {
      json.append(i == 0 ? "" : ",").append(number(values[i]));
    }
    json.append(']');
  }

  /** JSON has no infinity; a memory without end is null. */
  private static String number(double value) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, "%.6g", value) : "null";
  }

  private static void string(StringBuilder json, String text) {
    json.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c < ' ' || c == 0x7F || Character.isSurrogate(c)) {
        json.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      } else {
        json.append(c);
      }
    }
    json.append('"');
  }
}
