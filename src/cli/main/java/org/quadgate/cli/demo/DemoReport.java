// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;
import org.quadgate.GateTrace;
import org.quadgate.GateTrace.Quantity;
import org.quadgate.Model;
import org.quadgate.StreamState;
import org.quadgate.chart.LineChart;
import org.quadgate.chart.Page;
import org.quadgate.chart.Scale;
import org.quadgate.cli.machine.Machine;
import org.quadgate.cli.measurement.LatencyResult;
import org.quadgate.cli.measurement.Pace;
import org.quadgate.network.Network;
import org.quadgate.train.Evaluation;
import org.quadgate.train.TrainingListener;
import org.quadgate.train.TrainingResult;

/** What the demo found, as a page. */
final class DemoReport {
  private static final int INPUTS = LatchTask.INPUTS.size();

  /** Rows that are drawn: three or four events. */
  private static final int SHOWN = 180;

  /** Rows at the stream's end that neither network was trained on. */
  private static final int HELD_OUT = 4000;

  private final LatchTask task;
  private final TrainingResult lstm;
  private final TrainingResult rnn;

  DemoReport(LatchTask task, TrainingResult lstm, TrainingResult rnn) {
    this.task = task;
    this.lstm = lstm;
    this.rnn = rnn;
  }

  String html(
      Evaluation ofLstm,
      Evaluation ofRnn,
      LatencyResult closed,
      LatencyResult open,
      String kernel) {
    Page page = new Page("An LSTM learns to remember");
    page.words(
        "A stream of readings, one a row. Now and then a row says: store this one. Later rows say:"
            + " recall it, 20 to 59 readings on. Two networks were trained on 16,000 rows of it and"
            + " measured on 4,000 they had not seen: an LSTM, and a vanilla recurrent network of"
            + " the same size.");
    page.facts(
        error(ofLstm, Evaluation.Forecast.MODEL),
        "LSTM, error (RMSE)",
        error(ofRnn, Evaluation.Forecast.MODEL),
        "vanilla RNN",
        error(ofLstm, Evaluation.Forecast.MEAN),
        "always the mean",
        error(ofLstm, Evaluation.Forecast.LAST_VALUE),
        "the last value");
    learning(page);
    forecast(page);
    gate(page);
    latency(page, closed, open);
    page.section("Where this ran");
    page.table(
        List.of(
            List.of("what", "value"),
            List.of("CPU", Machine.cpu()),
            List.of("caches of one core", Machine.caches()),
            List.of(
                "JDK",
                System.getProperty("java.version") + ", " + System.getProperty("java.vm.name")),
            List.of("kernels", kernel)));
    page.note(
        "Made by scripts/quadgate demo --out DIR; the same seed gives the same networks, bit by"
            + " bit, on any machine.");
    return page.html();
  }

  private static String error(Evaluation of, Evaluation.Forecast forecast) {
    return String.format(Locale.ROOT, "%.4f", of.rootMeanSquare(forecast, 0));
  }

  private void learning(Page page) {
    page.section("Learning");
    page.words(
        "After each pass over the data, the loss on the rows held out. Both networks could use"
            + " their last states; the LSTM's gates learned when not to overwrite them.");
    LineChart chart = new LineChart("epoch", "loss on held-out rows").y(scale());
    curve(chart, "LSTM", lstm);
    curve(chart, "vanilla RNN", rnn);
    page.chart(chart.x(Scale.whole(1, lstm.epochs().size())).svg());
  }

  private Scale scale() {
    double least = Double.POSITIVE_INFINITY;
    double most = 0;
    for (TrainingResult result : List.of(lstm, rnn)) {
      for (TrainingListener.Epoch epoch : result.epochs()) {
        least = Math.min(least, epoch.validationLoss());
        most = Math.max(most, epoch.validationLoss());
      }
    }
    return Scale.logarithmic(least, most);
  }

  private static void curve(LineChart chart, String name, TrainingResult result) {
    int count = result.epochs().size();
    double[] x = new double[count];
    double[] y = new double[count];
    for (int i = 0; i < count; i++) {
      x[i] = i + 1.0;
      y[i] = result.epochs().get(i).validationLoss();
    }
    chart.line(name, x, y);
  }

