// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

/**
 * What becomes of the last layer's values before the caller gets them. Immutable.
 *
 * <pre>
 *   y[i] = v[i]·std[i] + mean[i]
 * </pre>
 */
final class ModelOutput {
  private final int size;
  private final float[] mean; // [output], or null: outputs are given as they are
  private final float[] std; // [output]

  ModelOutput(LstmWeights weights) {
    size = weights.config().outputSize();
    mean = weights.scalesOutput() ? weights.outputMean.clone() : null;
    std = weights.outputStd.clone();
  }

  /** Whether outputs are scaled after the last layer. */
  boolean scales() {
    return mean != null;
  }

  /** One timestep's outputs, from {@code v[at …]} to {@code y[to …]}. */
  void give(float[] v, int at, float[] y, int to) {
    if (mean == null) {
      System.arraycopy(v, at, y, to, size);
    } else {
      for (int i = 0; i < size; i++) {
        y[to + i] = v[at + i] * std[i] + mean[i];
      }
    }
  }
}
