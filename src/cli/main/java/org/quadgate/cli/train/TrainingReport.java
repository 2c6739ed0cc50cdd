// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.train;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.quadgate.cli.console.Shell;
import org.quadgate.network.Architecture;
import org.quadgate.train.DataScaling;
import org.quadgate.train.Dataset;
import org.quadgate.train.Evaluation;
import org.quadgate.train.LossFunction;
import org.quadgate.train.TrainingResult;

/** What {@code train} says on standard output, before and after. */
final class TrainingReport {
  private final PrintStream out;
  private final Architecture architecture;
  private final TrainingTable table;
  private final List<String> targets;

  TrainingReport(
      PrintStream out, Architecture architecture, TrainingTable table, List<String> targets) {
    this.out = out;
    this.architecture = architecture;
    this.table = table;
    this.targets = targets;
  }

  void data(Dataset training, Dataset heldOut, DataScaling scaling) {
    out.printf("inputs      %s%n", String.join(", ", table.features()));
    String ahead = training.horizon() == 0 ? "" : ", " + training.horizon() + " rows ahead";
    String where = training.scoring() == Dataset.Scoring.LAST ? ", on the last row of each" : "";
    out.printf("target      %s%s%s%n", String.join(", ", targets), ahead, where);
    if (!table.leftOut().isEmpty()) {
      out.printf("left out    %s: not numbers%n", String.join(", ", table.leftOut()));
    }
    List<String> constant = new ArrayList<>();
    scaling.constantInputs().forEach(i -> constant.add(table.features().get(i)));
    scaling.constantTargets().forEach(i -> constant.add(targets.get(i)));
    if (!constant.isEmpty()) {
      out.printf(
          "constant    %s: no variance in the training part, taken with a deviation of 1%n",
          String.join(", ", constant.stream().distinct().toList()));
    }
    out.printf(
        Locale.ROOT,
        "rows        %,d scored in training (%d series), %,d held out%n",
        training.scoredRows(),
        training.seriesCount(),
        heldOut == null ? 0 : heldOut.scoredRows());
    out.printf(
        Locale.ROOT,
        "network     %s, %,d parameters%n",
        architecture.describe(),
        architecture.parameterCount());
    out.flush();
  }

  static void result(PrintStream out, TrainingResult result, int epochs, double seconds) {
    String best =
        result.epochs().size() == result.bestEpoch() ? "" : ", the best was " + result.bestEpoch();
    String early =
        result.ending() == TrainingResult.Ending.OUT_OF_PATIENCE ? ", no more improvement" : "";
    out.printf(
        Locale.ROOT,
        "trained     %d of %d epochs%s%s; %,d steps, %.1f s%n",
        result.epochs().size(),
        epochs,
        early,
        best,
        result.steps(),
        seconds);
  }

  void errors(Evaluation errors, LossFunction loss) {
    boolean classes = loss instanceof LossFunction.SoftmaxCrossEntropy;
    for (int k = 0; k < targets.size(); k++) {
      String head = classes ? "wrong" : "RMSE           MAE";
      out.printf(Locale.ROOT, "%nheld out    %s of %s%n", head, targets.get(k));
      for (Evaluation.Forecast forecast : Evaluation.Forecast.values()) {
        String name =
            switch (forecast) {
              case MODEL -> "model";
              case LAST_VALUE -> "last value";
              case MEAN -> classes ? "most usual" : "mean";
            };
        if (classes) {
          out.printf(Locale.ROOT, "%-12s%.2f %%%n", name, 100 * errors.meanAbsolute(forecast, k));
        } else {
          out.printf(
              Locale.ROOT,
              "%-12s%-15.6g%.6g%n",
              name,
              errors.rootMeanSquare(forecast, k),
              errors.meanAbsolute(forecast, k));
        }
      }
    }
  }

  void next(Path model, Path data) {
    out.printf("%nThe model is in %s; it forecasts with%n", model);
    out.printf(
        "  scripts/quadgate predict --model %s --data %s%n", Shell.word(model), Shell.word(data));
    out.flush();
  }
}
