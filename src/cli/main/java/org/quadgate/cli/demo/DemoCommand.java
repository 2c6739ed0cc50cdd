// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.demo;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.quadgate.Model;
import org.quadgate.StreamState;
import org.quadgate.cli.console.Console;
import org.quadgate.cli.console.Progress;
import org.quadgate.cli.console.Shell;
import org.quadgate.cli.csv.Columns;
import org.quadgate.cli.csv.CsvRows;
import org.quadgate.cli.csv.OutputRows;
import org.quadgate.cli.measurement.LatencyReport;
import org.quadgate.cli.measurement.LatencyResult;
import org.quadgate.cli.measurement.LatencyRun;
import org.quadgate.cli.measurement.Pace;
import org.quadgate.cli.model.Models;
import org.quadgate.network.CellType;
import org.quadgate.network.Network;
import org.quadgate.options.Precision;
import org.quadgate.train.Evaluation;
import org.quadgate.train.TrainingResult;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The main job from end to end: PyTorch's model, PyTorch's numbers, and how fast they come. */
@Command(
    name = "demo",
    description =
        "Stream a CSV through a model that PyTorch trained, compare every output with PyTorch's,"
            + " and measure the time per step.")
public final class DemoCommand implements Callable<Integer> {
  /** What the outputs may differ by, relative to their size; see {@link Comparison}. */
  static final double TOLERANCE = 2e-6;

  private static final long MEASURE_NANOS = 2_000_000_000L;
  private static final int EPOCHS = 60;
  private static final double RATE = 10_000;
  private static final int MOST_INPUTS = 1024;

  private final Console console;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Keep the files there: model, stream, expected and predicted outputs, latency.")
  private Path out;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Of the simulated stream and the first weights (default 1).")
  private long seed;

