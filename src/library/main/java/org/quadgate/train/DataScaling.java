// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.quadgate.network.Network;
import org.quadgate.network.Scaling;
import org.quadgate.network.WeightArrays;

/**
 * What the columns of a dataset are scaled by, fitted to its training part: the mean and standard
 * deviation of inputs over all rows, of targets over the rows that are scored. A constant column
 * keeps the deviation 1, so that it becomes 0. Immutable.
 */
public final class DataScaling {
  private final Scaling inputs;
  private final Scaling targets;
  private final List<Integer> constantInputs;
  private final List<Integer> constantTargets;

  private DataScaling(
      Scaling inputs,
      Scaling targets,
      List<Integer> constantInputs,
      List<Integer> constantTargets) {
    this.inputs = inputs;
    this.targets = targets;
    this.constantInputs = List.copyOf(constantInputs);
    this.constantTargets = List.copyOf(constantTargets);
  }

  /** Of the inputs. */
  public Scaling inputs() {
    return inputs;
  }

  /** Of the targets. */
  public Scaling targets() {
    return targets;
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
  public static DataScaling fit(Dataset training) {
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
    return new DataScaling(
        ofInputs.scaling(), ofTargets.scaling(), ofInputs.constant(), ofTargets.constant());
  }

  /** No scaling, for what is no quantity. */
  static DataScaling none(int inputs, int targets) {
    return new DataScaling(
        Scaling.identity(inputs), Scaling.identity(targets), List.of(), List.of());
  }

  /** The scaling that a network has already. */
  static DataScaling of(Network network) {
    return new DataScaling(network.inputScaling(), network.outputScaling(), List.of(), List.of());
  }

  /** Writes the inputs' scaling into weights, and the targets' where they are scaled at all. */
  void storeIn(WeightArrays weights, LossFunction loss) {
    copy(inputs, weights.inputMean, weights.inputStd);
    if (scalesTargets(loss)) {
      copy(targets, weights.outputMean, weights.outputStd);
    }
  }

  private static void copy(Scaling from, float[] mean, float[] std) {
    System.arraycopy(from.mean(), 0, mean, 0, mean.length);
    System.arraycopy(from.std(), 0, std, 0, std.length);
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

    Scaling scaling() {
      return new Scaling(mean(), std());
    }

    private float[] mean() {
      float[] mean = new float[sum.length];
      for (int i = 0; i < mean.length; i++) {
        mean[i] = varies[i] ? (float) (sum[i] / count) : first[i];
      }
      return mean;
    }

    private float[] std() {
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

  /** In the words that checkpoints compare. */
  @Override
  public String toString() {
    return "Scaling[input " + text(inputs) + ", target " + text(targets) + "]";
  }

  private static String text(Scaling scaling) {
    return Arrays.toString(scaling.mean()) + " " + Arrays.toString(scaling.std());
  }
}
