// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.train;

import org.quadgate.cli.refusal.BadInputException;
import org.quadgate.cli.refusal.Limits;
import org.quadgate.network.Architecture;
import org.quadgate.network.CellType;
import org.quadgate.train.Clipping;
import org.quadgate.train.Dataset;
import org.quadgate.train.Initializer;
import org.quadgate.train.Optimizer;
import org.quadgate.train.Schedule;
import org.quadgate.train.Trainer;
import picocli.CommandLine.Option;

/** The options of {@code train} that do not depend on what is learned from. */
final class TrainingSettings {
  private static final int DEFAULT_PATIENCE = 20;
  private static final long STEPS_PER_EPOCH = 50;
  private static final int LEAST_BATCH = 4;
  private static final int MOST_BATCH = 32;

  @Option(
      names = "--cell",
      paramLabel = "CELL",
      defaultValue = "lstm",
      description = "lstm (default) or rnn, the vanilla recurrent network.")
  private Cell cell;

  @Option(
      names = "--hidden",
      paramLabel = "N",
      description = "Units a layer (default 32; with --text 128).")
  private Integer hidden;

  @Option(names = "--layers", paramLabel = "N", defaultValue = "1", description = "Layers.")
  private int layers;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      description = "Passes over the data, at most (default 50; with --text 20).")
  private Integer epochs;

  @Option(
      names = "--patience",
      paramLabel = "N",
      description =
          "End after so many epochs without improvement on the held-out part; 0: never (default"
              + " 20).")
  private Integer patience;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Sequences side by side. Default: 4 to 32, for some 50 steps an epoch.")
  private Integer batch;

  @Option(
      names = "--window",
      paramLabel = "N",
      description =
          "Rows that errors are sent back through; longer series are walked in windows that carry"
              + " their state on; 0: whole series. Default: 32, whole series with --target-at"
              + " last.")
  private Integer window;

  @Option(
      names = "--lr",
      paramLabel = "F",
      defaultValue = "0.005",
      description = "The learning rate (default 0.005).")
  private double rate;

  @Option(
      names = "--schedule",
      paramLabel = "S",
      defaultValue = "cosine",
      converter = TrainingWords.Schedules.class,
      description = "cosine[:LOWEST] (default), constant, halve:AFTER_EPOCH or warmup:STEPS.")
  private Schedule schedule;

  @Option(
      names = "--optimizer",
      paramLabel = "O",
      defaultValue = "adam",
      converter = TrainingWords.Optimizers.class,
      description = "adam (default), adamw, sgd[:MOMENTUM] or rmsprop.")
  private Optimizer optimizer;

  @Option(
      names = "--init",
      paramLabel = "I",
      defaultValue = "glorot",
      converter = TrainingWords.Initializers.class,
      description =
          "How weights begin: glorot (default; recurrent matrices orthogonal, forget bias 1),"
              + " chrono:T (the same with memories of up to T rows, for long gaps), uniform:A"
              + " within +-A, or pytorch, as its modules do.")
  private Initializer initializer;

  @Option(
      names = "--sum-over-time",
      description =
          "Make the sum of a sequence's losses small, not the mean over its rows: the gradient"
              + " grows with the window.")
  private boolean sumsOverTime;

  @Option(
      names = "--clip",
      paramLabel = "F",
      description = "The gradient's largest norm; 0: any (default 1).")
  private Double clip;

  @Option(
      names = "--clip-value",
      paramLabel = "F",
      description = "Bounds each element of the gradient by +-F, in the place of its norm.")
  private Double clipValue;

  @Option(
      names = "--weight-decay",
      paramLabel = "F",
      description = "Weight decay of the matrices. Default: 0; adamw: 0.01.")
  private Double weightDecay;

  @Option(
      names = "--dropout",
      paramLabel = "P",
      defaultValue = "0",
      description = "Dropout between layers (default 0).")
  private double dropout;

  @Option(
      names = "--recurrent-dropout",
      paramLabel = "P",
      defaultValue = "0",
      description = "Variational dropout from step to step (default 0).")
  private double recurrentDropout;

  @Option(
      names = "--learn-initial-state",
      description = "Learn the state before the first row, too.")
  private boolean learnInitialState;

  @Option(
      names = "--validation",
      paramLabel = "F",
      description = "The last part of the data, held out (default 0.2; with --text 0.1); 0: none.")
  private Double validation;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "The same seed gives the same bits (default 1).")
  private long seed;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Default: the machine's; the result does not depend on it.")
  private Integer threads;

  /** What {@code --cell} takes. */
  enum Cell {
    lstm,
    rnn
  }

  /** Refuses what no training could be run with. */
  void check() {
    if (hidden != null) {
      Limits.atLeast("--hidden", hidden, 1);
    }
    Limits.atLeast("--layers", layers, 1);
    if (window != null) {
      Limits.atLeast("--window", window, 0);
    }
    if (validation != null) {
      Limits.fraction("--validation", validation);
    }
    if (clip != null && clipValue != null) {
      throw new BadInputException("--clip-value: expected without --clip, found both");
    }
  }

  /** The recurrent layers. */
  void addLayers(Architecture.Builder architecture, int defaultHidden) {
    for (int i = 0; i < layers; i++) {
      architecture.layer(cell == Cell.lstm ? CellType.LSTM : CellType.RNN, hidden(defaultHidden));
    }
  }

  int hidden(int otherwise) {
    return hidden == null ? otherwise : hidden;
  }

  int window(int otherwise) {
    return window == null ? otherwise : window;
  }

  double validation(double otherwise) {
    return validation == null ? otherwise : validation;
  }

  int epochs(int otherwise) {
    return epochs == null ? otherwise : epochs;
  }

  /** By default so many that an epoch has enough steps to learn from, and a step enough to do. */
  int batch(Dataset training, int window) {
    if (batch != null) {
      return batch;
    }
    long sequences = window == 0 ? training.seriesCount() : training.rows() / window;
    return Math.clamp(sequences / STEPS_PER_EPOCH, LEAST_BATCH, MOST_BATCH);
  }

  /**
   * Hands all that is the same for every kind of data to a run.
   *
   * @throws IllegalArgumentException if a value is out of its range
   */
  void applyTo(Trainer.Builder options, boolean holdsOut) {
    options
        .optimizer(weightDecay == null ? optimizer : optimizer.withWeightDecay(weightDecay))
        .clipping(clipping())
        .schedule(schedule)
        .initializer(initializer)
        .learningRate(rate)
        .seed(seed)
        .dropout(dropout)
        .recurrentDropout(recurrentDropout);
    if (holdsOut) {
      options.patience(patience == null ? DEFAULT_PATIENCE : patience);
    } else if (patience != null && patience > 0) {
      throw new BadInputException("--patience: needs data that are held out");
    }
    if (sumsOverTime) {
      options.sumLossOverTime();
    }
    if (learnInitialState) {
      options.learnInitialState();
    }
    if (threads != null) {
      options.threads(threads);
    }
  }

  private Clipping clipping() {
    if (clipValue != null) {
      return new Clipping.Value(clipValue);
    }
    double norm = clip == null ? 1 : clip;
    return norm == 0 ? new Clipping.None() : new Clipping.Norm(norm);
  }
}
