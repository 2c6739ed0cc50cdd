// SPDX-License-Identifier: Apache-2.0
package org.quadgate.gap;

import java.util.List;
import java.util.SplittableRandom;
import org.quadgate.train.Dataset;
import org.quadgate.train.LossFunction;

/**
 * Temporal order, experiment 6a of Hochreiter &amp; Schmidhuber, "Long Short-Term Memory", 1997: a
 * start symbol B, T to T + T/10 symbols in all, an end symbol E. Two of those between are X or Y,
 * one within the second tenth and one within the sixth; the others are a, b, c or d. At the end the
 * class is one of four, by what the two were and in which order.
 *
 * <p>The paper's criterion: the last 2,000 training sequences all classified correctly, with every
 * output within 0.3 of its target, and an average error below 0.1. Here the 2,000 are fresh ones,
 * and outputs are the four probabilities.
 */
record TemporalOrder(int length) implements GapTask {
  private static final double MOST_ERROR = 0.3;
  private static final double MOST_MEAN_ERROR = 0.1;

  // symbols: E B a b c d X Y
  private static final int END = 0;
  private static final int START = 1;
  private static final int NOISE = 2;
  private static final int NOISES = 4;
  private static final int X = 6;

  @Override
  public String name() {
    return "temporal order, T = " + length;
  }

  @Override
  public int inputs() {
    return 8;
  }

  @Override
  public int outputs() {
    return 4;
  }

  @Override
  public LossFunction loss() {
    return new LossFunction.SoftmaxCrossEntropy();
  }

  @Override
  public Dataset.Scoring scoring() {
    return Dataset.Scoring.LAST;
  }

  @Override
  public Sequence next(SplittableRandom random) {
    int tenth = length / 10;
    int steps = length + random.nextInt(tenth + 1);
    int[] symbols = new int[steps];
    for (int t = 0; t < steps; t++) {
      symbols[t] = NOISE + random.nextInt(NOISES);
    }
    int first = random.nextInt(2);
    int second = random.nextInt(2);
    symbols[0] = START;
    symbols[steps - 1] = END;
    symbols[tenth + random.nextInt(tenth)] = X + first;
    symbols[5 * tenth + random.nextInt(tenth)] = X + second;
    float[] target = new float[steps];
    target[steps - 1] = 2 * first + second;
    return new Sequence(Symbols.oneHot(symbols, inputs()), target);
  }

  @Override
  public Verdict judge(List<Sequence> sequences, List<float[]> answers) {
    int wrong = 0;
    int outside = 0;
    double sum = 0;
    for (int i = 0; i < sequences.size(); i++) {
      float[] target = sequences.get(i).target();
      int last = target.length - 1;
      double[] p = Symbols.softmax(answers.get(i), last * outputs(), outputs());
      double largest = 0;
      for (int k = 0; k < p.length; k++) {
        largest = Math.max(largest, Math.abs(p[k] - (k == (int) target[last] ? 1 : 0)));
      }
      sum += largest;
      outside += largest < MOST_ERROR ? 0 : 1;
      boolean right =
          Symbols.likeliest(answers.get(i), last * outputs(), outputs()) == (int) target[last];
      wrong += right ? 0 : 1;
    }
    boolean solved = outside == 0 && sum / sequences.size() < MOST_MEAN_ERROR;
    return new Verdict(solved, (double) wrong / sequences.size());
  }
}
