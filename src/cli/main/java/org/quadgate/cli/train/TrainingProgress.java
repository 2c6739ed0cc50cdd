// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.train;

import java.util.Locale;
import java.util.function.DoubleUnaryOperator;
import org.quadgate.cli.console.Progress;
import org.quadgate.train.TrainingListener;

/**
 * Shows how a training run goes on: loss, validation loss, steps per second and the time left. On a
 * terminal a bar, elsewhere a line now and then.
 */
final class TrainingProgress implements TrainingListener {
  private static final long BAR_NANOS = 100_000_000L;
  private static final long LINE_NANOS = 5_000_000_000L;
  private static final int BAR_WIDTH = 20;

  /** How quickly the shown loss follows: about the last hundred steps. */
  private static final double SMOOTHING = 0.01;

  private final Progress progress;
  private final int epochs;
  private final String measure;
  private final DoubleUnaryOperator ofLoss;
  private long begun;
  private long firstStep;
  private long shown = System.nanoTime();
  private double loss = Double.NaN;
  private double validation = Double.NaN;
  private Step latest;

  private TrainingProgress(
      Progress progress, int epochs, String measure, DoubleUnaryOperator ofLoss) {
    this.progress = progress;
    this.epochs = epochs;
    this.measure = measure;
    this.ofLoss = ofLoss;
  }

  static TrainingProgress ofLoss(Progress progress, int epochs) {
    return new TrainingProgress(progress, epochs, "loss", loss -> loss);
  }

  /** Where the loss is a cross-entropy in nats. */
  static TrainingProgress ofPerplexity(Progress progress, int epochs) {
    return new TrainingProgress(progress, epochs, "perplexity", Math::exp);
  }

  @Override
  public void onStep(Step step) {
    long now = System.nanoTime();
    if (latest == null) {
      begun = now;
      firstStep = step.step();
      loss = step.loss();
    }
    latest = step;
    loss += SMOOTHING * (step.loss() - loss);
    if (now - shown >= (progress.isTerminal() ? BAR_NANOS : LINE_NANOS)) {
      shown = now;
      progress.now(line(now));
    }
  }

  @Override
  public void onEpoch(Epoch epoch) {
    loss = epoch.loss();
    if (!Double.isNaN(epoch.validationLoss())) {
      validation = epoch.validationLoss();
    }
  }

  private String line(long now) {
    double rate = (latest.step() - firstStep) / Math.max(1e-9, (now - begun) / 1e9);
    StringBuilder text = new StringBuilder();
    int done = (int) (BAR_WIDTH * latest.step() / Math.max(1, latest.totalSteps()));
    if (progress.isTerminal()) {
      text.append('[').repeat("#", Math.min(BAR_WIDTH, done));
      text.repeat(".", Math.max(0, BAR_WIDTH - done)).append("] ");
    }
    text.append(String.format(Locale.ROOT, "epoch %d/%d", latest.epoch(), epochs));
    text.append(String.format(Locale.ROOT, ", %s %.4g", measure, ofLoss.applyAsDouble(loss)));
    if (!Double.isNaN(validation)) {
      text.append(
          String.format(Locale.ROOT, ", validation %.4g", ofLoss.applyAsDouble(validation)));
    }
    if (rate > 0) {
      long seconds = Math.round((latest.totalSteps() - latest.step()) / rate);
      text.append(String.format(Locale.ROOT, ", %.0f steps/s, ", rate)).append(time(seconds));
      text.append(" left");
    }
    return text.toString();
  }

  /** Hours, minutes and seconds, as few as it takes. */
  static String time(long seconds) {
    return seconds >= 3600
        ? String.format(
            Locale.ROOT, "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60)
        : String.format(Locale.ROOT, "%d:%02d", seconds / 60, seconds % 60);
  }
}