  /** The first output of each of the last rows, the stream run from its start. */
  private double[] outputs(Network network) {
    int rows = task.level.length;
    float[] ys = new float[rows];
    try (Model model = Model.of(network)) {
      model.run(task.x, rows, ys);
    }
    double[] shown = new double[SHOWN];
    for (int i = 0; i < SHOWN; i++) {
      shown[i] = ys[rows - SHOWN + i];
    }
    return shown;
  }

  private void forecast(Page page) {
    page.section("Recalling");
    page.words(
        "The end of the held-out rows. Where the truth leaves zero, a reading is recalled that was"
            + " stored at the last dotted line; nothing since then has said what it was.");
    double[] x = rows();
    double[] truth = new double[SHOWN];
    for (int i = 0; i < SHOWN; i++) {
      truth[i] = task.level[task.level.length - SHOWN + i];
    }
    LineChart chart =
        new LineChart("row", "level")
            .line("LSTM", x, outputs(lstm.network()))
            .line("vanilla RNN", x, outputs(rnn.network()))
            .dashed("truth", x, truth);
    marks(chart);
    page.chart(chart.x(across()).svg());
  }

  private double[] rows() {
    double[] x = new double[SHOWN];
    for (int i = 0; i < SHOWN; i++) {
      x[i] = task.level.length - SHOWN + i;
    }
    return x;
  }

  private Scale across() {
    return Scale.whole(task.level.length - SHOWN, task.level.length - 1L);
  }

  private void marks(LineChart chart) {
    for (int row = task.level.length - SHOWN; row < task.level.length; row++) {
      if (task.x[row * INPUTS + 1] == 1) {
        chart.mark(row, "store");
      }
    }
  }

  /** The unit whose cell state goes most closely with the stored reading, and its gates. */
  private void gate(Page page) {
    try (Model model = Model.of(lstm.network())) {
      gate(page, model);
    }
  }

  private void gate(Page page, Model model) {
    int units = model.network().layers().getFirst().hiddenSize();
    int rows = task.level.length;
    GateTrace trace = model.newTrace(HELD_OUT);
    StreamState state = model.newState();
    float[] x = new float[INPUTS];
    float[] y = new float[1];
    double[] held = new double[HELD_OUT];
    double stored = 0;
    for (int row = 0; row < rows; row++) {
      System.arraycopy(task.x, row * INPUTS, x, 0, INPUTS);
      stored = x[1] == 1 ? x[0] : stored;
      if (row < rows - HELD_OUT) {
        model.step(state, x, y);
      } else {
        model.step(state, x, y, trace);
        held[row - rows + HELD_OUT] = stored;
      }
    }
    int unit = 0;
    double best = 0;
    for (int u = 0; u < units; u++) {
      double correlation = correlation(trace, u, held);
      if (Math.abs(correlation) > Math.abs(best)) {
        best = correlation;
        unit = u;
      }
    }
    page.section("What the forget gate did");
    page.words(
        String.format(
            Locale.ROOT,
            "Of the %d units, unit %d's cell state goes most closely with the stored reading"
                + " (correlation %.3f over the held-out rows). Its forget gate stays near 1 while"
                + " the reading is to be kept: the cell state runs on as a straight line. Where"
                + " another reading is to be stored the gate closes for a row and the old value"
                + " goes; where it is one that this unit holds, the input gate lets it in. Other"
                + " units hold other ranges.",
            units,
            unit,
            best));
    LineChart gates = new LineChart("row", "gate");
    gates.line("forget gate f", rows(), shown(trace, unit, Quantity.FORGET_GATE));
    gates.line("input gate i", rows(), shown(trace, unit, Quantity.INPUT_GATE));
    marks(gates);
    page.chart(gates.x(across()).y(Scale.linear(0, 1)).svg());
    double[] line = line(trace, unit, held);
    double[] fitted = new double[SHOWN];
    for (int i = 0; i < SHOWN; i++) {
      fitted[i] = line[0] + line[1] * held[HELD_OUT - SHOWN + i];
    }
    LineChart cells = new LineChart("row", "cell state");
    cells.line("cell state c", rows(), shown(trace, unit, Quantity.CELL));
    cells.dashed("stored reading, as the line a + b·reading nearest to c", rows(), fitted);
    marks(cells);
    page.chart(cells.x(across()).svg());
  }

  private static double[] shown(GateTrace trace, int unit, Quantity quantity) {
    double[] values = new double[SHOWN];
    for (int i = 0; i < SHOWN; i++) {
      values[i] = trace.value(HELD_OUT - SHOWN + i, 0, quantity, unit);
    }
    return values;
  }

