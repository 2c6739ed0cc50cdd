// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.inspect;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.quadgate.GateTrace.Quantity;
import org.quadgate.chart.Bars;
import org.quadgate.chart.Diagram;
import org.quadgate.chart.HeatMap;
import org.quadgate.chart.Histogram;
import org.quadgate.chart.LineChart;
import org.quadgate.chart.Page;
import org.quadgate.chart.Scale;
import org.quadgate.inspect.Activity;
import org.quadgate.inspect.GateInspection;
import org.quadgate.network.LinearLayer;
import org.quadgate.network.Network;
import org.quadgate.network.RecurrentLayer;
import org.quadgate.options.Precision;

/** An inspection as a page. */
final class InspectPage {
  private static final int MOST_INPUTS = 4; // drawn as lines
  private static final int MOST_BARS = 24;
  private static final String[] GATE_NAMES = {"input i", "forget f", "candidate g", "output o"};

  private final InspectFindings findings;
  private final InspectedRows rows;
  private final GateInspection seen;
  private final Page page;
  private final String target;
  private final double[] numbers; // of the rows to draw
  private final Scale across;

  InspectPage(InspectFindings findings, String title, String target) {
    this.findings = findings;
    this.target = target;
    rows = findings.rows();
    seen = rows.inspection();
    page = new Page("What the gates do: " + title);
    numbers = new double[rows.shownRows()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = rows.firstShown() + i;
    }
    across = Scale.whole(rows.firstShown(), rows.firstShown() + rows.shownRows() - 1);
  }

  String html() {
    summary();
    advice();
    series();
    for (InspectFindings.Layer layer : findings.layers()) {
      layer(layer);
    }
    inputs();
    precisions();
    return page.html();
  }

  private void summary() {
    Network network = findings.network();
    page.words(
        "An LSTM keeps a cell state c. At each row its forget gate f says how much of c stays, its"
            + " input gate i how much of the candidate g comes in, and its output gate o how much"
            + " of c is shown as h: c' = f·c + i·g, h' = o·tanh(c'). This page shows what these"
            + " gates did on the rows of the file.");
    page.chart(diagram(network));
    page.facts(
        String.format(Locale.ROOT, "%,d", network.parameterCount()),
        "parameters",
        String.format(Locale.ROOT, "%,d", rows.rows()),
        rows.streams() == 1 ? "rows, one stream" : "rows of " + rows.streams() + " streams");
  }

  private static String diagram(Network network) {
    List<String> boxes =
        new ArrayList<>(
            List.of(network.inputSize() == 1 ? "1 input" : network.inputSize() + " inputs"));
    List<Boolean> loops = new ArrayList<>(List.of(false));
    for (RecurrentLayer layer : network.layers()) {
      boxes.add(layer.cell() + " " + layer.hiddenSize());
      loops.add(true);
    }
    for (LinearLayer linear : network.head()) {
      boxes.add(linear.describe());
      loops.add(false);
    }
    return Diagram.svg(boxes, loops);
  }

  private void advice() {
    page.section("What follows");
    findings.advice().forEach(page::advice);
  }

  private void series() {
    page.section("The series and what the network makes of it");
    page.note(
        String.format(
            Locale.ROOT,
            "Rows %,d to %,d%s; statistics further down are of all rows.",
            rows.firstShown(),
            rows.firstShown() + rows.shownRows() - 1,
            rows.streams() > 1 ? " of the longest stream, " + rows.longest() : ""));
    LineChart inputs = new LineChart("row", "inputs, standardised").x(across);
    int[] strongest = strongest(MOST_INPUTS);
    for (int input : strongest) {
      inputs.line(rows.inputNames().get(input), numbers, standardised(input));
    }
    page.chart(inputs.svg());
    LineChart outputs = new LineChart("row", "output").x(across);
    String name =
        findings.network().outputNames().isEmpty()
            ? "output 0"
            : findings.network().outputNames().getFirst();
    outputs.line("model: " + name, numbers, column(rows::output));
    if (target != null) {
      outputs.dashed("truth: " + target, numbers, column(rows::target));
    }
    page.chart(outputs.svg());
    if (findings.network().outputSize() > 1) {
      page.note("The first of " + findings.network().outputSize() + " outputs.");
    }
  }

  /** A row's value. */
  private interface OfRow {
    float at(int row);
  }

  private double[] column(OfRow of) {
    double[] values = new double[numbers.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = of.at(i);
    }
    return values;
  }

