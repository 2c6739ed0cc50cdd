// SPDX-License-Identifier: Apache-2.0
package org.quadgate.inspect;

import org.quadgate.network.Network;
import org.quadgate.network.RecurrentLayer;

/**
 * How strongly each input moves each gate of the first layer: the mean over units of |W[unit][k]|,
 * times the standard deviation of input k as the network sees it; of a layer that reads in both
 * directions, the forward one's. It is a measure of what reaches the gates in one timestep, not of
 * what an input means for the outputs.
 */
public final class InputInfluence {
  private final double[][] influence; // [gate][input]

  /**
   * Measures.
   *
   * @param deviations of the inputs in the data, in their own units; shape [inputs]
   */
  public InputInfluence(Network network, double[] deviations) {
    int inputs = network.inputSize();
    RecurrentLayer layer = network.layers().getFirst();
    int gates = layer.cell().gates();
    int hidden = layer.hiddenSize();
    influence = new double[gates][inputs];
    float[] w = layer.directions().getFirst().input(); // [gate][unit][input]
    float[] std = network.inputScaling().std();
    for (int gate = 0; gate < gates; gate++) {
      for (int unit = 0; unit < hidden; unit++) {
        for (int k = 0; k < inputs; k++) {
          influence[gate][k] += Math.abs(w[(gate * hidden + unit) * inputs + k]) / hidden;
        }
      }
      for (int k = 0; k < inputs; k++) {
        influence[gate][k] *= deviations[k] / std[k];
      }
    }
  }

  /** On gate i, f, g or o by its place; a vanilla RNN has one. */
  public double of(int gate, int input) {
    return influence[gate][input];
  }

  /** The mean over the gates. */
  public double of(int input) {
    double sum = 0;
    for (double[] gate : influence) {
      sum += gate[input];
    }
    return sum / influence.length;
  }
}
