// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import java.util.List;
import org.quadgate.network.Architecture;
import org.quadgate.network.WeightArrays;

/** Networks whose sizes fill vectors, tiles and panels in every awkward way. */
final class Shapes {
  private Shapes() {}

  static List<Architecture> awkward() {
    return List.of(
        Architecture.builder(1).lstm(1).build(),
        Architecture.builder(3).lstm(5).linear(2).build(),
        Architecture.builder(8).lstm(16).build(),
        Architecture.builder(2).lstm(20).linear(1).build(),
        Architecture.builder(100).lstm(24).lstm(9).linear(17).linear(3).build(),
        Architecture.builder(5).lstm(100).linear(3).build(),
        Architecture.builder(130).lstm(129).build(),
        Architecture.builder(7).lstm(16).lstm(45).lstm(64).linear(1).build(),
        Architecture.builder(4).rnn(20).rnn(65).linear(2).build(),
        Architecture.builder(2).lstm(17).rnn(5).lstm(3).build());
  }

  /** Weights with standardisation, output scaling and learned initial states. */
  static WeightArrays weights(Architecture config) {
    WeightArrays weights = RandomWeights.scaled(config, 11, 2);
    if (config.inputSize() != 8) { // one network uses its inputs as they are
      for (int k = 0; k < config.inputSize(); k++) {
        weights.inputMean[k] = 0.25f * k - 1;
        weights.inputStd[k] = 0.5f + k;
      }
      for (int k = 0; k < config.outputSize(); k++) {
        weights.outputMean[k] = 3f - k;
        weights.outputStd[k] = 2f + k;
      }
    }
    for (WeightArrays.Recurrent layer : weights.layers()) {
      for (int u = 0; u < layer.initialHidden.length; u++) {
        layer.initialHidden[u] = (u % 5 - 2) / 4f;
      }
      for (int u = 0; u < layer.initialCell.length; u++) {
        layer.initialCell[u] = (u % 7 - 3) / 2f;
      }
    }
    return weights;
  }
}
