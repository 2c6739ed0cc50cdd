// SPDX-License-Identifier: Apache-2.0
package org.quadgate.gap;

import java.util.List;
import java.util.SplittableRandom;
import org.quadgate.train.Dataset;
import org.quadgate.train.LossFunction;

/**
 * The embedded Reber grammar, experiment 1 of Hochreiter &amp; Schmidhuber, "Long Short-Term
 * Memory", 1997, after Smith &amp; Zipser, 1989: B, then T or P, then a whole string of the Reber
 * grammar, then the same T or P as before, then E. The next symbol is to be said at every step;
 * what is hard is the last T or P, since nothing else in the string depends on the first.
 *
 * <p>Criterion, as there: at every step of every one of 256 test strings the legal next symbols are
 * those with the highest outputs.
 */
record EmbeddedReber() implements GapTask {
  static final String SYMBOLS = "BTPSXVE";

  /** From each state of the grammar two symbols with the states they lead to. */
  private static final String[][] ARCS = {
    {"T1", "P2"}, // after the first B
    {"S1", "X3"},
    {"T2", "V4"},
    {"X2", "S5"},
    {"P3", "V5"},
    {"E6", "E6"},
  };

  private static final int END = 6;

  @Override
  public String name() {
    return "embedded Reber grammar";
  }

  @Override
  public int inputs() {
    return SYMBOLS.length();
  }

  @Override
  public int outputs() {
    return SYMBOLS.length();
  }

  @Override
  public LossFunction loss() {
    return new LossFunction.SoftmaxCrossEntropy();
  }

  @Override
  public Dataset.Scoring scoring() {
    return Dataset.Scoring.EACH;
  }

  /** A string of the grammar. */
  static String string(SplittableRandom random) {
    char around = random.nextBoolean() ? 'T' : 'P';
    StringBuilder text = new StringBuilder("B").append(around).append('B');
    int state = 0;
    while (state != END) {
      String arc = ARCS[state][random.nextInt(2)];
      text.append(arc.charAt(0));
      state = arc.charAt(1) - '0';
    }
    return text.append(around).append('E').toString();
  }

  /** Which symbols may follow each of a string's but the last: a mask by {@link #SYMBOLS}. */
  static int[] legal(String string) {
    int[] legal = new int[string.length() - 1];
    legal[0] = mask("TP");
    legal[1] = mask("B");
    int state = 0;
    for (int t = 2; t < legal.length; t++) {
      if (state == END) {
        // behind the inner E comes the first symbol again, and behind that the E
        legal[t] = string.charAt(t) == 'E' ? mask(string.substring(1, 2)) : mask("E");
        continue;
      }
      legal[t] = mask(ARCS[state][0].substring(0, 1)) | mask(ARCS[state][1].substring(0, 1));
      int arc = ARCS[state][0].charAt(0) == string.charAt(t + 1) ? 0 : 1;
      if (ARCS[state][arc].charAt(0) != string.charAt(t + 1)) {
        throw new IllegalArgumentException(string + " is not of the grammar from " + (t + 1));
      }
      state = ARCS[state][arc].charAt(1) - '0';
    }
    return legal;
  }

  private static int mask(String symbols) {
    int mask = 0;
    for (int i = 0; i < symbols.length(); i++) {
      mask |= 1 << SYMBOLS.indexOf(symbols.charAt(i));
    }
    return mask;
  }

  @Override
  public Sequence next(SplittableRandom random) {
    String string = string(random);
    int steps = string.length() - 1;
    int[] symbols = new int[steps];
    float[] target = new float[steps];
    for (int t = 0; t < steps; t++) {
      symbols[t] = SYMBOLS.indexOf(string.charAt(t));
      target[t] = SYMBOLS.indexOf(string.charAt(t + 1));
    }
    return new Sequence(Symbols.oneHot(symbols, inputs()), target);
  }

  @Override
  public Verdict judge(List<Sequence> sequences, List<float[]> answers) {
    int wrong = 0;
    for (int i = 0; i < sequences.size(); i++) {
      wrong += allLegal(sequences.get(i), answers.get(i)) ? 0 : 1;
    }
    return new Verdict(wrong == 0, (double) wrong / sequences.size());
  }

  private static boolean allLegal(Sequence sequence, float[] answers) {
    int[] legal = legal(text(sequence));
    int size = SYMBOLS.length();
    for (int t = 0; t < legal.length; t++) {
      float leastLegal = Float.POSITIVE_INFINITY;
      float mostIllegal = Float.NEGATIVE_INFINITY;
      for (int k = 0; k < size; k++) {
        float answer = answers[t * size + k];
        if ((legal[t] >> k & 1) == 1) {
          leastLegal = Math.min(leastLegal, answer);
        } else {
          mostIllegal = Math.max(mostIllegal, answer);
        }
      }
      if (!(leastLegal > mostIllegal)) {
        return false;
      }
    }
    return true;
  }

  private static String text(Sequence sequence) {
    StringBuilder text = new StringBuilder("B");
    for (float symbol : sequence.target()) {
      text.append(SYMBOLS.charAt((int) symbol));
    }
    return text.toString();
  }
}
