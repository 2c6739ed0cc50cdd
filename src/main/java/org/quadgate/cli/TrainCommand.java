// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.quadgate.CellType;
import org.quadgate.LstmConfig;
import org.quadgate.LstmWeights;
import org.quadgate.io.ModelFiles;
import org.quadgate.io.ModelFormatException;
import org.quadgate.train.Clipping;
import org.quadgate.train.Dataset;
import org.quadgate.train.DivergedException;
import org.quadgate.train.Evaluation;
import org.quadgate.train.LossFunction;
import org.quadgate.train.Optimizer;
import org.quadgate.train.Schedule;
import org.quadgate.train.Trainer;
import org.quadgate.train.TrainerOptions;
import org.quadgate.train.TrainingResult;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Trains a model on the rows of a CSV file. */
@Command(
    name = "train",
    description = "Train a model on a CSV file; the last part of it is held out to measure with.")
final class TrainCommand implements Callable<Integer> {
  private static final int DEFAULT_WINDOW = 32;
  private static final long STEPS_PER_EPOCH = 50;
  private static final int LEAST_BATCH = 4;
  private static final int MOST_BATCH = 32;
  private static final long SAVING_SECONDS = 60;

  private final Console console;

  @Option(names = "--data", required = true, paramLabel = "CSV", description = "The rows.")
  private Path data;

  @Option(
      names = "--target",
      required = true,
      split = ",",
      paramLabel = "COL",
      description = "The columns to forecast.")
  private List<String> targets;

  @Option(
      names = "--features",
      split = ",",
      paramLabel = "COL",
      description =
          "The input columns. Default: every numeric column but the key, and the target only with"
              + " --horizon.")
  private List<String> features;

  @Option(
      names = "--group",
      paramLabel = "COL",
      description = "The key column: each key is a series of its own.")
  private String group;

  @Option(
      names = "--target-at",
      paramLabel = "WHERE",
      defaultValue = "each",
      description = "Score each row (default), or the last row of a series alone.")
  private Scored targetAt;

  @Option(
      names = "--horizon",
      paramLabel = "N",
      defaultValue = "0",
      description = "Forecast the target so many rows ahead (default 0: of the same row).")
  private int horizon;

  @Option(
      names = "--cell",
      paramLabel = "CELL",
      defaultValue = "lstm",
      description = "lstm (default) or rnn, the vanilla recurrent network.")
  private Cell cell;

  @Option(names = "--hidden", paramLabel = "N", defaultValue = "32", description = "Units a layer.")
  private int hidden;

