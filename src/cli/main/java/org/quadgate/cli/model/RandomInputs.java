// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.model;

import java.util.Random;
import org.quadgate.network.Network;

/** Normally distributed inputs, as a network expects them before its standardisation. */
public final class RandomInputs {
  private final float[] mean;
  private final float[] std;
  private final Random random;

  private RandomInputs(Network network, long seed) {
    mean = network.inputScaling().mean();
    std = network.inputScaling().std();
    random = new Random(seed);
  }

  /** A sequence in one array; shape [steps][input]. */
  public static float[] sequence(Network network, long seed, int steps) {
    float[] xs = new float[Math.multiplyExact(steps, network.inputSize())];
    new RandomInputs(network, seed).draw(xs);
    return xs;
  }

  /** An array for each step; shape [steps][input]. */
  public static float[][] rows(Network network, long seed, int steps) {
    float[][] rows = new float[steps][network.inputSize()];
    RandomInputs inputs = new RandomInputs(network, seed);
    for (float[] row : rows) {
      inputs.draw(row);
    }
    return rows;
  }

  private void draw(float[] to) {
    for (int i = 0; i < to.length; i++) {
      int k = i % mean.length;
      to[i] = (float) (mean[k] + std[k] * random.nextGaussian());
    }
  }
}