  /** a and b of the least squares line from the stored reading to the cell state. */
  private static double[] line(GateTrace trace, int unit, double[] held) {
    double meanC = 0;
    double meanH = 0;
    for (int i = 0; i < held.length; i++) {
      meanC += trace.value(i, 0, Quantity.CELL, unit) / (double) held.length;
      meanH += held[i] / held.length;
    }
    double products = 0;
    double squares = 0;
    for (int i = 0; i < held.length; i++) {
      double h = held[i] - meanH;
      products += h * (trace.value(i, 0, Quantity.CELL, unit) - meanC);
      squares += h * h;
    }
    double slope = squares > 0 ? products / squares : 0;
    return new double[] {meanC - slope * meanH, slope};
  }

  private static double correlation(GateTrace trace, int unit, double[] held) {
    double meanC = 0;
    double meanH = 0;
    for (int i = 0; i < held.length; i++) {
      meanC += trace.value(i, 0, Quantity.CELL, unit) / (double) held.length;
      meanH += held[i] / held.length;
    }
    double both = 0;
    double ofC = 0;
    double ofH = 0;
    for (int i = 0; i < held.length; i++) {
      double c = trace.value(i, 0, Quantity.CELL, unit) - meanC;
      double h = held[i] - meanH;
      both += c * h;
      ofC += c * c;
      ofH += h * h;
    }
    return ofC > 0 && ofH > 0 ? both / Math.sqrt(ofC * ofH) : 0;
  }

  private static final double[] PERCENTILES = {
    0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 99, 99.5, 99.9, 99.95, 99.99, 99.995, 99.999
  };

  private void latency(Page page, LatencyResult closed, LatencyResult open) {
    page.section("How fast it steps");
    page.words(
        "The trained LSTM, one step a row. Back to back; and at 10,000 rows a second, from the"
            + " moment a row was due, so that a stall counts for every row behind it.");
    double most = 1;
    LineChart chart = new LineChart("percentile", "µs from tick to result");
    for (LatencyResult result : List.of(closed, open)) {
      Histogram nanos = result.critical();
      List<Double> x = new ArrayList<>();
      List<Double> y = new ArrayList<>();
      for (double percentile : PERCENTILES) {
        double beyond = nanos.getTotalCount() * (100 - percentile) / 100;
        if (beyond >= 5) {
          x.add(nines(percentile));
          y.add(nanos.getValueAtPercentile(percentile) / 1e3);
        }
      }
      most = Math.max(most, x.getLast());
      chart.line(
          name(result),
          x.stream().mapToDouble(Double::doubleValue).toArray(),
          y.stream().mapToDouble(v -> Math.max(v, 1e-3)).toArray());
    }
    double least = Double.POSITIVE_INFINITY;
    double largest = 0;
    for (LatencyResult result : List.of(closed, open)) {
      least = Math.min(least, result.critical().getMinValue() / 1e3);
      largest = Math.max(largest, result.critical().getValueAtPercentile(99.999) / 1e3);
    }
    page.chart(
        chart
            .x(Scale.linear(0, most))
            .y(Scale.logarithmic(Math.max(least, 1e-2), largest))
            .ticks(
                new double[] {0, 1, 2, 3, 4, 5},
                new String[] {"0 %", "90 %", "99 %", "99.9 %", "99.99 %", "99.999 %"})
            .svg());
    List<List<String>> table = new ArrayList<>();
    table.add(List.of("µs", "p50", "p90", "p99", "p99.9", "max"));
    for (LatencyResult result : List.of(closed, open)) {
      Histogram nanos = result.critical();
      table.add(
          List.of(
              name(result),
              micros(nanos.getValueAtPercentile(50)),
              micros(nanos.getValueAtPercentile(90)),
              micros(nanos.getValueAtPercentile(99)),
              micros(nanos.getValueAtPercentile(99.9)),
              micros(nanos.getMaxValue())));
    }
    page.table(table);
  }

  private static String name(LatencyResult result) {
    return result.pace() instanceof Pace.Closed ? "back to back" : "10,000 rows a second";
  }

  /** How many nines: 1 for 90 %, 2 for 99 %. */
  private static double nines(double percentile) {
    return -Math.log10(1 - percentile / 100);
  }

  private static String micros(long nanos) {
    return String.format(Locale.ROOT, "%.2f", nanos / 1e3);
  }
}