  @Option(names = "--layers", paramLabel = "N", defaultValue = "1", description = "Layers.")
  private int layers;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      defaultValue = "50",
      description = "Passes over the data, at most (default 50).")
  private int epochs;

  @Option(
      names = "--patience",
      paramLabel = "N",
      defaultValue = "20",
      description = "End after so many epochs without improvement; 0: never (default 20).")
  private int patience;

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
              + " their state on; 0: whole series. Default: 32, whole series with --target-at last.")
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
      names = "--loss",
      paramLabel = "L",
      defaultValue = "mse",
      converter = TrainingWords.Loss.class,
      description =
          "mse (default), mae, huber[:DELTA], quantile:TAU, binary (targets 0 to 1, outputs are"
              + " logits) or classes (targets 0, 1, 2 ..., a logit each).")
  private LossFunction loss;

  @Option(
      names = "--clip",
      paramLabel = "F",
      defaultValue = "1",
      description = "The gradient's largest norm; 0: any (default 1).")
  private double clip;

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
      defaultValue = "0.2",
      description = "The last part of the data, held out (default 0.2); 0: none.")
  private double validation;

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

  @Option(
      names = "--checkpoint",
      paramLabel = "FILE",
      description =
          "Where the state of the run is kept. Default: beside the model, until the run is done.")
  private Path checkpoint;

  @Option(
      names = "--resume",
      paramLabel = "CHECKPOINT",
      description = "Go on from there, to the same bits; the other options as before.")
  private Path resume;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "MODEL",
      description = "The model file, in .safetensors.")
  private Path out;

  /** What {@code --target-at} takes. */
  enum Scored {
    each,
    last
  }

  /** What {@code --cell} takes. */
  enum Cell {
    lstm,
    rnn
  }

  TrainCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    TrainingChecks.atLeast("--horizon", horizon, 0);
    TrainingChecks.atLeast("--hidden", hidden, 1);
    TrainingChecks.atLeast("--layers", layers, 1);
    TrainingChecks.fraction("--validation", validation);
    TrainingChecks.output(out);
    Dataset.Scoring scoring = targetAt == Scored.each ? Dataset.Scoring.EACH : Dataset.Scoring.LAST;
    TrainingTable table =
        TrainingTable.read(
            data, new TrainingTable.Request(targets, features, group, horizon, scoring));
    Dataset all = table.dataset();
    int rows = windowFor(all);
    try {
      Dataset.Split split = validation == 0 ? null : all.split(validation, Math.max(rows, 1));
      Dataset training = split == null ? all : split.training();
      Dataset heldOut = split == null ? null : split.validation();
      LstmConfig config = config(table);
      TrainerOptions options = options(config, training, heldOut, rows);
      return train(options, config, table, training, heldOut);
    } catch (IllegalArgumentException e) {
      throw new BadInputException(data + ": " + e.getMessage(), e);
    }
  }

  private int windowFor(Dataset all) {
    if (window != null) {
      return TrainingChecks.atLeast("--window", window, 0);
    }
    int shortest = validation == 0 ? all.longest() : (int) (all.longest() * (1 - validation));
    return targetAt == Scored.last || shortest <= DEFAULT_WINDOW ? 0 : DEFAULT_WINDOW;
  }

  private LstmConfig config(TrainingTable table) {
    boolean classes = loss instanceof LossFunction.SoftmaxCrossEntropy;
    if (classes && targets.size() > 1) {
      throw new BadInputException("--loss classes: expected one target, found " + targets.size());
    }
    List<String> inputs = table.features();
    LstmConfig.Builder config = LstmConfig.builder(inputs.size()).inputNames(inputs);
    for (int i = 0; i < layers; i++) {
      config.layer(cell == Cell.lstm ? CellType.LSTM : CellType.RNN_TANH, hidden);
    }
    if (!classes) {
      return config.linear(targets.size()).outputNames(targets).build();
    }
    int count = Math.max(2, (int) Math.min(LstmConfig.MAX_SIZE - 1, table.highestTarget()) + 1);
    String target = targets.getFirst();
    List<String> names =
        java.util.stream.IntStream.range(0, count).mapToObj(i -> target + "=" + i).toList();
    return config.linear(count).outputNames(names).build();
  }

  private TrainerOptions options(LstmConfig config, Dataset training, Dataset heldOut, int rows) {
    TrainerOptions options =
        Trainer.builder(config)
            .training(training)
            .loss(loss)
            .optimizer(weightDecay == null ? optimizer : optimizer.withWeightDecay(weightDecay))
            .clipping(clip == 0 ? new Clipping.None() : new Clipping.Norm(clip))
            .schedule(schedule)
            .learningRate(rate)
            .epochs(epochs)
            .batch(batch == null ? batchFor(training, rows) : batch)
            .window(rows)
            .seed(seed)
            .dropout(dropout)
            .recurrentDropout(recurrentDropout)
            .checkpoint(checkpointFile())
            .listener(new TrainingProgress(new Progress(console.err()), epochs));
    if (heldOut != null) {
      options.validation(heldOut).patience(patience);
    }
    if (learnInitialState) {
      options.learnInitialState();
    }
    if (threads != null) {
      options.threads(threads);
    }
    if (resume != null) {
      options.resume(resume);
    }
    return options;
  }

  /** So that an epoch has enough steps to learn from, and a step enough to do. */
  private static int batchFor(Dataset training, int rows) {
    long sequences = rows == 0 ? training.seriesCount() : training.rows() / rows;
    return Math.clamp(sequences / STEPS_PER_EPOCH, LEAST_BATCH, MOST_BATCH);
  }

  private Path checkpointFile() {
    String name = out.getFileName().toString().replaceFirst("(?i)\\.safetensors$", "");
    return checkpoint != null ? checkpoint : out.resolveSibling(name + ".checkpoint.safetensors");
  }

  private int train(
      TrainerOptions options,
      LstmConfig config,
      TrainingTable table,
      Dataset training,
      Dataset heldOut) {
    Trainer trainer = options.build();
    TrainingReport report = new TrainingReport(console.out(), config, table, targets);
    report.data(training, heldOut, trainer.scaling());
    long begun = System.nanoTime();
    TrainingResult result = run(trainer);
    new Progress(console.err()).done();
    double seconds = (System.nanoTime() - begun) / 1e9;
    if (result.ending() == TrainingResult.Ending.STOPPED) {
      return 0;
    }
    save(result.weights());
    report.result(result, epochs, seconds);
    if (heldOut != null) {
      report.errors(Evaluation.of(result.weights(), loss, training, heldOut), loss);
    }
    report.next(out, data);
    if (checkpoint == null) {
      deleteCheckpoint();
    }
    return 0;
  }

  /** Runs with a hook in place, so that Ctrl-C ends it after the present step. */
  private TrainingResult run(Trainer trainer) {
    CountDownLatch saved = new CountDownLatch(1);
    Thread hook =
        new Thread(
            () -> {
              trainer.stop();
              try {
                if (!saved.await(SAVING_SECONDS, TimeUnit.SECONDS)) {
                  console.err().println(checkpointFile() + ": not finished in time");
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "quadgate-stop");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      TrainingResult result = trainer.run();
      if (result.ending() == TrainingResult.Ending.STOPPED) {
        PrintStream err = console.err();
        new Progress(err).done();
        err.printf(
            Locale.ROOT,
            "stopped after step %d; the same command with --resume %s goes on%n",
            result.steps(),
            checkpointFile());
        err.flush();
      }
      return result;
    } catch (DivergedException e) {
      throw diverged(e);
    } catch (ModelFormatException e) {
      throw new BadInputException(e.getMessage(), e);
    } catch (IOException e) {
      throw BadInputException.writing(checkpointFile(), e);
    } finally {
      saved.countDown();
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        // the JVM is on its way down, which is what the hook was for
      }
    }
  }

  private BadInputException diverged(DivergedException e) {
    if (e.bestEpoch() == 0) {
      return new BadInputException(data + ": " + e.getMessage(), e);
    }
    save(e.lastGood());
    return new BadInputException(
        data + ": " + e.getMessage() + "; the model of epoch " + e.bestEpoch() + " is in " + out,
        e);
  }

  private void save(LstmWeights weights) {
    try {
      ModelFiles.write(weights, out);
    } catch (ModelFormatException e) {
      throw new BadInputException(e.getMessage(), e);
    } catch (IOException e) {
      throw BadInputException.writing(out, e);
    }
  }

  private void deleteCheckpoint() {
    try {
      Files.deleteIfExists(checkpointFile());
    } catch (IOException e) {
      throw BadInputException.writing(checkpointFile(), e);
    }
  }
}
