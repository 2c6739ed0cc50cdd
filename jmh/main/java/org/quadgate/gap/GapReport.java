// SPDX-License-Identifier: Apache-2.0
package org.quadgate.gap;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import org.quadgate.bench.ReportHeader;
import org.quadgate.chart.LineChart;
import org.quadgate.chart.Page;
import org.quadgate.chart.Scale;
import org.quadgate.network.CellType;

/**
 * The long-gap problems in full: how many of ten seeds solve each, LSTM beside the vanilla RNN with
 * as many units, sequences and epochs; then how often both are right as a gap grows. The RNN is run
 * at two learning rates, and the better one counts.
 */
public final class GapReport {
  private static final int SEEDS = 10;
  private static final int CURVE_SEEDS = 3;
  private static final int JUDGED = 2000;
  private static final double LSTM_RATE = 0.01;
  private static final double[] RNN_RATES = {0.01, 0.001};
  private static final int[] GAPS = {20, 50, 100, 200, 400};

  private final ExecutorService threads =
      Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());

  private GapReport() {}

  /**
   * Runs all of it and prints two tables.
   *
   * @param args the command that is to be shown, then {@code curve} for the second table alone
   */
  public static void main(String[] args)
      throws InterruptedException, ExecutionException, IOException {
    System.out.print(ReportHeader.of(String.join(" ", args)));
    GapReport report = new GapReport();
    try {
      if (!List.of(args).contains("curve")) {
        report.problems();
      }
      report.curve();
    } finally {
      report.threads.shutdownNow();
    }
  }

  private void problems() throws InterruptedException, ExecutionException {
    System.out.println(
        "| problem | units | LSTM: solved | sequences trained on, median | wrong, worst seed"
            + " | RNN: solved | wrong, best seed |");
    System.out.println("|---|---|---|---|---|---|---|");
    problem(new GapRun(new AddingProblem(100), 16, 4000, 60, 0.00002, 100));
    problem(new GapRun(new TemporalOrder(100), 16, 4000, 30, 0.002, 100));
    problem(new GapRun(new CopyTask(3, 8, 100), 64, 10_000, 30, 0.0003, 100));
    problem(new GapRun(new EmbeddedReber(), 16, 4000, 60, 0, 20));
  }

  private void problem(GapRun run) throws InterruptedException, ExecutionException {
    List<GapRun.Outcome> lstm = all(SEEDS, seed -> lstm(run, seed));
    List<GapRun.Outcome> rnn = all(SEEDS, seed -> rnn(run, seed));
    List<Long> trained = new ArrayList<>(lstm.stream().map(GapRun.Outcome::trained).toList());
    trained.sort(null);
    System.out.printf(
        Locale.ROOT,
        "| %s | %d | %d of %d | %,d | %.2f %% | %d of %d | %.2f %% |%n",
        run.task().name(),
        run.units(),
        solved(lstm),
        SEEDS,
        trained.get(SEEDS / 2),
        100 * lstm.stream().mapToDouble(GapReport::wrong).max().orElseThrow(),
        solved(rnn),
        SEEDS,
        100 * rnn.stream().mapToDouble(GapReport::wrong).min().orElseThrow());
  }

  private void curve() throws InterruptedException, ExecutionException, IOException {
    System.out.println();
    System.out.println("| temporal order, T | LSTM right | RNN right |");
    System.out.println("|---|---|---|");
    double[] lengths = new double[GAPS.length];
    double[] ofLstm = new double[GAPS.length];
    double[] ofRnn = new double[GAPS.length];
    for (int i = 0; i < GAPS.length; i++) {
      int gap = GAPS[i];
      GapRun run = new GapRun(new TemporalOrder(gap), 16, 4000, 30, 0.002, gap);
      List<GapRun.Outcome> lstm = all(CURVE_SEEDS, seed -> lstm(run, seed));
      List<GapRun.Outcome> rnn = all(CURVE_SEEDS, seed -> rnn(run, seed));
      lengths[i] = gap;
      ofLstm[i] = right(lstm);
      ofRnn[i] = right(rnn);
      System.out.printf(Locale.ROOT, "| %d | %.1f %% | %.1f %% |%n", gap, ofLstm[i], ofRnn[i]);
    }
    Path file = Path.of("target", "bench", "gap.html");
    Files.createDirectories(file.getParent());
    Files.writeString(file, page(lengths, ofLstm, ofRnn));
    System.out.println("\nThe curves: " + file);
  }

  private static String page(double[] lengths, double[] lstm, double[] rnn) {
    double[] guessing = lengths.clone();
    Arrays.fill(guessing, 25);
    return new Page("The longer the gap")
        .words(
            "Which two of four symbols were there, and in which order, in a sequence of T? Right"
                + " answers of an LSTM and of a vanilla RNN of 16 units each.")
        .chart(
            new LineChart("length T of the sequence", "right, %")
                .line("LSTM", lengths, lstm)
                .line("vanilla RNN", lengths, rnn)
                .dashed("guessing", lengths, guessing)
                .x(Scale.logarithmic(lengths[0], lengths[lengths.length - 1]))
                .y(Scale.linear(0, 105))
                .ticks(
                    lengths, Arrays.stream(lengths).mapToObj(Scale::number).toArray(String[]::new))
                .svg())
        .command("./scripts/bench gap")
        .html();
  }

  /** One outcome a seed, from 1. */
  private List<GapRun.Outcome> all(int seeds, IntFunction<GapRun.Outcome> of)
      throws InterruptedException, ExecutionException {
    List<Future<GapRun.Outcome>> futures = new ArrayList<>();
    for (int i = 1; i <= seeds; i++) {
      int seed = i;
      futures.add(threads.submit(() -> of.apply(seed)));
    }
    List<GapRun.Outcome> outcomes = new ArrayList<>();
    for (Future<GapRun.Outcome> future : futures) {
      outcomes.add(future.get());
    }
    return outcomes;
  }

  private static GapRun.Outcome lstm(GapRun run, int seed) {
    return run.run(CellType.LSTM, LSTM_RATE, seed, JUDGED);
  }

  private static GapRun.Outcome rnn(GapRun run, int seed) {
    GapRun.Outcome best = null;
    for (double rate : RNN_RATES) {
      GapRun.Outcome outcome = run.run(CellType.RNN, rate, seed, JUDGED);
      best = best == null || wrong(outcome) < wrong(best) ? outcome : best;
    }
    return best;
  }

  private static double wrong(GapRun.Outcome outcome) {
    return outcome.verdict().wrong();
  }

  private static long solved(List<GapRun.Outcome> outcomes) {
    return outcomes.stream().filter(outcome -> outcome.verdict().solved()).count();
  }

  private static double right(List<GapRun.Outcome> outcomes) {
    return 100 * (1 - outcomes.stream().mapToDouble(GapReport::wrong).average().orElseThrow());
  }
}
