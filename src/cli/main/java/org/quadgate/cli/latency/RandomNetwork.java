// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.latency;

import java.util.Random;
import org.quadgate.network.Architecture;
import org.quadgate.network.Network;
import org.quadgate.network.WeightArrays;

/** Untrained networks of any shape, for measuring: uniform within ±1/√H, as PyTorch begins. */
final class RandomNetwork {
  private RandomNetwork() {}

  static Network of(Architecture shape, long seed) {
    Random random = new Random(seed);
    WeightArrays weights = new WeightArrays(shape);
    for (int i = 0; i < weights.layers().size(); i++) {
      WeightArrays.Recurrent layer = weights.layers().get(i);
      double bound = 1 / Math.sqrt(shape.layers().get(i).hiddenSize());
      fill(layer.input, random, bound);
      fill(layer.recurrent, random, bound);
      fill(layer.bias, random, bound);
    }
    for (int i = 0; i < weights.head().size(); i++) {
      double bound = 1 / Math.sqrt(shape.headInputSize(i));
      fill(weights.head().get(i).weight, random, bound);
      fill(weights.head().get(i).bias, random, bound);
    }
    return weights.toNetwork();
  }

  private static void fill(float[] array, Random random, double bound) {
    for (int i = 0; i < array.length; i++) {
      array[i] = (float) ((random.nextDouble() * 2 - 1) * bound);
    }
  }
}