  /** Talks on these streams. */
  public DemoCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Progress progress = new Progress(console.err());
    try (DemoFiles files = DemoFiles.in(out)) {
      progress.now("unpacking a model that PyTorch trained");
      files.unpack();
      boolean passed = compare(files, progress);
      passed &= train(files, progress);
      if (out != null) {
        printRepeat(files);
      }
      return passed ? 0 : 1;
    }
  }

  /** Trains a model, holds it against others, and times it; false if it is not the best. */
  private boolean train(DemoFiles files, Progress progress) {
    long begun = System.nanoTime();
    DemoTraining training = new DemoTraining(progress, seed, EPOCHS);
    TrainingResult lstm = training.train(CellType.LSTM, seed);
    TrainingResult rnn = training.train(CellType.RNN, seed);
    double seconds = (System.nanoTime() - begun) / 1e9;
    Evaluation ofLstm = training.evaluate(lstm);
    Evaluation ofRnn = training.evaluate(rnn);
    DemoTraining.print(ofLstm, ofRnn, seconds, console.out());
    files.keepTrained(lstm.network(), training.task());
    try (Model model = Model.of(lstm.network())) {
      console.out().println();
      LatencyReport.printModel(model, console.out());
      console.out().flush();
      float[][] inputs = new float[MOST_INPUTS][3];
      for (int t = 0; t < inputs.length; t++) {
        System.arraycopy(training.task().x, 3 * t, inputs[t], 0, 3);
      }
      List<LatencyResult> latency = measure(model, inputs, files, progress);
      if (out != null) {
        DemoReport report = new DemoReport(training.task(), lstm, rnn);
        String kernel = model.kernel().label() + ": " + model.kernel().reason();
        files.keepReport(report.html(ofLstm, ofRnn, latency.get(0), latency.get(1), kernel));
      }
    }
    double error = ofLstm.rootMeanSquare(Evaluation.Forecast.MODEL, 0);
    return error < ofRnn.rootMeanSquare(Evaluation.Forecast.MODEL, 0)
        && error < ofLstm.rootMeanSquare(Evaluation.Forecast.MEAN, 0)
        && error < ofLstm.rootMeanSquare(Evaluation.Forecast.LAST_VALUE, 0);
  }

  /** Streams the rows through a model that PyTorch trained, beside PyTorch's own outputs. */
  private boolean compare(DemoFiles files, Progress progress) {
    Network network = Models.read(files.model());
    Comparison comparison = new Comparison();
    SquaredErrors errors = new SquaredErrors();
    try (Model model = Models.compile(files.model().toString(), network, Precision.FP32)) {
      progress.done();
      LatencyReport.printModel(model, console.out());
      console.out().flush();
      progress.now("streaming " + files.stream().getFileName() + " row by row");
      files.write(files.predictions(), to -> stream(model, files, to, comparison, errors));
    }
    progress.done();
    return printComparison(comparison, errors, OutputRows.names(network).getFirst());
  }

  private static void stream(
      Model model, DemoFiles files, OutputStream to, Comparison comparison, SquaredErrors errors) {
    List<String> outputs = OutputRows.names(model.network());
    try (CsvRows rows = CsvRows.open(files.stream());
        CsvRows expectedRows = CsvRows.open(files.expected())) {
      Columns columns = Columns.find(rows, model.network(), null, null);
      OutputRows predictions = new OutputRows(to, model.network(), null);
      int target = rows.header().indexOf(outputs.getFirst());
      StreamState state = model.newState();
      float[] x = new float[model.inputSize()];
      float[] y = new float[model.outputSize()];
      float[] expected = new float[y.length];
      while (rows.next()) {
        columns.read(rows, x, 0);
        model.step(state, x, y);
        predictions.row("", y);
        readExpected(expectedRows, outputs, expected);
        comparison.add(y, expected);
        if (target >= 0) {
          errors.add(y[0], rows.number(target));
        }
      }
      if (expectedRows.next()) {
        throw new IllegalStateException("PyTorch gave more outputs than the stream has rows");
      }
      predictions.flush();
    }
  }

  private static void readExpected(CsvRows rows, List<String> names, float[] expected) {
    if (!rows.next()) {
      throw new IllegalStateException("PyTorch gave fewer outputs than the stream has rows");
    }
    for (int i = 0; i < expected.length; i++) {
      expected[i] = rows.number(rows.header().indexOf(names.get(i)));
    }
  }

  private boolean printComparison(Comparison comparison, SquaredErrors errors, String target) {
    boolean passed = comparison.rows() > 0 && comparison.largestRelative() <= TOLERANCE;
    PrintStream to = console.out();
    to.printf(Locale.ROOT, "stream     %,d rows, one step each%n", comparison.rows());
    to.printf(
        Locale.ROOT,
        "PyTorch    largest difference %.2g, relative %.2g, allowed %.0e: %s%n",
        comparison.largestAbsolute(),
        comparison.largestRelative(),
        TOLERANCE,
        passed ? "PASS" : "FAIL");
    if (!errors.isEmpty()) {
      to.printf(
          Locale.ROOT,
          "forecast   RMSE of %s %.4f; always saying the mean has %.4f%n",
          target,
          errors.ofModel(),
          errors.ofMean());
    }
    to.flush();
    return passed;
  }

  /** Back to back, then at a rate. */
  private List<LatencyResult> measure(
      Model model, float[][] inputs, DemoFiles files, Progress progress) {
    progress.now("warming up");
    LatencyRun run = LatencyRun.warm(model, inputs, false);
    progress.now("measuring steps back to back");
    LatencyResult closed = run.measure(new Pace.Closed(), MEASURE_NANOS);
    progress.done();
    printResult(closed);
    progress.now("measuring steps at 10,000 per second");
    LatencyResult open = run.measure(new Pace.Open(RATE), MEASURE_NANOS);
    progress.done();
    printResult(open);
    console.out().println();
    LatencyReport.printTimer(LatencyRun.timerNanos(), console.out());
    files.write(files.percentiles(), to -> LatencyReport.writeHgrm(open, to));
    return List.of(closed, open);
  }

  private void printResult(LatencyResult result) {
    console.out().println();
    LatencyReport.printResult(result, console.out());
    console.out().flush();
  }

  private void printRepeat(DemoFiles files) {
    console.out().println();
    console.out().println("Open " + files.report() + " to see what was learned.");
    console.out().println("The files are in " + out + "; the same predictions come from");
    console
        .out()
        .println(
            "  scripts/quadgate predict --model "
                + Shell.word(files.model())
                + " --data "
                + Shell.word(files.stream()));
  }
}