  /** Less the mean, in standard deviations, of the rows to draw. */
  private double[] standardised(int input) {
    double[] values = column(row -> rows.input(row, input));
    double sum = 0;
    double squares = 0;
    for (double value : values) {
      sum += value;
      squares += value * value;
    }
    double mean = sum / values.length;
    double deviation = Math.sqrt(Math.max(0, squares / values.length - mean * mean));
    for (int i = 0; i < values.length; i++) {
      values[i] = deviation > 0 ? (values[i] - mean) / deviation : 0;
    }
    return values;
  }

  private int[] strongest(int most) {
    return IntStream.range(0, rows.inputNames().size())
        .boxed()
        .sorted(Comparator.comparingDouble((Integer k) -> -findings.influence().of(k)))
        .limit(most)
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private void layer(InspectFindings.Layer layer) {
    int units = layer.units();
    String kind = layer.hasGates() ? " LSTM units" : " vanilla RNN units";
    page.section("Layer " + layer.index() + ": " + units + kind);
    if (layer.hasGates()) {
      gates(layer);
      memory(layer);
      heatMaps(layer);
    } else {
      Activity hidden = seen.of(layer.index(), Quantity.HIDDEN);
      page.charts(
          List.of(Histogram.svg("hidden h", hidden.histogram(), hidden.from(), hidden.to())));
      double most = hidden.to() == 1 ? 1 : largest(layer, Quantity.HIDDEN);
      map(layer, Quantity.HIDDEN, "hidden state h", HeatMap.Ramp.SIGNED, most);
    }
    units(layer);
    spectrum(layer);
  }

  private void gates(InspectFindings.Layer layer) {
    page.heading("How open the gates are");
    List<String> small = new ArrayList<>();
    List<List<String>> table = new ArrayList<>();
    table.add(
        List.of("gate", "mean", "below 0.1", "above 0.9", "units above 0.9 most of the time"));
    Quantity[] order = {
      Quantity.INPUT_GATE,
      Quantity.FORGET_GATE,
      Quantity.OUTPUT_GATE,
      Quantity.CANDIDATE,
      Quantity.CELL,
      Quantity.HIDDEN
    };
    for (Quantity quantity : order) {
      Activity activity = seen.of(layer.index(), quantity);
      String name = quantity.name().toLowerCase(Locale.ROOT).replace('_', ' ');
      small.add(Histogram.svg(name, activity.histogram(), activity.from(), activity.to()));
      if (name.endsWith("gate")) {
        long open =
            IntStream.range(0, activity.units()).filter(u -> activity.open(u) > 0.5).count();
        table.add(
            List.of(
                name,
                String.format(Locale.ROOT, "%.3f", activity.mean()),
                InspectFindings.percent(activity.closed()),
                InspectFindings.percent(activity.open()),
                open + " of " + activity.units()));
      }
    }
    page.charts(small);
    page.note("The share of all values in each of 40 equal parts of the range.");
    page.table(table);
    saturation(layer);
  }

  private void saturation(InspectFindings.Layer layer) {
    Activity forget = seen.of(layer.index(), Quantity.FORGET_GATE);
    int units = forget.units();
    double[] open = IntStream.range(0, units).mapToDouble(forget::open).sorted().toArray();
    double[] closed = IntStream.range(0, units).mapToDouble(forget::closed).sorted().toArray();
    double[] places = IntStream.range(0, units).asDoubleStream().toArray();
    page.chart(
        new LineChart("units in order", "share of rows")
            .line("forget gate above 0.9", places, open)
            .line("forget gate below 0.1", places, closed)
            .x(Scale.whole(0, units - 1))
            .y(Scale.linear(0, 1))
            .height(200)
            .svg());
  }

  private void memory(InspectFindings.Layer layer) {
    page.heading("How long units remember");
    page.note(
        "−1 / ln f, with f the mean of a unit's forget gate: after so many rows 1/e of what a cell"
            + " held is left, if nothing else comes in.");
    double[] memories = InspectText.memories(seen, layer);
    double[] places = new double[memories.length];
    for (int i = 0; i < memories.length; i++) {
      places[i] = i;
      memories[i] = Math.clamp(memories[i], 1e-2, 1e6);
    }
    page.chart(
        new LineChart("units, shortest memory first", "rows remembered")
            .x(Scale.whole(0, memories.length - 1))
            .line("memory", places, memories)
            .y(Scale.logarithmic(memories[0], memories[memories.length - 1]))
            .height(200)
            .svg());
  }

  private void heatMaps(InspectFindings.Layer layer) {
    page.heading("Unit by unit over time");
    int units = layer.units();
    if (units > InspectedRows.SHOWN_UNITS) {
      page.note("The first " + InspectedRows.SHOWN_UNITS + " of " + units + " units.");
    }
    map(layer, Quantity.FORGET_GATE, "forget gate f", HeatMap.Ramp.SHARE, 1);
    map(layer, Quantity.INPUT_GATE, "input gate i", HeatMap.Ramp.SHARE, 1);
    map(layer, Quantity.OUTPUT_GATE, "output gate o", HeatMap.Ramp.SHARE, 1);
    double most = largest(layer, Quantity.CELL);
    map(layer, Quantity.CELL, "cell state c", HeatMap.Ramp.SIGNED, most);
  }

  private double largest(InspectFindings.Layer layer, Quantity quantity) {
    double most = 0.1;
    for (float[] unit : rows.shown(layer.index(), quantity)) {
      for (float value : unit) {
        most = Math.max(most, Math.abs(value));
      }
    }
    return most;
  }

  private void map(
      InspectFindings.Layer layer, Quantity quantity, String name, HeatMap.Ramp ramp, double most) {
    float[][] values = rows.shown(layer.index(), quantity);
    page.chart(HeatMap.svg(name, "row", values, ramp, most, across));
  }

  private void units(InspectFindings.Layer layer) {
    if (layer.changes().length == 0) {
      page.note(
          "What single units are worth was not tried: there are too many, or they are the"
              + " outputs.");
      return;
    }
    page.heading("What units are worth");
    page.note(
        String.format(
            Locale.ROOT,
            "How much the outputs change when a unit is left out, in their standard deviations,"
                + " over %,d rows; the most important ones.",
            rows.triedRows()));
    double[] changes = layer.changes();
    int[] order =
        IntStream.range(0, changes.length)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer u) -> -changes[u]))
            .limit(MOST_BARS)
            .mapToInt(Integer::intValue)
            .toArray();
    page.chart(
        Bars.svg(
            "change of the outputs without a unit",
            IntStream.of(order).mapToObj(u -> "unit " + u).toList(),
            IntStream.of(order).mapToDouble(u -> changes[u]).toArray()));
  }

  private void spectrum(InspectFindings.Layer layer) {
    if (layer.spectra().isEmpty()) {
      page.note("The spectrum of so large a matrix was left out.");
      return;
    }
    page.heading("Singular values of the recurrent weights");
    LineChart chart =
        new LineChart("place", "singular value")
            .x(Scale.whole(0, layer.spectra().getFirst().length - 1))
            .height(200);
    for (int gate = 0; gate < layer.spectra().size(); gate++) {
      double[] values = layer.spectra().get(gate);
      double[] places = IntStream.range(0, values.length).asDoubleStream().toArray();
      chart.line(layer.hasGates() ? GATE_NAMES[gate] : "R", places, values);
    }
    page.chart(chart.svg());
  }

  private void inputs() {
    page.section("Which inputs move the gates");
    page.note(
        "The mean over units of |weight|, times the standard deviation of the input as the network"
            + " sees it; of the first layer.");
    int[] strongest = strongest(MOST_BARS);
    if (rows.inputNames().size() > MOST_BARS) {
      page.note("The strongest " + MOST_BARS + " of " + rows.inputNames().size() + ".");
    }
    int gates = findings.layers().getFirst().hasGates() ? 4 : 1;
    for (int gate = 0; gate < gates; gate++) {
      int of = gate;
      page.heading(gates == 1 ? "sums" : GATE_NAMES[gate]);
      page.chart(
          Bars.svg(
              "influence of inputs",
              IntStream.of(strongest).mapToObj(rows.inputNames()::get).toList(),
              IntStream.of(strongest).mapToDouble(k -> findings.influence().of(of, k)).toArray()));
    }
  }

  private void precisions() {
    page.section("Precisions");
    List<List<String>> table = new ArrayList<>();
    table.add(List.of("precision", "memory of the weights", "change of the outputs"));
    for (Precision precision : Precision.values()) {
      InspectFindings.Change change = findings.precisions().get(precision);
      table.add(
          List.of(
              precision.name().toLowerCase(Locale.ROOT),
              String.format(Locale.ROOT, "%,d bytes", change.bytes()),
              precision == Precision.FP32
                  ? "–"
                  : InspectFindings.percent(change.outputs()) + " of their standard deviation"));
    }
    page.table(table);
    page.note(String.format(Locale.ROOT, "Measured over %,d rows.", rows.triedRows()));
  }
}
