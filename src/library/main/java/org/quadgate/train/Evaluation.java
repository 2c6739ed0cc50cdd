// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.quadgate.Model;
import org.quadgate.StreamState;
import org.quadgate.network.Network;

/**
 * A network's errors on held-out rows, in the targets' own units, beside those of two forecasts
 * that need no learning. The network is stepped row by row, as it will be when it is used.
 *
 * <p>Where the loss is on logits the network's forecast is a probability; where targets are
 * classes, an error is 1 for a wrong class and 0 for the right one, and the mean is the most
 * frequent class.
 */
public final class Evaluation {
  /** Whose errors. */
  public enum Forecast {
    /** The model's. */
    MODEL,
    /**
     * Says the target that was known last: with a horizon the present row's, else the one before.
     */
    LAST_VALUE,
    /** Always says the mean of the training part. */
    MEAN
  }

  private final boolean classes;
  private final Map<Forecast, double[]> squares = new EnumMap<>(Forecast.class); // [targets]
  private final Map<Forecast, double[]> absolutes = new EnumMap<>(Forecast.class); // [targets]
  private long rows;

  private Evaluation(LossFunction loss, int targets) {
    classes = loss instanceof LossFunction.SoftmaxCrossEntropy;
    for (Forecast forecast : Forecast.values()) {
      squares.put(forecast, new double[targets]);
      absolutes.put(forecast, new double[targets]);
    }
  }

  /**
   * Measures a network on {@code heldOut}; the mean is that of {@code training}.
   *
   * @throws IllegalArgumentException if the network cannot be stepped, or data do not fit it or the
   *     loss
   */
  public static Evaluation of(
      Network network, LossFunction loss, Dataset training, Dataset heldOut) {
    network
        .whyNotStep()
        .ifPresent(
            reason -> {
              throw new IllegalArgumentException(
                  "this network cannot be measured row by row: " + reason);
            });
    int inputs = network.inputSize();
    int outputs = network.outputSize();
    DataCheck.fits("training", training, inputs, outputs, loss);
    DataCheck.fits("held-out", heldOut, inputs, outputs, loss);
    float[] mean =
        loss instanceof LossFunction.SoftmaxCrossEntropy
            ? new float[] {mostFrequent(training, outputs)}
            : DataScaling.fit(training).targets().mean();
    Evaluation evaluation = new Evaluation(loss, heldOut.targetSize());
    try (Model model = Model.of(network)) {
      evaluation.measure(model, loss, heldOut, mean);
    }
    return evaluation;
  }

  private void measure(Model model, LossFunction loss, Dataset heldOut, float[] mean) {
    float[] x = new float[model.inputSize()];
    float[] y = new float[model.outputSize()];
    float[] last = mean.clone();
    for (Dataset.Series series : heldOut.series()) {
      StreamState state = model.newState();
      for (int row = 0; row < series.rows; row++) {
        System.arraycopy(series.x, row * x.length, x, 0, x.length);
        model.step(state, x, y);
        if (heldOut.scores(series, row)) {
          row(heldOut, series, row, forecast(loss, y), last, mean);
        }
      }
    }
  }

  /** With a target on a series' last row alone, that of the series before is known last. */
  private static boolean knowsEarlierRow(Dataset data, int row) {
    return data.horizon() > 0 || (data.scoring() == Dataset.Scoring.EACH && row > 0);
  }

  private void row(
      Dataset data, Dataset.Series series, int row, float[] model, float[] last, float[] mean) {
    int targets = data.targetSize();
    rows++;
    for (int k = 0; k < targets; k++) {
      float actual = series.target[(row + data.horizon()) * targets + k];
      if (knowsEarlierRow(data, row)) {
        last[k] = series.target[(data.horizon() > 0 ? row : row - 1) * targets + k];
      }
      add(Forecast.MODEL, k, model[k], actual);
      add(Forecast.LAST_VALUE, k, last[k], actual);
      add(Forecast.MEAN, k, mean[k], actual);
      last[k] = actual;
    }
  }

  private void add(Forecast forecast, int target, float said, float actual) {
    double error = (double) said - actual;
    if (classes) {
      error = said == actual ? 0 : 1;
    }
    errors(squares, forecast)[target] += error * error;
    errors(absolutes, forecast)[target] += Math.abs(error);
  }

  private static float[] forecast(LossFunction loss, float[] y) {
    return switch (loss) {
      case LossFunction.BinaryCrossEntropy _ -> {
        float[] probability = new float[y.length];
        for (int i = 0; i < y.length; i++) {
          probability[i] = (float) (1 / (1 + StrictMath.exp(-y[i])));
        }
        yield probability;
      }
      case LossFunction.SoftmaxCrossEntropy _ -> {
        int largest = 0;
        for (int i = 1; i < y.length; i++) {
          largest = y[i] > y[largest] ? i : largest;
        }
        yield new float[] {largest};
      }
      default -> y;
    };
  }

  private static int mostFrequent(Dataset training, int classes) {
    long[] counts = new long[classes];
    for (Dataset.Series series : training.series()) {
      for (int row = 0; row < series.rows; row++) {
        if (training.scores(series, row)) {
          counts[(int) series.target[row + training.horizon()]]++;
        }
      }
    }
    int most = 0;
    for (int i = 1; i < classes; i++) {
      most = counts[i] > counts[most] ? i : most;
    }
    return most;
  }

  /** Rows that were scored. */
  public long rows() {
    return rows;
  }

  /**
   * The root of the mean squared error of a target.
   *
   * @throws IndexOutOfBoundsException if there is no such target
   */
  public double rootMeanSquare(Forecast forecast, int target) {
    return Math.sqrt(of(squares, forecast, target) / rows);
  }

  /**
   * The mean absolute error of a target; for classes the share of wrong ones.
   *
   * @throws IndexOutOfBoundsException if there is no such target
   */
  public double meanAbsolute(Forecast forecast, int target) {
    return of(absolutes, forecast, target) / rows;
  }

  private static double of(Map<Forecast, double[]> errors, Forecast forecast, int target) {
    double[] ofTargets = errors(errors, forecast);
    return ofTargets[Objects.checkIndex(target, ofTargets.length)];
  }

  private static double[] errors(Map<Forecast, double[]> errors, Forecast forecast) {
    return Objects.requireNonNull(errors.get(forecast), "forecast");
  }
}
