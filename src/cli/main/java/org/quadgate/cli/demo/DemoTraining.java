// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.demo;

import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import org.quadgate.cli.console.Progress;
import org.quadgate.network.Architecture;
import org.quadgate.network.CellType;
import org.quadgate.train.Dataset;
import org.quadgate.train.Evaluation;
import org.quadgate.train.LossFunction;
import org.quadgate.train.Trainer;
import org.quadgate.train.TrainingResult;

/** The demo's own models: an LSTM and a vanilla RNN learn the {@link LatchTask}. */
final class DemoTraining {
  private static final LossFunction LOSS = new LossFunction.Mse();
  private static final int ROWS = 20_000;
  private static final int WINDOW = 64;
  private static final int HIDDEN = 24;
  private static final double HELD_OUT = 0.2;

  private final Progress progress;
  private final int epochs;
  private final LatchTask task;
  private final Dataset.Split split;

  /**
   * Simulates the stream.
   *
   * @param seed of the stream and of the first weights
   * @param epochs passes over the data
   */
  DemoTraining(Progress progress, long seed, int epochs) {
    this.progress = progress;
    this.epochs = epochs;
    task = new LatchTask(ROWS, seed);
    split = task.dataset().split(HELD_OUT, WINDOW);
  }

  LatchTask task() {
    return task;
  }

  /** Trains one network. */
  TrainingResult train(CellType cell, long seed) {
    String name = cell == CellType.LSTM ? "an LSTM" : "a vanilla RNN";
    Architecture architecture =
        Architecture.builder(LatchTask.INPUTS.size())
            .inputNames(LatchTask.INPUTS)
            .layer(cell, HIDDEN)
            .linear(1)
            .outputNames(List.of(LatchTask.TARGET))
            .build();
    progress.now("training " + name + " on a simulated stream");
    Trainer.Builder options =
        Trainer.builder(architecture)
            .training(split.training())
            .validation(split.validation())
            .loss(LOSS)
            .learningRate(0.01)
            .epochs(epochs)
            .batch(8)
            .window(WINDOW)
            .seed(seed);
    try {
      return options.build().run();
    } catch (IOException e) {
      throw new IllegalStateException("training without a checkpoint wrote a file", e);
    } finally {
      progress.done();
    }
  }

  /** Errors on the rows that neither network was trained on. */
  Evaluation evaluate(TrainingResult result) {
    return Evaluation.of(result.network(), LOSS, split.training(), split.validation());
  }

  /** Prints both networks beside the forecasts that need no learning. */
  static void print(Evaluation lstm, Evaluation rnn, double seconds, PrintStream out) {
    out.println();
    out.printf(
        Locale.ROOT,
        "trained    an LSTM and a vanilla RNN in %.1f s to recall a reading 20 to 59 rows later%n",
        seconds);
    row(out, "LSTM", lstm, Evaluation.Forecast.MODEL);
    row(out, "RNN", rnn, Evaluation.Forecast.MODEL);
    row(out, "mean", lstm, Evaluation.Forecast.MEAN);
    row(out, "last value", lstm, Evaluation.Forecast.LAST_VALUE);
    out.flush();
  }

  private static void row(
      PrintStream out, String name, Evaluation errors, Evaluation.Forecast forecast) {
    out.printf(
        Locale.ROOT,
        "  %-11sRMSE %.4f on held-out rows%n",
        name,
        errors.rootMeanSquare(forecast, 0));
  }
}
