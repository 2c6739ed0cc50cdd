// SPDX-License-Identifier: Apache-2.0
package org.quadgate.network;

import java.util.Objects;

/** One layer of the head, y = f(weight·x + bias). Immutable. */
public final class LinearLayer {
  private final int inputs;
  private final int outputs;
  private final float[] weight; // [outputs][inputs]
  private final float[] bias; // [outputs]
  private final Activation activation;

  /**
   * Copies the arrays.
   *
   * @param inputs values that go in, 1 to {@link Architecture#MAX_SIZE}
   * @param outputs values that come out, 1 to {@link Architecture#MAX_SIZE}
   * @param weight shape [outputs][inputs], finite
   * @param bias shape [outputs], finite
   * @param activation f; {@link Activation#IDENTITY} for a layer without one
   * @throws IllegalArgumentException if a size is outside, an array has another length than its
   *     shape, or a number is not finite
   */
  public LinearLayer(int inputs, int outputs, float[] weight, float[] bias, Activation activation) {
    Architecture.checkSize("inputs of a linear layer", inputs);
    Architecture.checkSize("outputs of a linear layer", outputs);
    if (weight.length != (long) inputs * outputs || bias.length != outputs) {
      throw new IllegalArgumentException(
          "a linear layer of %d inputs and %d outputs with %d weights and %d biases"
              .formatted(inputs, outputs, weight.length, bias.length));
    }
    Finite.check("linear weights", weight);
    Finite.check("linear bias", bias);
    this.inputs = inputs;
    this.outputs = outputs;
    this.weight = weight.clone();
    this.bias = bias.clone();
    this.activation = Objects.requireNonNull(activation, "activation");
  }

  /** Values that go in. */
  public int inputs() {
    return inputs;
  }

  /** Values that come out. */
  public int outputs() {
    return outputs;
  }

  /** A copy; shape [outputs][inputs]. */
  public float[] weight() {
    return weight.clone();
  }

  /** A copy; shape [outputs]. */
  public float[] bias() {
    return bias.clone();
  }

  /** The function after the sum. */
  public Activation activation() {
    return activation;
  }

  /** The layer in short, such as {@code linear 3} or {@code linear 3 + Relu}. */
  public String describe() {
    String name =
        activation.equals(Activation.IDENTITY) ? "" : " + " + activation.function().onnxName();
    return "linear " + outputs + name;
  }
}
