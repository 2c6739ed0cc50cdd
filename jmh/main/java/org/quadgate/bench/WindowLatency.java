// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import java.util.Locale;
import org.HdrHistogram.Histogram;
import org.quadgate.Model;
import org.quadgate.RandomWeights;
import org.quadgate.SlidingWindow;
import org.quadgate.StreamState;
import org.quadgate.network.Architecture;
import org.quadgate.network.Network;
import org.quadgate.options.ModelOptions;
import org.quadgate.options.Precision;

/**
 * How long a tick takes to its result in a sliding window, beside the two-phase step of a stream
 * that is never restarted, which is the least it could take. The two take turns, some hundred ticks
 * each, so that what the machine does to one it does to the other. What {@code prepareNext} takes
 * is told on its own: it is done between ticks.
 */
public final class WindowLatency {
  private static final int TURNS = 40;
  private static final int TICKS = 300;
  private static final int WARM_TURNS = 20;

  private static final Histogram STEP = new Histogram(3);
  private static final Histogram WINDOW = new Histogram(3);
  private static final Histogram PREPARE = new Histogram(3);

  private WindowLatency() {}

  /**
   * Measures and prints a table.
   *
   * @param args the command that is to be shown
   */
  public static void main(String[] args) {
    System.out.print(ReportHeader.of(String.join(" ", args)));
    System.out.println(
        "| model | window | precision | two-phase step p50 | p99 | window, tick to result p50 | p99"
            + " | p50 ÷ p50 | rest of the window p50 |");
    System.out.println("|---|---|---|---|---|---|---|---|---|");
    measure("2 × 100 units, 100 inputs", layers(100, 2, 100), 50);
    measure("3 × 200 units, 250 inputs", layers(250, 3, 200), 100);
    measure("1 × 32 units, 8 inputs", layers(8, 1, 32), 50);
    measure("1 × 128 units, 32 inputs", layers(32, 1, 128), 50);
  }

  private static Architecture layers(int inputs, int count, int units) {
    Architecture.Builder builder = Architecture.builder(inputs);
    for (int i = 0; i < count; i++) {
      builder.lstm(units);
    }
    return builder.linear(1).build();
  }

  private static void measure(String name, Architecture architecture, int length) {
    Network network = RandomWeights.of(architecture, 1).toNetwork();
    for (Precision precision : Precision.values()) {
      Model model = Model.of(network, ModelOptions.DEFAULT.withPrecision(precision));
      StreamState state = model.newState();
      SlidingWindow window = model.newWindow(length);
      float[][] xs = new float[TICKS][];
      for (int t = 0; t < TICKS; t++) {
        xs[t] = RandomWeights.inputs(architecture.inputSize(), t);
      }
      float[] y = new float[1];
      model.warmUp();
      for (int turn = 0; turn < WARM_TURNS + TURNS; turn++) {
        if (turn == WARM_TURNS) {
          STEP.reset();
          WINDOW.reset();
          PREPARE.reset();
        }
        step(model, state, xs, y);
        slide(window, xs, y);
      }
      System.out.printf(
          Locale.ROOT,
          "| %s | %d | %s | %.2f | %.2f | %.2f | %.2f | %.2f | %.1f |%n",
          name,
          length,
          precision.name().toLowerCase(Locale.ROOT),
          micros(STEP, 50),
          micros(STEP, 99),
          micros(WINDOW, 50),
          micros(WINDOW, 99),
          micros(WINDOW, 50) / micros(STEP, 50),
          micros(PREPARE, 50));
    }
  }

  private static double micros(Histogram nanos, double percentile) {
    return nanos.getValueAtPercentile(percentile) / 1e3;
  }

  private static void step(Model model, StreamState state, float[][] xs, float[] y) {
    for (float[] x : xs) {
      long begun = System.nanoTime();
      model.step(state, x, y);
      STEP.recordValue(System.nanoTime() - begun);
      model.prepareNext(state);
    }
  }

  private static void slide(SlidingWindow window, float[][] xs, float[] y) {
    for (float[] x : xs) {
      long begun = System.nanoTime();
      window.step(x, y);
      long published = System.nanoTime();
      window.prepareNext();
      WINDOW.recordValue(published - begun);
      PREPARE.recordValue(System.nanoTime() - published);
    }
  }
}
