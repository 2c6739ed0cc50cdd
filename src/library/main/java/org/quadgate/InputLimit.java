// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

/**
 * The largest magnitude of an input that keeps every gate sum finite. Finite inputs alone are not
 * enough: two of 3e38 with weights 2 and -2 give infinity minus infinity, a NaN that stays in the
 * stream's state for good.
 */
final class InputLimit {
  /** Leaves room for rounding and for adding the two sums. */
  private static final double LARGEST_SUM = Float.MAX_VALUE / 4.0;

  private InputLimit() {}

  /**
   * The limit for the network's inputs, after standardisation.
   *
   * @throws IllegalArgumentException if the weights are so large that hidden states, which are
   *     within ±1, could overflow a sum
   */
  static float of(LstmWeights weights) {
    LstmConfig config = weights.config();
    double limit = Float.MAX_VALUE;
    for (int i = 0; i < config.layers().size(); i++) {
      LstmWeights.Recurrent layer = weights.layers().get(i);
      int inputSize = config.layerInputSize(i);
      int hidden = config.layers().get(i).hiddenSize();
      for (int row = 0; row < layer.bias.length; row++) {
        double fromHidden =
            Math.abs(layer.bias[row])
                + Math.max(
                    magnitude(layer.recurrent, row, hidden),
                    recurrentWithInitial(layer, row, hidden));
        double perInput = magnitude(layer.input, row, inputSize);
        if (fromHidden > LARGEST_SUM || (i > 0 && perInput > LARGEST_SUM)) {
          throw new IllegalArgumentException(
              "the weights of layer " + i + " row " + row + " are so large that sums overflow");
        }
        if (i == 0 && perInput > 1) {
          limit = Math.min(limit, LARGEST_SUM / perInput);
        }
      }
    }
    return (float) limit;
  }

  private static double magnitude(float[] matrix, int row, int columns) {
    double sum = 0;
    for (int k = row * columns; k < (row + 1) * columns; k++) {
      sum += Math.abs(matrix[k]);
    }
    return sum;
  }

  private static double recurrentWithInitial(LstmWeights.Recurrent layer, int row, int columns) {
    double sum = 0;
    for (int k = 0; k < columns; k++) {
      sum += Math.abs((double) layer.recurrent[row * columns + k] * layer.initialHidden[k]);
    }
    return sum;
  }
}
