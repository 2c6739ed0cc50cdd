// SPDX-License-Identifier: Apache-2.0
package org.quadgate.gap;

/** Symbols as inputs, and outputs as symbols. */
final class Symbols {
  private Symbols() {}

  /**
   * One number a symbol, 1 at its place.
   *
   * @return shape [symbols.length][size]
   */
  static float[] oneHot(int[] symbols, int size) {
    float[] x = new float[symbols.length * size];
    for (int t = 0; t < symbols.length; t++) {
      x[t * size + symbols[t]] = 1;
    }
    return x;
  }

  static double[] softmax(float[] logits, int at, int count) {
    double[] p = new double[count];
    double max = logits[at + likeliest(logits, at, count)];
    double sum = 0;
    for (int k = 0; k < count; k++) {
      p[k] = Math.exp(logits[at + k] - max);
      sum += p[k];
    }
    for (int k = 0; k < count; k++) {
      p[k] /= sum;
    }
    return p;
  }

  static int likeliest(float[] logits, int at, int count) {
    int best = 0;
    for (int k = 1; k < count; k++) {
      best = logits[at + k] > logits[at + best] ? k : best;
    }
    return best;
  }
}
