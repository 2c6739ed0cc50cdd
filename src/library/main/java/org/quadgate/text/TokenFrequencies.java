// SPDX-License-Identifier: Apache-2.0
package org.quadgate.text;

/**
 * The forecast that needs no learning, and that a model of the order of tokens has to beat: each
 * token is as likely as it was frequent in the training text, with one added to every count so that
 * none is impossible.
 */
public final class TokenFrequencies {
  private final double[] logProbability; // [V]

  /**
   * Counts.
   *
   * @param tokens numbers of the training text
   * @param vocabulary different tokens
   */
  public TokenFrequencies(int[] tokens, int vocabulary) {
    long[] counts = new long[vocabulary];
    for (int token : tokens) {
      counts[token]++;
    }
    logProbability = new double[vocabulary];
    double total = (double) tokens.length + vocabulary;
    for (int v = 0; v < vocabulary; v++) {
      logProbability[v] = StrictMath.log((counts[v] + 1) / total);
    }
  }

  /**
   * As {@link TokenPredictor#perplexity}, of all tokens but the first.
   *
   * @throws IllegalArgumentException if there are fewer than two
   */
  public double perplexity(int[] tokens) {
    if (tokens.length < 2) {
      throw new IllegalArgumentException(
          "a text of " + tokens.length + " tokens, expected at least 2");
    }
    double sum = 0;
    for (int t = 1; t < tokens.length; t++) {
      sum -= logProbability[tokens[t]];
    }
    return StrictMath.exp(sum / (tokens.length - 1));
  }
}
