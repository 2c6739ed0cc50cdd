// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train.tape;

import java.util.ArrayList;
import java.util.List;
import org.quadgate.network.Architecture;
import org.quadgate.network.WeightArrays;

/**
 * Where every parameter stands in one flat array: the embedding, the recurrent layers, the head. So
 * an optimizer is one pass over it, and gradients and moments have the same layout.
 */
final class ParameterLayout {
  final Architecture architecture;
  final int embeddingEnd; // the embedding's vectors stand at 0
  final List<RecurrentLayout> layers;
  final List<LinearLayout> head;
  final int size;

  /**
   * Finds places for all parameters.
   *
   * @param vocabulary vectors of the embedding, 0 for none
   * @throws IllegalArgumentException if there are over 2³¹−1, padding included
   */
  ParameterLayout(Architecture architecture, int vocabulary) {
    this.architecture = architecture;
    List<RecurrentLayout> recurrent = new ArrayList<>();
    List<LinearLayout> linear = new ArrayList<>();
    try {
      embeddingEnd = Math.multiplyExact(vocabulary, architecture.inputSize());
      int at = embeddingEnd;
      for (int i = 0; i < architecture.layers().size(); i++) {
        Architecture.Layer layer = architecture.layers().get(i);
        recurrent.add(new RecurrentLayout(layer, architecture.layerInputSize(i), at));
        at = recurrent.get(i).end;
      }
      for (int i = 0; i < architecture.head().size(); i++) {
        int outputs = architecture.head().get(i);
        linear.add(new LinearLayout(architecture.headInputSize(i), outputs, at));
        at = linear.get(i).end;
      }
      size = at;
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          architecture.describe() + " has over 2^31-1 parameters, padding included", e);
    }
    layers = List.copyOf(recurrent);
    head = List.copyOf(linear);
  }

  /**
   * Which entries weight decay applies to, the matrices of layers alone: pairs of a first index and
   * one beyond the last, ascending.
   */
  int[] decayed() {
    int[] ranges = new int[2 * (layers.size() + head.size())];
    int i = 0;
    for (RecurrentLayout layer : layers) {
      ranges[i++] = layer.inputAt;
      ranges[i++] = layer.biasAt;
    }
    for (LinearLayout layer : head) {
      ranges[i++] = layer.weightAt;
      ranges[i++] = layer.biasAt;
    }
    return ranges;
  }

  /**
   * Takes all parameters but the embedding from {@code weights}; padding stays as it is.
   *
   * @throws IllegalArgumentException if they are of another architecture, or one is not finite
   */
  void pack(WeightArrays weights, float[] parameters) {
    Architecture other = weights.architecture();
    if (!other.layers().equals(architecture.layers())
        || !other.head().equals(architecture.head())
        || other.inputSize() != architecture.inputSize()) {
      throw new IllegalArgumentException(
          "the weights are of " + other.describe() + ", not of " + architecture.describe());
    }
    weights.validate();
    for (int i = 0; i < layers.size(); i++) {
      layers.get(i).pack(weights.layers().get(i), parameters);
    }
    for (int i = 0; i < head.size(); i++) {
      head.get(i).pack(weights.head().get(i), parameters);
    }
  }

  /** The reverse of {@link #pack}, without scaling. */
  WeightArrays unpack(float[] packed) {
    WeightArrays weights = new WeightArrays(architecture);
    for (int i = 0; i < layers.size(); i++) {
      layers.get(i).unpack(packed, weights.layers().get(i));
    }
    for (int i = 0; i < head.size(); i++) {
      head.get(i).unpack(packed, weights.head().get(i));
    }
    return weights;
  }
}
