// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.train;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.quadgate.cli.console.Console;
import org.quadgate.cli.console.Progress;
import org.quadgate.cli.file.CommandFiles;
import org.quadgate.cli.refusal.BadInputException;
import org.quadgate.cli.refusal.Limits;
import org.quadgate.io.ModelFiles;
import org.quadgate.network.Architecture;
import org.quadgate.train.Dataset;
import org.quadgate.train.Evaluation;
import org.quadgate.train.LossFunction;
import org.quadgate.train.Trainer;
import org.quadgate.train.TrainingResult;
import picocli.CommandLine.Option;

/** Training on the rows of a CSV file. */
final class CsvTraining {
  private static final int DEFAULT_HIDDEN = 32;
  private static final int DEFAULT_EPOCHS = 50;
  private static final int DEFAULT_WINDOW = 32;
  private static final double DEFAULT_VALIDATION = 0.2;

  @Option(names = "--data", paramLabel = "CSV", description = "The rows.")
  private Path data;

  @Option(
      names = "--target",
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
      names = "--loss",
      paramLabel = "L",
      defaultValue = "mse",
      converter = TrainingWords.Loss.class,
      description =
          "mse (default), mae, huber[:DELTA], quantile:TAU, binary (targets 0 to 1, outputs are"
              + " logits) or classes (targets 0, 1, 2 ..., a logit each).")
  private LossFunction loss;

  /** What {@code --target-at} takes. */
  enum Scored {
    each,
    last
  }

  /** Whether there is a CSV file to train on. */
  boolean isAsked() {
    return data != null;
  }

  /** Names the files. */
  void name(CommandFiles files) {
    files.reads("--data", data);
  }

  void train(TrainingSettings settings, TrainingRun run, Console console) {
    if (targets == null) {
      throw new BadInputException("--target: expected the columns to forecast, found none");
    }
    Limits.atLeast("--horizon", horizon, 0);
    Dataset.Scoring scoring = targetAt == Scored.each ? Dataset.Scoring.EACH : Dataset.Scoring.LAST;
    TrainingTable table =
        TrainingTable.read(
            data, new TrainingTable.Request(targets, features, group, horizon, scoring));
    Dataset all = table.dataset();
    double validation = settings.validation(DEFAULT_VALIDATION);
    int window = settings.window(windowFor(all, validation));
    int epochs = settings.epochs(DEFAULT_EPOCHS);
    try {
      Dataset.Split split = validation == 0 ? null : all.split(validation, Math.max(window, 1));
      Dataset training = split == null ? all : split.training();
      Dataset heldOut = split == null ? null : split.validation();
      Architecture architecture = architecture(settings, table);
      Trainer.Builder options =
          Trainer.builder(architecture)
              .training(training)
              .loss(loss)
              .epochs(epochs)
              .batch(settings.batch(training, window))
              .window(window)
              .listener(TrainingProgress.ofLoss(new Progress(console.err()), epochs));
      settings.applyTo(options, heldOut != null);
      run.applyTo(options);
      if (heldOut != null) {
        options.validation(heldOut);
      }
      Trainer trainer = options.build();
      TrainingReport report = new TrainingReport(console.out(), architecture, table, targets);
      report.data(training, heldOut, trainer.scaling());
      TrainingResult result =
          run.run(trainer, data, (network, _, out) -> ModelFiles.write(network, out), console);
      if (result != null) {
        TrainingReport.result(console.out(), result, epochs, run.seconds());
        if (heldOut != null) {
          report.errors(Evaluation.of(result.network(), loss, training, heldOut), loss);
        }
        report.next(run.out(), data);
        run.finish();
      }
    } catch (IllegalArgumentException e) {
      throw new BadInputException(data + ": " + e.getMessage(), e);
    }
  }

  private int windowFor(Dataset all, double validation) {
    int shortest = validation == 0 ? all.longest() : (int) (all.longest() * (1 - validation));
    return targetAt == Scored.last || shortest <= DEFAULT_WINDOW ? 0 : DEFAULT_WINDOW;
  }

  private Architecture architecture(TrainingSettings settings, TrainingTable table) {
    boolean classes = loss instanceof LossFunction.SoftmaxCrossEntropy;
    if (classes && targets.size() > 1) {
      throw new BadInputException("--loss classes: expected one target, found " + targets.size());
    }
    List<String> inputs = table.features();
    Architecture.Builder architecture = Architecture.builder(inputs.size()).inputNames(inputs);
    settings.addLayers(architecture, DEFAULT_HIDDEN);
    if (!classes) {
      return architecture.linear(targets.size()).outputNames(targets).build();
    }
    int count = Math.max(2, (int) Math.min(Architecture.MAX_SIZE - 1, table.highestTarget()) + 1);
    String target = targets.getFirst();
    List<String> names = IntStream.range(0, count).mapToObj(i -> target + "=" + i).toList();
    return architecture.linear(count).outputNames(names).build();
  }
}
