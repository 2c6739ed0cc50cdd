// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;
import org.quadgate.DoubleReference;
import org.quadgate.Model;
import org.quadgate.kernel.PanelShape;
import org.quadgate.network.WeightArrays;
import org.quadgate.options.ModelOptions;
import org.quadgate.options.Precision;

/**
 * Models of the STAC-ML shapes in the manner of its two suites: Tacana, in which a window slides
 * and the time from a tick to its result counts, and Sumaco, in which a whole new window counts. A
 * program of its own and not of JMH: what matters is the distribution.
 *
 * <p>This is not the audited benchmark: the weights, the inputs, the harness and the machine are
 * ours.
 */
public final class StacBenchmark {
  private static final long LONGEST_NANOS = 100_000_000_000L;
  private static final int WARM_RESULTS = 3;
  private static final long WARM_UP_NANOS = 3_000_000_000L;

  private List<StacModel> models = List.of(StacModel.values());
  private List<Precision> precisions = List.of(Precision.values());
  private List<Integer> cores =
      IntStream.rangeClosed(1, Runtime.getRuntime().availableProcessors()).boxed().toList();
  private double share = 1;

  private StacBenchmark() {}

  /**
   * Prints the table.
   *
   * @param args the command that is to be shown, then {@code models=A,B}, {@code
   *     precisions=fp32,bf16}, {@code cores=1,2} and {@code results=0.1}, the share of the usual
   *     number of results; each may be left out
   */
  public static void main(String[] args) {
    StacBenchmark benchmark = new StacBenchmark();
    try {
      for (String arg : Arrays.asList(args).subList(1, args.length)) {
        benchmark.take(arg);
      }
    } catch (IllegalArgumentException e) {
      System.err.println("bench stac: " + e.getMessage());
      System.exit(2);
    }
    benchmark.run(args[0]);
  }

  private void take(String option) {
    String[] parts = option.split("=", 2);
    List<String> values = List.of(parts[parts.length - 1].toUpperCase(Locale.ROOT).split(",", -1));
    switch (parts.length == 2 ? parts[0] : "") {
      case "models" -> models = values.stream().map(StacModel::valueOf).toList();
      case "precisions" -> precisions = values.stream().map(Precision::valueOf).toList();
      case "cores" -> cores = values.stream().map(Integer::valueOf).toList();
      case "results" -> share = Double.parseDouble(parts[1]);
      default ->
          throw new IllegalArgumentException(
              "'" + option + "', expected models=, precisions=, cores= or results=");
    }
  }

  private void run(String command) {
    System.out.print(ReportHeader.of(List.of(), command));
    System.out.println(
        """
        Not the audited STAC-ML benchmark: its shapes, with random weights and inputs, a harness and
        a machine of our own. Times in µs.

        | model | precision | cores | manner | results | p50 | p99 | p99.9 | max | results per second \
        | weights MB | states MB | largest difference |
        |---|---|---|---|---|---|---|---|---|---|---|---|---|""");
    for (StacModel shape : models) {
      WeightArrays weights = shape.weights();
      int results = Math.max(2, (int) (shape.results * share));
      // the values matter little and their number less; enough that no two windows are alike
      float[][] inputs = new float[Math.min(results, 1_000) + 2 * shape.window][];
      for (int t = 0; t < inputs.length; t++) {
        inputs[t] = shape.input(t);
      }
      double[] expected = reference(shape, weights, inputs, Math.min(results, checked(shape)));
      for (Precision precision : precisions) {
        Model model = Model.of(weights.toNetwork(), ModelOptions.DEFAULT.withPrecision(precision));
        for (int count : cores) {
          try (StacSteps steps = StacSteps.of(model, count)) {
            steps.warmUp();
            int first = shape.window - 1;
            StacWindow sliding =
                StacWindow.sliding(
                    steps, model, inputs, shape.window, first, results + WARM_RESULTS);
            StacWindow whole = StacWindow.whole(steps, model, inputs, shape.window);
            if (count == 1) {
              // these two step batches and run sequences, which the warm-up of steps leaves cold
              warmUp(StacWindow.sliding(steps, model, inputs, shape.window, first, results), first);
              warmUp(whole, first);
            }
            row(shape, model, count, "Tacana", measure(sliding, first, results, expected));
            row(shape, model, count, "Sumaco", measure(whole, first, results, expected));
          }
        }
      }
    }
  }

