// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.quadgate.LstmWeights;

/**
 * Mean and standard deviation of every column of the training part: inputs over all rows, targets
 * over the rows that are scored. A constant column keeps the deviation 1, so that it becomes 0.
 */
public final class Scaling {
  private final float[] inputMean;
  private final float[] inputStd;
  private final float[] targetMean;
  private final float[] targetStd;
  private final List<Integer> constantInputs;
  private final List<Integer> constantTargets;

  private Scaling(
      float[] inputMean,
      float[] inputStd,
      float[] targetMean,
      float[] targetStd,
      List<Integer> constantInputs,
      List<Integer> constantTargets) {
    this.inputMean = inputMean;
    this.inputStd = inputStd;
    this.targetMean = targetMean;
    this.targetStd = targetStd;
    this.constantInputs = constantInputs;
    this.constantTargets = constantTargets;
  }

  /** Shape [input]. */
  float[] inputMean() {
    return inputMean;
  }

  /** Shape [input]. */
  float[] inputStd() {
    return inputStd;
  }

  /** Shape [targets]. */
  float[] targetMean() {
    return targetMean;
  }

  /** Shape [targets]. */
  float[] targetStd() {
    return targetStd;
  }

  /** The inputs that never change in the training part. */
  public List<Integer> constantInputs() {
    return constantInputs;
  }

  /** The targets that never change in the training part. */
  public List<Integer> constantTargets() {
    return constantTargets;
  }

  /** Fits to the training part. */
  public static Scaling fit(Dataset training) {
    int inputs = training.inputSize();
    int targets = training.targetSize();
    Moments ofInputs = new Moments(inputs);
    Moments ofTargets = new Moments(targets);
    // the mean first, then the deviations from it: one pass over sums of squares loses digits
    for (Moments.Pass pass : Moments.Pass.values()) {
      for (Dataset.Series series : training.series()) {
        for (int row = 0; row < series.rows; row++) {
          ofInputs.add(pass, series.x, row * inputs);
          if (training.scores(series, row)) {
            ofTargets.add(pass, series.target, (row + training.horizon()) * targets);
          }
        }
      }
    }
    return new Scaling(
        ofInputs.mean(),
        ofInputs.std(),
        ofTargets.mean(),
        ofTargets.std(),
        ofInputs.constant(),
        ofTargets.constant());
  }

  /** No scaling, for what is no quantity. */
  static Scaling none(int inputs, int targets) {
    float[] inputStd = new float[inputs];
    Arrays.fill(inputStd, 1);
    float[] targetStd = new float[targets];
    Arrays.fill(targetStd, 1);
    return new Scaling(
        new float[inputs], inputStd, new float[targets], targetStd, List.of(), List.of());
  }

  /** The scaling that a model carries already. */
  static Scaling of(LstmWeights weights) {
    return new Scaling(
        weights.inputMean,
        weights.inputStd,
        weights.outputMean,
        weights.outputStd,
        List.of(),
        List.of());
  }

  /** Writes the inputs' scaling into a model, and the targets' where they are scaled at all. */
  void storeIn(LstmWeights weights, LossFunction loss) {
    System.arraycopy(inputMean, 0, weights.inputMean, 0, inputMean.length);
    System.arraycopy(inputStd, 0, weights.inputStd, 0, inputStd.length);
    if (scalesTargets(loss)) {
      System.arraycopy(targetMean, 0, weights.outputMean, 0, targetMean.length);
      System.arraycopy(targetStd, 0, weights.outputStd, 0, targetStd.length);
    }
  }

  /** Probabilities and classes are no quantities: their losses take them as they are. */
  static boolean scalesTargets(LossFunction loss) {
    return switch (loss) {
      case LossFunction.BinaryCrossEntropy _, LossFunction.SoftmaxCrossEntropy _ -> false;
      default -> true;
    };
  }

  private static final class Moments {
    enum Pass {
      MEAN,
      DEVIATION
    }

    private final double[] sum;
    private final double[] squares;
    private final float[] first;
    private final boolean[] varies;
    private long count;

    Moments(int columns) {
      sum = new double[columns];
      squares = new double[columns];
      first = new float[columns];
      varies = new boolean[columns];
    }

    void add(Pass pass, float[] values, int at) {
      if (pass == Pass.MEAN) {
        if (count++ == 0) {
          System.arraycopy(values, at, first, 0, first.length);
        }
        for (int i = 0; i < sum.length; i++) {
          sum[i] += values[at + i];
          varies[i] |= values[at + i] != first[i];
        }
      } else {
        for (int i = 0; i < sum.length; i++) {
          double deviation = values[at + i] - sum[i] / count;
          squares[i] += deviation * deviation;
        }
      }
    }

    float[] mean() {
      float[] mean = new float[sum.length];
      for (int i = 0; i < mean.length; i++) {
        mean[i] = varies[i] ? (float) (sum[i] / count) : first[i];
      }
      return mean;
    }

    float[] std() {
      float[] std = new float[sum.length];
      for (int i = 0; i < std.length; i++) {
        std[i] = isConstant(i) ? 1 : deviation(i);
      }
      return std;
    }

    List<Integer> constant() {
      List<Integer> found = new ArrayList<>();
      for (int i = 0; i < sum.length; i++) {
        if (isConstant(i)) {
          found.add(i);
        }
      }
      return found;
    }

    private float deviation(int i) {
      return (float) Math.sqrt(squares[i] / count);
    }

    /** A deviation too small for a float divides no better than none. */
    private boolean isConstant(int i) {
      return !varies[i] || deviation(i) < Float.MIN_NORMAL;
    }
  }

  @Override
  public String toString() {
    return "Scaling[input "
        + Arrays.toString(inputMean)
        + " "
        + Arrays.toString(inputStd)
        + ", target "
        + Arrays.toString(targetMean)
        + " "
        + Arrays.toString(targetStd)
        + "]";
  }
}
