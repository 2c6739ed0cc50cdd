// SPDX-License-Identifier: Apache-2.0
package org.quadgate.gap;

import java.util.List;
import java.util.SplittableRandom;
import org.quadgate.train.Dataset;
import org.quadgate.train.LossFunction;

/**
 * Copying after a delay, as in Arjovsky, Shah &amp; Bengio, "Unitary Evolution Recurrent Neural
 * Networks", 2016: some symbols, a delay of blanks, a marker, and then the symbols again, in their
 * order, while blanks come in. The paper has 10 symbols of 8 kinds, which LSTM does not learn
 * there; here there are fewer.
 *
 * <p>Criterion: every symbol of every one of 2,000 fresh sequences is the likeliest output.
 */
record CopyTask(int symbols, int kinds, int delay) implements GapTask {
  @Override
  public String name() {
    return "copying %d of %d symbols after %d steps".formatted(symbols, kinds, delay);
  }

  /** The kinds, then blank, then the marker. */
  @Override
  public int inputs() {
    return kinds + 2;
  }

  /** The kinds, then blank. */
  @Override
  public int outputs() {
    return kinds + 1;
  }

  @Override
  public LossFunction loss() {
    return new LossFunction.SoftmaxCrossEntropy();
  }

  @Override
  public Dataset.Scoring scoring() {
    return Dataset.Scoring.EACH;
  }

  @Override
  public Sequence next(SplittableRandom random) {
    int steps = symbols + delay + symbols;
    int[] in = new int[steps];
    float[] target = new float[steps];
    java.util.Arrays.fill(in, kinds);
    java.util.Arrays.fill(target, kinds);
    for (int i = 0; i < symbols; i++) {
      in[i] = random.nextInt(kinds);
      target[symbols + delay + i] = in[i];
    }
    in[symbols + delay - 1] = kinds + 1;
    return new Sequence(Symbols.oneHot(in, inputs()), target);
  }

  @Override
  public Verdict judge(List<Sequence> sequences, List<float[]> answers) {
    int wrong = 0;
    for (int i = 0; i < sequences.size(); i++) {
      float[] target = sequences.get(i).target();
      boolean right = true;
      for (int t = symbols + delay; t < target.length; t++) {
        right &= Symbols.likeliest(answers.get(i), t * outputs(), outputs()) == (int) target[t];
      }
      wrong += right ? 0 : 1;
    }
    return new Verdict(wrong == 0, (double) wrong / sequences.size());
  }
}
