// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import java.util.List;
import java.util.Locale;
import org.quadgate.RandomWeights;
import org.quadgate.network.Activation;
import org.quadgate.network.CellType;
import org.quadgate.network.DirectionWeights;
import org.quadgate.network.LinearLayer;
import org.quadgate.network.Network;
import org.quadgate.network.RecurrentLayer;

/** What one LSTM layer may be beside the usual one: another cell, or something behind it. */
public enum CellVariant {
  /** The cell as PyTorch has it. */
  USUAL,
  /** Gates as Keras had them up to 2.2. */
  HARD_SIGMOID,
  /** Gates that see c. */
  PEEPHOLES,
  /** A forget gate that is 1 − i. */
  COUPLED,
  /**
   * h projected to as many values as it has, so that R stays as large and the projection is added.
   */
  PROJECTION,
  /** The usual cell with a head of two linear layers. */
  LINEAR_HEAD,
  /** The same head, with ReLU between its layers. */
  RELU_HEAD;

  private static final int HEAD = 16;
  private static final long SEED = 1;

  /** What it is compared with, which may be itself: the same layers of the usual kind. */
  public CellVariant usual() {
    return this == RELU_HEAD || this == LINEAR_HEAD ? LINEAR_HEAD : USUAL;
  }

  /** What a table calls it, and JMH's parameters. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  /** A network of random weights, those of the layer the same in every variant. */
  public Network network(Shape shape) {
    int hidden = shape.hidden();
    DirectionWeights usual =
        RandomWeights.of(shape.architecture(), SEED)
            .toNetwork()
            .layers()
            .getFirst()
            .directions()
            .getFirst();
    DirectionWeights.Builder weights =
        DirectionWeights.builder(usual.input(), usual.recurrent(), usual.bias());
    float bound = (float) (1 / Math.sqrt(hidden));
    switch (this) {
      case HARD_SIGMOID ->
          weights.activations(
              List.of(
                  Activation.of(Activation.Function.HARD_SIGMOID),
                  Activation.TANH,
                  Activation.TANH));
      case PEEPHOLES -> weights.peephole(small(3 * hidden, bound));
      case PROJECTION -> weights.projection(small(hidden * hidden, bound));
      default -> {}
    }
    Network.Builder network =
        Network.builder()
            .layer(
                RecurrentLayer.builder(CellType.LSTM, shape.input(), hidden)
                    .coupled(this == COUPLED)
                    .weights(weights.build())
                    .build());
    if (usual() == LINEAR_HEAD) {
      network.linear(linear(hidden, HEAD, this == RELU_HEAD)).linear(linear(HEAD, 1, false));
    }
    return network.build();
  }

  private static LinearLayer linear(int inputs, int outputs, boolean relu) {
    float bound = (float) (1 / Math.sqrt(inputs));
    return new LinearLayer(
        inputs,
        outputs,
        small(inputs * outputs, bound),
        small(outputs, bound),
        relu ? Activation.RELU : Activation.IDENTITY);
  }

  private static float[] small(int length, float bound) {
    float[] values = RandomWeights.inputs(length, SEED + length);
    for (int i = 0; i < length; i++) {
      values[i] *= bound / 2;
    }
    return values;
  }
}
