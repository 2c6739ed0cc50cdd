// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import java.util.List;
import java.util.Random;
import org.quadgate.network.Architecture;
import org.quadgate.network.WeightArrays;

/** Weights for tests and benchmarks: uniform within ±1/√hidden, as PyTorch draws them. */
public final class RandomWeights {
  private RandomWeights() {}

  /** Draws all matrices and biases; standardisation and initial states keep their defaults. */
  public static WeightArrays of(Architecture config, long seed) {
    return scaled(config, seed, 1);
  }

  /** As {@link #of}, times {@code gain}: with 3 and more, gates saturate. */
  public static WeightArrays scaled(Architecture config, long seed, float gain) {
    Random random = new Random(seed);
    WeightArrays weights = new WeightArrays(config);
    for (int i = 0; i < weights.layers().size(); i++) {
      WeightArrays.Recurrent layer = weights.layers().get(i);
      float bound = (float) (gain / Math.sqrt(config.layers().get(i).hiddenSize()));
      for (float[] array : List.of(layer.input, layer.recurrent, layer.bias)) {
        fill(array, random, bound);
      }
    }
    for (int i = 0; i < weights.head().size(); i++) {
      float bound = (float) (gain / Math.sqrt(config.headInputSize(i)));
      fill(weights.head().get(i).weight, random, bound);
      fill(weights.head().get(i).bias, random, bound);
    }
    return weights;
  }

  /** {@code length} values from a normal distribution. */
  public static float[] inputs(int length, long seed) {
    Random random = new Random(seed);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static void fill(float[] array, Random random, float bound) {
    for (int i = 0; i < array.length; i++) {
      array[i] = (random.nextFloat() * 2 - 1) * bound;
    }
  }
}
