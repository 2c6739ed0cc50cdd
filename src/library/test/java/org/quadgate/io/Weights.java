// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.quadgate.network.Architecture;
import org.quadgate.network.Network;
import org.quadgate.network.WeightArrays;

/** Weights to write, and their comparison to the bit. */
public final class Weights {
  private Weights() {}

  /** Weights of any architecture, with scaling and initial states. */
  public static WeightArrays random(Architecture config, long seed) {
    WeightArrays weights = new WeightArrays(config);
    Random random = new Random(seed);
    for (float[] array : arrays(weights)) {
      for (int i = 0; i < array.length; i++) {
        array[i] = (float) random.nextGaussian();
      }
    }
    for (float[] divisors : List.of(weights.inputStd, weights.outputStd)) {
      for (int i = 0; i < divisors.length; i++) {
        divisors[i] = 0.5f + random.nextFloat();
      }
    }
    return weights;
  }

  /** Demands the same architecture and the same bits. */
  public static void assertSame(WeightArrays expected, Network read) {
    WeightArrays actual = read.weightArrays();
    assertEquals(expected.architecture(), actual.architecture());
    List<float[]> expectedArrays = arrays(expected);
    List<float[]> actualArrays = arrays(actual);
    for (int i = 0; i < expectedArrays.size(); i++) {
      assertArrayEquals(bits(expectedArrays.get(i)), bits(actualArrays.get(i)));
    }
  }

  private static int[] bits(float[] array) {
    int[] bits = new int[array.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToRawIntBits(array[i]);
    }
    return bits;
  }

  /** All arrays, in a fixed order. */
  static List<float[]> arrays(WeightArrays weights) {
    List<float[]> arrays = new ArrayList<>();
    for (WeightArrays.Recurrent layer : weights.layers()) {
      arrays.addAll(
          List.of(
              layer.input, layer.recurrent, layer.bias, layer.initialHidden, layer.initialCell));
    }
    for (WeightArrays.Linear layer : weights.head()) {
      arrays.addAll(List.of(layer.weight, layer.bias));
    }
    arrays.addAll(
        List.of(weights.inputMean, weights.inputStd, weights.outputMean, weights.outputStd));
    return arrays;
  }
}
