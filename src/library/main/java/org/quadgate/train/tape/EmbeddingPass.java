// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train.tape;

import java.util.Arrays;

/**
 * A vector for every token of a vocabulary, learned with the network and given to its first layer.
 * Tokens are the one input of a minibatch's row, as floats.
 *
 * <p>Forward x[row] = E[token[row]]; backward dE[v] = Σ dx[row] over the rows whose token is v, in
 * the order of rows.
 */
final class EmbeddingPass {
  private final float[] parameters; // from 0 the vectors, [vocabulary][size]
  private final int vocabulary;
  private final int size; // of a vector
  private final int end; // of the vectors
  private int sequences; // B
  private int steps; // T
  float[] x = {}; // [T][B][size]
  float[] dx = {}; // [T][B][size padded]

  EmbeddingPass(ParameterLayout layout, float[] parameters) {
    this.parameters = parameters;
    size = layout.architecture.inputSize();
    end = layout.embeddingEnd;
    vocabulary = end / size;
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

  void forward(Share share, float[] tokens) {
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
