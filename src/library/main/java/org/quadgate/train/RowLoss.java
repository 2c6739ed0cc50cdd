// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import org.quadgate.kernel.TrainingKernels;

/**
 * Losses of single rows and their derivatives; {@link LossFunction} has the formulas. Exponentials
 * and logarithms are StrictMath's or the kernels' own, which give the same bits everywhere.
 */
final class RowLoss {
  private RowLoss() {}

  /**
   * Returns the loss of a row and replaces its outputs by scale·dloss/dy.
   *
   * @param y outputs in, derivatives out; {@code outputs} values from {@code at}
   * @param target as many values from {@code targetAt}, or one class index
   */
  static double replace(
      LossFunction loss,
      float[] y,
      int at,
      int outputs,
      float[] target,
      int targetAt,
      double scale,
      TrainingKernels kernels,
      float[] scratch) {
    double share = scale / outputs;
    double sum = 0;
    switch (loss) {
      case LossFunction.Mse mse -> {
        for (int o = 0; o < outputs; o++) {
          double d = (double) y[at + o] - target[targetAt + o];
          sum += d * d;
          y[at + o] = (float) (share * 2 * d);
        }
      }
      case LossFunction.Mae mae -> {
        for (int o = 0; o < outputs; o++) {
          double d = (double) y[at + o] - target[targetAt + o];
          sum += Math.abs(d);
          y[at + o] = (float) (share * Math.signum(d));
        }
      }
      case LossFunction.Huber huber -> {
        double delta = huber.delta();
        for (int o = 0; o < outputs; o++) {
          double d = (double) y[at + o] - target[targetAt + o];
          double size = Math.abs(d);
          sum += size <= delta ? d * d / 2 : delta * (size - delta / 2);
          y[at + o] = (float) (share * (size <= delta ? d : delta * Math.signum(d)));
        }
      }
      case LossFunction.Quantile quantile -> {
        double tau = quantile.tau();
        for (int o = 0; o < outputs; o++) {
          double d = (double) y[at + o] - target[targetAt + o];
          double slope = d > 0 ? 1 - tau : d < 0 ? -tau : 0;
          // a NaN has no slope and has to come through
          sum += Double.isNaN(d) ? d : slope * d;
          y[at + o] = (float) (share * slope);
        }
      }
      case LossFunction.BinaryCrossEntropy binary -> {
        for (int o = 0; o < outputs; o++) {
          double v = y[at + o];
          double e = StrictMath.exp(-Math.abs(v));
          sum += Math.max(v, 0) - v * target[targetAt + o] + StrictMath.log1p(e);
          double sigmoid = v >= 0 ? 1 / (1 + e) : e / (1 + e);
          y[at + o] = (float) (share * (sigmoid - target[targetAt + o]));
        }
      }
      case LossFunction.SoftmaxCrossEntropy softmax -> {
        return softmax(y, at, outputs, (int) target[targetAt], scale, kernels, scratch);
      }
    }
    return sum / outputs;
  }

  private static double softmax(
      float[] y,
      int at,
      int classes,
      int target,
      double scale,
      TrainingKernels kernels,
      float[] scratch) {
    double logit = y[at + target];
    double sum = kernels.exponentials(y, at, classes, scratch);
    double max = scratch[0];
    float factor = (float) (scale / sum);
    for (int o = at; o < at + classes; o++) {
      y[o] *= factor;
    }
    y[at + target] -= (float) scale;
    return StrictMath.log(sum) + max - logit;
  }
}
