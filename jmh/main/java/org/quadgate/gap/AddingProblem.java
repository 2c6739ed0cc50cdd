// SPDX-License-Identifier: Apache-2.0
package org.quadgate.gap;

import java.util.List;
import java.util.SplittableRandom;
import org.quadgate.train.Dataset;
import org.quadgate.train.LossFunction;

/**
 * The adding problem, experiment 4 of Hochreiter &amp; Schmidhuber, "Long Short-Term Memory", 1997:
 * T to T + T/10 pairs of a number in [−1, 1] and a marker, −1 for the first and the last pair, 1
 * for two others, else 0. The first marked pair is among the first ten, the second among the first
 * T/2 − 1 others. At the end the target is 0.5 + (X₁ + X₂) / 4, X₁ and X₂ being the marked numbers;
 * if the first pair was drawn to be marked, its marker stays −1 and X₁ counts as 0.
 *
 * <p>The paper's criterion: the last 2,000 training sequences all processed correctly, that is with
 * an error below 0.04, and an average error below 0.01. Here the 2,000 are fresh ones.
 */
record AddingProblem(int length) implements GapTask {
  private static final double MOST_ERROR = 0.04;
  private static final double MOST_MEAN_ERROR = 0.01;

  @Override
  public String name() {
    return "adding, T = " + length;
  }

  @Override
  public int inputs() {
    return 2;
  }

  @Override
  public int outputs() {
    return 1;
  }

  @Override
  public LossFunction loss() {
    return new LossFunction.Mse();
  }

  @Override
  public Dataset.Scoring scoring() {
    return Dataset.Scoring.LAST;
  }

  @Override
  public Sequence next(SplittableRandom random) {
    int steps = length + random.nextInt(length / 10 + 1);
    float[] x = new float[steps * 2]; // [steps][number, marker]
    for (int t = 0; t < steps; t++) {
      x[2 * t] = (float) random.nextDouble(-1, 1);
    }
    int first = random.nextInt(Math.min(10, length / 2 - 1));
    int second = random.nextInt(length / 2 - 1);
    while (second == first) {
      second = random.nextInt(length / 2 - 1);
    }
    x[2 * first + 1] = 1;
    x[2 * second + 1] = 1;
    float sum = (first == 0 ? 0 : x[2 * first]) + (second == 0 ? 0 : x[2 * second]);
    x[1] = -1;
    x[2 * steps - 1] = -1;
    float[] target = new float[steps];
    target[steps - 1] = 0.5f + sum / 4;
    return new Sequence(x, target);
  }

  @Override
  public Verdict judge(List<Sequence> sequences, List<float[]> answers) {
    int wrong = 0;
    double sum = 0;
    for (int i = 0; i < sequences.size(); i++) {
      int last = sequences.get(i).target().length - 1;
      double error = Math.abs(answers.get(i)[last] - sequences.get(i).target()[last]);
      sum += error;
      wrong += error < MOST_ERROR ? 0 : 1;
    }
    boolean solved = wrong == 0 && sum / sequences.size() < MOST_MEAN_ERROR;
    return new Verdict(solved, (double) wrong / sequences.size());
  }
}
