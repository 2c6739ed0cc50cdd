// SPDX-License-Identifier: Apache-2.0
package org.quadgate.engine;

import org.quadgate.network.Activation;
import org.quadgate.network.CellType;
import org.quadgate.network.DirectionWeights;
import org.quadgate.network.Network;
import org.quadgate.network.RecurrentLayer;
import org.quadgate.options.Precision;

/**
 * The largest magnitude of an input that keeps every gate sum finite. Finite inputs alone are not
 * enough: two of 3e38 with weights 2 and -2 give infinity minus infinity, a NaN that stays in the
 * stream's state for good. An 8-bit sum is formed before it is scaled, of weights up to 2³¹, so its
 * limit is lower.
 */
final class InputLimit {
  /** Leaves room for rounding and for adding the two sums. */
  private static final double LARGEST_SUM = Float.MAX_VALUE / 4.0;

  private final Precision precision;
  private double limit = Float.MAX_VALUE;

  private InputLimit(Precision precision) {
    this.precision = precision;
  }

  /**
   * The limit for the network's inputs, after standardisation.
   *
   * @throws IllegalArgumentException if the weights are so large that hidden states of a bounded
   *     cell could overflow a sum
   */
  static float of(Network network, Precision precision) {
    InputLimit limit = new InputLimit(precision);
    double inputs = 0; // the bound of what the layer below puts out; 0 for the network's inputs
    for (int i = 0; i < network.layers().size(); i++) {
      RecurrentLayer layer = network.layers().get(i);
      double outputs = 0;
      for (DirectionWeights weights : layer.directions()) {
        double bound = bound(layer, weights);
        limit.check(i, layer, weights, inputs, bound);
        outputs = Math.max(outputs, bound);
      }
      inputs = outputs;
    }
    return (float) limit.limit;
  }

  private void check(
      int index, RecurrentLayer layer, DirectionWeights weights, double inputs, double bound) {
    float[] w = weights.input();
    float[] r = weights.recurrent();
    float[] bias = weights.bias();
    float[] initial = weights.initialHidden();
    int columns = layer.inputSize();
    int width = layer.directionSize();
    for (int row = 0; row < bias.length; row++) {
      double perInput = magnitude(w, row, columns, null);
      double fromHidden =
          Math.abs(bias[row])
              + Math.max(
                  Double.isFinite(bound) ? bound * magnitude(r, row, width, null) : 0,
                  magnitude(r, row, width, initial));
      double fromBelow = index > 0 && Double.isFinite(inputs) ? inputs * perInput : 0;
      if (fromHidden > LARGEST_SUM || fromBelow > LARGEST_SUM) {
        throw new IllegalArgumentException(
            "the weights of layer " + index + " row " + row + " are so large that sums overflow");
      }
      if (index == 0 && perInput > 1) {
        limit = Math.min(limit, LARGEST_SUM / perInput);
      }
    }
  }

  /** The largest |h| that a direction can come to; infinite if there is none. */
  private static double bound(RecurrentLayer layer, DirectionWeights weights) {
    double bound = 1;
    for (int i = 0; i < weights.activations().size(); i++) {
      boolean candidate = layer.cell() == CellType.LSTM && i == 1; // h does not have it as a factor
      bound *= candidate ? 1 : bound(weights.activations().get(i));
    }
    if (!weights.projects()) {
      return bound;
    }
    float[] projection = weights.projection();
    double largest = 0;
    for (int row = 0; row < layer.directionSize(); row++) {
      largest = Math.max(largest, sum(projection, row, layer.hiddenSize(), null));
    }
    return largest == 0 ? 0 : bound * largest;
  }

  private static double bound(Activation activation) {
    return switch (activation.function()) {
      case SIGMOID, TANH, HARD_SIGMOID, SOFTSIGN -> 1;
      case SCALED_TANH -> Math.abs(activation.alpha());
      default -> Double.POSITIVE_INFINITY;
    };
  }

  /** What a row comes to at most, in the numbers that its sum is formed of. */
  private double magnitude(float[] matrix, int row, int columns, float[] times) {
    double sum = sum(matrix, row, columns, times);
    if (precision != Precision.INT8) {
      return sum;
    }
    double largest = 0;
    double factors = 0;
    for (int k = 0; k < columns; k++) {
      largest = Math.max(largest, Math.abs(matrix[row * columns + k]));
      factors += times == null ? 1 : Math.abs(times[k]);
    }
    // the largest weight is 127 steps of 2^24, and rounding moves each by a step at most
    double step = 1 << 24;
    double unscaled = largest == 0 ? 0 : sum * 127 * step / largest + factors * step;
    return Math.max(sum, unscaled); // enormous weights make it larger again by their scale
  }

  private static double sum(float[] matrix, int row, int columns, float[] times) {
    double sum = 0;
    for (int k = 0; k < columns; k++) {
      double weight = Math.abs((double) matrix[row * columns + k]);
      sum += times == null ? weight : weight * Math.abs(times[k]);
    }
    return sum;
  }
}
