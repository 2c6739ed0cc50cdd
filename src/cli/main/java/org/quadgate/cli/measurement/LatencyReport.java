// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.measurement;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.HdrHistogram.Histogram;
import org.quadgate.Model;
import org.quadgate.cli.model.PrecisionConverter;
import tools.jackson.core.JsonEncoding;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** Latency results as a table, as JSON and as HdrHistogram's percentile text. */
public final class LatencyReport {
  private static final double[] PERCENTILES = {50, 90, 99, 99.9};

  private LatencyReport() {}

  /** Which model on which kernels. */
  public static void printModel(Model model, PrintStream out) {
    out.println("kernel     " + model.kernel().label() + ": " + model.kernel().reason());
    out.printf(
        Locale.ROOT,
        "model      %s, %s, %,d bytes of packed weights%n",
        model.network().describe(),
        PrecisionConverter.name(model.precision()),
        model.packedBytes());
  }

  /** The table and what belongs to it. */
  public static void printResult(LatencyResult result, PrintStream out) {
    out.println("pace       " + result.pace().describe());
    row(out, "", "p50", "p90", "p99", "p99.9", "max");
    if (result.whole() == null) {
      row(out, "step", result.critical());
    } else {
      row(out, "to result", result.critical());
      row(out, "+prepare", result.whole());
    }
    out.printf(
        Locale.ROOT,
        "steps      %,d in %.2f s, %,.0f per second%n",
        result.steps(),
        result.elapsedNanos() / 1e9,
        result.stepsPerSecond());
    out.println("allocated  " + bytes(result.bytesPerStep()) + " bytes per step");
    if (result.pace() instanceof Pace.Open open) {
      printPunctuality(result, open, out);
    }
  }

  private static void printPunctuality(LatencyResult result, Pace.Open open, PrintStream out) {
    if (!result.keptUp()) {
      out.printf(
          Locale.ROOT,
          "overload   the steps did not keep up with %,.0f per second: the figures are mostly"
              + " waiting%n",
          open.perSecond());
    } else {
      out.printf(
          Locale.ROOT, "delayed    %,d steps started late, behind another%n", result.delayed());
    }
  }

  /** What a stream that begins after the warm-up has to expect. */
  public static void printFirst(long nanos, PrintStream out) {
    out.println(
        "fresh      " + time(nanos) + " is the p50 of the first 1,000 steps after warmUp()");
  }

  /** What measuring costs. */
  public static void printTimer(long nanos, PrintStream out) {
    out.println("timer      " + time(nanos) + " to read the clock once, part of each figure");
  }

  private static void row(PrintStream out, String name, Histogram histogram) {
    String[] cells = new String[PERCENTILES.length + 1];
    for (int i = 0; i < PERCENTILES.length; i++) {
      cells[i] = time(histogram.getValueAtPercentile(PERCENTILES[i]));
    }
    cells[PERCENTILES.length] = time(histogram.getMaxValue());
    row(out, name, cells);
  }

  private static void row(PrintStream out, String name, String... cells) {
    StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%-10s", name));
    for (String cell : cells) {
      line.append(String.format(Locale.ROOT, "%11s", cell));
    }
    out.println(line);
  }

  /** A time in the unit that suits it. */
  static String time(long nanos) {
    if (nanos < 10_000) {
      return nanos + " ns";
    }
    if (nanos < 10_000_000) {
      return String.format(Locale.ROOT, nanos < 100_000 ? "%.2f µs" : "%.1f µs", nanos / 1e3);
    }
    return String.format(Locale.ROOT, "%.1f ms", nanos / 1e6);
  }

  private static String bytes(double perStep) {
    if (Double.isNaN(perStep)) {
      return "unknown";
    }
    return perStep == 0 ? "0" : String.format(Locale.ROOT, "%.3g", perStep);
  }

  /** One JSON object; a run in two phases adds the times that include {@code prepareNext}. */
  public static void writeJson(Model model, LatencyResult result, OutputStream to) {
    try (JsonGenerator json =
        new JsonFactory().createGenerator(ObjectWriteContext.empty(), to, JsonEncoding.UTF8)) {
      json.writeStartObject();
      json.writeStringProperty("kernel", model.kernel().name());
      json.writeNumberProperty("width", model.kernel().widthBits());
      json.writeStringProperty("precision", PrecisionConverter.name(model.precision()));
      json.writeNumberProperty("input", model.inputSize());
      json.writeNumberProperty("hidden", model.network().layers().getFirst().hiddenSize());
      json.writeNumberProperty("layers", model.network().layers().size());
      json.writeNumberProperty("count", result.steps());
      writeTimes(json, "", result.critical());
      writeBytes(json, result.bytesPerStep());
      if (result.whole() != null) {
        writeTimes(json, "whole_", result.whole());
      }
      json.writeEndObject();
      json.writeRaw('\n');
    }
  }

  private static void writeTimes(JsonGenerator json, String prefix, Histogram histogram) {
    String[] names = {"p50_ns", "p90_ns", "p99_ns", "p999_ns"};
    for (int i = 0; i < names.length; i++) {
      json.writeNumberProperty(prefix + names[i], histogram.getValueAtPercentile(PERCENTILES[i]));
    }
    json.writeNumberProperty(prefix + "max_ns", histogram.getMaxValue());
  }

  private static void writeBytes(JsonGenerator json, double perStep) {
    String name = "alloc_bytes_per_step";
    if (Double.isNaN(perStep)) {
      json.writeNullProperty(name);
    } else if (perStep == Math.rint(perStep)) {
      json.writeNumberProperty(name, (long) perStep);
    } else {
      json.writeNumberProperty(name, perStep);
    }
  }

  /** The percentile distribution in microseconds, as HdrHistogram's plotter reads it. */
  public static void writeHgrm(LatencyResult result, OutputStream to) {
    PrintStream text = new PrintStream(to, false, StandardCharsets.UTF_8);
    result.critical().outputPercentileDistribution(text, 1000.0);
    text.flush();
  }
}