  private static void warmUp(StacWindow window, int first) {
    long end = System.nanoTime() + WARM_UP_NANOS;
    for (int i = 0; System.nanoTime() < end; i++) {
      window.result(first + i);
      window.prepare();
    }
  }

  /** How many results are compared with the reference: few where that takes long. */
  private static int checked(StacModel shape) {
    return shape == StacModel.C ? 2 : 20;
  }

  /** The results of the first windows in double precision. */
  private static double[] reference(
      StacModel shape, WeightArrays weights, float[][] inputs, int count) {
    double[] results = new double[count];
    for (int i = 0; i < count; i++) {
      DoubleReference reference = new DoubleReference(weights);
      for (int t = i; t < i + shape.window; t++) {
        results[i] = reference.step(inputs[t])[0];
      }
    }
    return results;
  }

  /** A measurement's outcome; the manner's states are counted by the manner. */
  private record Outcome(Histogram nanos, double perSecond, double difference) {}

  private static Outcome measure(StacWindow window, int first, int results, double[] expected) {
    Histogram histogram = new Histogram(1, LONGEST_NANOS, 3);
    double difference = 0;
    long start = System.nanoTime();
    for (int i = 0; i < results + WARM_RESULTS; i++) {
      if (i == WARM_RESULTS) {
        start = System.nanoTime();
      }
      long before = System.nanoTime();
      float y = window.result(first + i);
      long nanos = System.nanoTime() - before;
      if (i >= WARM_RESULTS) {
        histogram.recordValue(Math.min(nanos, LONGEST_NANOS));
      }
      if (i < expected.length) {
        difference = Math.max(difference, Math.abs(y - expected[i]));
      }
      window.prepare();
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    return new Outcome(histogram, results / seconds, difference);
  }

  private static void row(StacModel shape, Model model, int cores, String manner, Outcome outcome) {
    List<String> cells = new ArrayList<>();
    cells.add(shape.describe());
    cells.add(model.precision().name().toLowerCase(Locale.ROOT));
    cells.add(Integer.toString(cores));
    cells.add(manner);
    Histogram nanos = outcome.nanos();
    cells.add(Long.toString(nanos.getTotalCount()));
    cells.add(percentile(nanos, 50));
    cells.add(percentile(nanos, 99));
    cells.add(percentile(nanos, 99.9));
    cells.add(micros(nanos.getMaxValue()));
    cells.add(String.format(Locale.ROOT, "%.1f", outcome.perSecond()));
    cells.add(String.format(Locale.ROOT, "%.1f", model.packedBytes() / 1e6));
    double bytes = stateBytes(shape);
    if (manner.equals("Tacana")) {
      // on one core the windows to come are streams of a batch, which nothing is prepared for
      double others = cores == 1 ? bytes : bytes + preparedBytes(shape);
      bytes += preparedBytes(shape) + (shape.window - 1) * others;
    }
    cells.add(String.format(Locale.ROOT, "%.2f", bytes / 1e6));
    cells.add(String.format(Locale.ROOT, "%.1e", outcome.difference()));
    System.out.println("| " + String.join(" | ", cells) + " |");
  }

  /** h and c of each unit. */
  private static double stateBytes(StacModel shape) {
    return 4.0 * shape.layers * shape.units * 2;
  }

  /** b + R·h of each unit's gates, which a state keeps once a step was prepared. */
  private static double preparedBytes(StacModel shape) {
    return 4.0 * shape.layers * PanelShape.paddedToLanes(shape.units) * 4;
  }

  /** A dash where there are too few results for it. */
  private static String percentile(Histogram nanos, double percentile) {
    return Math.round(nanos.getTotalCount() * (100 - percentile)) < 100
        ? "–"
        : micros(nanos.getValueAtPercentile(percentile));
  }

  private static String micros(long nanos) {
    return String.format(Locale.ROOT, nanos < 100_000 ? "%.2f" : "%.0f", nanos / 1e3);
  }
}
