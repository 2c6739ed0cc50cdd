// SPDX-License-Identifier: Apache-2.0
package org.quadgate.text;

import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.quadgate.Model;
import org.quadgate.StreamState;

/**
 * Reads a text token by token, and says at each place which token may come next: p(v) = e^logit(v)
 * / Σ e^logit. Not thread-safe.
 */
public final class TokenPredictor implements AutoCloseable {
  private final Model network;
  private final StreamState state;
  private final float[] embedding; // [V][E]
  private final float[] x; // the vector of the present token; [E]
  private final float[] logits; // of the next token; [V]
  private final double[] weights; // e^((logit − max) / temperature); [V]

  /** Begins a text, at the network's initial state; the network is packed for the kernels. */
  public TokenPredictor(LanguageModel model) {
    network = Model.of(model.network());
    state = network.newState();
    embedding = model.embedding();
    x = new float[network.inputSize()];
    logits = new float[network.outputSize()];
    weights = new double[logits.length];
  }

  /** Gives the memory of the packed network back. */
  @Override
  public void close() {
    network.close();
  }

  /** Begins another text. */
  public void reset() {
    state.reset();
  }

  /**
   * Reads one token.
   *
   * @param token its number
   */
  public void read(int token) {
    System.arraycopy(embedding, token * x.length, x, 0, x.length);
    network.step(state, x, logits);
  }

  /** The natural logarithm of the probability that the token after the one read last is this. */
  public double logProbability(int token) {
    float max = max();
    double sum = 0;
    for (float logit : logits) {
      sum += StrictMath.exp((double) logit - max);
    }
    return (double) logits[token] - max - StrictMath.log(sum);
  }

  /**
   * e to the mean of −ln p over all tokens of a text but the first, read in one go from the initial
   * state. Less is better; guessing gets the size of the vocabulary.
   *
   * @param tokens at least two numbers
   * @param progress told of every token that was read
   * @throws IllegalArgumentException if there are fewer
   */
  public double perplexity(int[] tokens, Runnable progress) {
    if (tokens.length < 2) {
      throw new IllegalArgumentException(
          "a text of " + tokens.length + " tokens, expected at least 2");
    }
    reset();
    double sum = 0;
    for (int t = 0; t + 1 < tokens.length; t++) {
      read(tokens[t]);
      sum -= logProbability(tokens[t + 1]);
      progress.run();
    }
    return StrictMath.exp(sum / (tokens.length - 1));
  }

  /**
   * Draws the next token.
   *
   * @param temperature divides the logits; 0 takes the most probable token
   * @param most draws from so many of the most probable tokens only; 0 for all. The unknown token
   *     is never drawn.
   * @return its number
   * @throws IllegalArgumentException if the temperature is negative or not finite, or {@code most}
   *     is negative
   */
  public int draw(RandomGenerator random, double temperature, int most) {
    if (!(temperature >= 0 && temperature < Double.POSITIVE_INFINITY) || most < 0) {
      throw new IllegalArgumentException(
          "temperature " + temperature + " of " + most + " tokens, expected 0 or above");
    }
    int best = best();
    if (temperature == 0) {
      return best;
    }
    float least = most == 0 || most >= logits.length ? Float.NEGATIVE_INFINITY : threshold(most);
    double sum = 0;
    for (int v = 1; v < logits.length; v++) {
      double above = ((double) logits[v] - logits[best]) / temperature;
      weights[v] = logits[v] >= least ? StrictMath.exp(above) : 0;
      sum += weights[v];
    }
    double left = random.nextDouble() * sum;
    for (int v = 1; v < logits.length; v++) {
      left -= weights[v];
      if (left < 0) {
        return v;
      }
    }
    return best; // rounding
  }

  /** The logit of the token in place {@code most}, the unknown one not counted. */
  private float threshold(int most) {
    double[] descending =
        IntStream.range(1, logits.length).mapToDouble(v -> -logits[v]).sorted().toArray();
    return (float) -descending[Math.min(most, descending.length) - 1];
  }

  private int best() {
    int best = 1;
    for (int v = 2; v < logits.length; v++) {
      best = logits[v] > logits[best] ? v : best;
    }
    return best;
  }

  private float max() {
    float max = logits[0];
    for (int v = 1; v < logits.length; v++) {
      max = Math.max(max, logits[v]);
    }
    return max;
  }
}
