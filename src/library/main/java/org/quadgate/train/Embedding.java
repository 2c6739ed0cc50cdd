// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import java.util.Arrays;

/**
 * A vector for every token of a vocabulary, learned with the network and given to its first layer.
 * Tokens are the one input of a minibatch's row, as floats, exact up to 2²⁴.
 *
 * <p>Forward x[row] = E[token[row]]; backward dE[v] = Σ dx[row] over the rows whose token is v, in
 * the order of rows.
 */
final class Embedding {
  /** Floats hold every integer up to here. */
  static final int MAX_VOCABULARY = 1 << 24;

  final int vocabulary;
  final int size; // of a vector
  final int end; // where the next layer's parameters begin; these stand at 0, [vocabulary][size]
  private int sequences; // B
  private int steps; // T
  float[] x = {}; // [T][B][size]
  float[] dx = {}; // [T][B][size padded]

  /**
   * @throws IllegalArgumentException if the vocabulary is empty or over 2²⁴ tokens
   */
  Embedding(int vocabulary, int size) {
    if (vocabulary < 1 || vocabulary > MAX_VOCABULARY) {
      throw new IllegalArgumentException(
          "vocabulary is " + vocabulary + ", expected 1 to " + MAX_VOCABULARY);
    }
    this.vocabulary = vocabulary;
    this.size = size;
    end = Math.multiplyExact(vocabulary, size);
  }

  int stride() {
    return Lanes.pad(size);
  }

  void reshape(int sequences, int steps) {
    this.sequences = sequences;
    this.steps = steps;
    x = Lanes.room(x, (long) sequences * steps * size);
    dx = Lanes.room(dx, (long) sequences * steps * stride());
  }

  /**
   * Checks that every token is in the vocabulary.
   *
   * @throws IllegalArgumentException naming the first that is not
   */
  void check(Minibatch batch) {
    for (int row = 0; row < batch.sequences() * batch.steps(); row++) {
      float token = batch.x[row];
      if (!(token >= 0 && token < vocabulary && token == (int) token)) {
        throw new IllegalArgumentException(
            "token %s in row %d, expected an integer from 0 to %d"
                .formatted(token, row, vocabulary - 1));
      }
    }
  }

  void forward(Share share, float[] parameters, float[] tokens) {
    for (int t = 0; t < steps; t++) {
      for (int b = share.first; b < share.first + share.count; b++) {
        int row = t * sequences + b;
        System.arraycopy(parameters, ((int) tokens[row]) * size, x, row * size, size);
      }
    }
  }

  void gradient(float[] tokens, float[] gradient) {
    Arrays.fill(gradient, 0, end, 0);
    int stride = stride();
    for (int row = 0; row < steps * sequences; row++) {
      int to = ((int) tokens[row]) * size;
      int from = row * stride;
      for (int i = 0; i < size; i++) {
        gradient[to + i] += dx[from + i];
      }
    }
  }
}
