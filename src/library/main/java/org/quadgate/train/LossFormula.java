// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import org.quadgate.train.tape.RowLoss;
import org.quadgate.train.tape.ScoredRow;

/**
 * The losses of single rows and their derivatives; {@link LossFunction} has the formulas.
 * Exponentials and logarithms are StrictMath's or the kernels' own, which give the same bits
 * everywhere.
 */
final class LossFormula implements RowLoss {
  private final LossFunction loss;

  LossFormula(LossFunction loss) {
    this.loss = loss;
  }

  @Override
  public int targets(int outputs) {
    return loss.targets(outputs);
  }

  @Override
  public boolean hasClasses() {
    return loss instanceof LossFunction.SoftmaxCrossEntropy;
  }

  @Override
  public double replace(ScoredRow row) {
    float[] y = row.y;
    int at = row.at;
    int outputs = row.outputs;
    float[] target = row.target;
    int targetAt = row.targetAt;
    double scale = row.scale;
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
        return softmax(row);
      }
    }
    return sum / outputs;
  }

  private static double softmax(ScoredRow row) {
    float[] y = row.y;
    int at = row.at;
    int target = (int) row.target[row.targetAt];
    double scale = row.scale;
    double logit = y[at + target];
    double sum = row.kernels.exponentials(y, at, row.outputs, row.scratch);
    double max = row.scratch[0];
    float factor = (float) (scale / sum);
    for (int o = at; o < at + row.outputs; o++) {
      y[o] *= factor;
    }
    y[at + target] -= (float) scale;
    return StrictMath.log(sum) + max - logit;
  }
}
