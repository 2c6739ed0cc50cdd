// SPDX-License-Identifier: Apache-2.0
package org.quadgate.sequence;

import org.quadgate.kernel.ActivationFunctions;
import org.quadgate.network.Activation;

/**
 * One layer of the head, y = f(weight·x + bias).
 *
 * @param inputs values that go in, at least 1
 * @param outputs values that come out, at least 1
 * @param weight shape [outputs][inputs]
 * @param bias shape [outputs]
 * @param activation f; {@link Activation#IDENTITY} for a linear layer proper
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
public record LinearLayer(
    int inputs, int outputs, float[] weight, float[] bias, Activation activation) {
  /**
   * Checks every size.
   *
   * @throws IllegalArgumentException if a size is below 1 or an array has another length than its
   *     shape
   */
  public LinearLayer {
    if (inputs < 1
        || outputs < 1
        || weight.length != (long) inputs * outputs
        || bias.length != outputs) {
      throw new IllegalArgumentException(
          "a linear layer of %d inputs and %d outputs with %d weights and %d biases"
              .formatted(inputs, outputs, weight.length, bias.length));
    }
  }

  /**
   * The layer's value.
   *
   * @param xs shape [rows][inputs]
   * @return shape [rows][outputs]
   */
  float[] apply(float[] xs) {
    int rows = xs.length / inputs;
    float[] ys = new float[Math.multiplyExact(rows, outputs)];
    for (int row = 0; row < rows; row++) {
      apply(xs, row * inputs, ys, row * outputs);
    }
    return ys;
  }

  /** As {@link #apply(float[])} for one row, from {@code x[at …]} to {@code y[to …]}. */
  void apply(float[] x, int at, float[] y, int to) {
    for (int o = 0; o < outputs; o++) {
      float sum = bias[o];
      for (int k = 0; k < inputs; k++) {
        sum = Math.fma(weight[o * inputs + k], x[at + k], sum);
      }
      y[to + o] = ActivationFunctions.apply(activation, sum);
    }
  }
}
