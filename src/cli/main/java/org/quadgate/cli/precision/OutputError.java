// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.precision;

import org.quadgate.Model;
import org.quadgate.StreamState;

/**
 * How far one model's outputs are from another's over one stream, each with its own state. Errors
 * in the state stay in the stream, so the mean over its first and its last tenth stand apart: if
 * errors added up, the last would be larger.
 *
 * @param largest the largest difference of any output
 * @param mean the mean difference over all outputs and steps
 * @param first the mean over the first tenth of the steps
 * @param last the mean over the last tenth
 * @param deviation the standard deviation of the exact outputs, to compare with
 */
record OutputError(double largest, double mean, double first, double last, double deviation) {

  /**
   * Steps both models through the same inputs.
   *
   * @param inputs used in turn
   * @param steps a multiple of 10
   */
  static OutputError between(Model exact, Model other, float[][] inputs, int steps) {
    StreamState exactState = exact.newState();
    StreamState otherState = other.newState();
    float[] y = new float[exact.outputSize()];
    float[] z = new float[y.length];
    double[] tenths = new double[10];
    double largest = 0;
    double sum = 0;
    double squares = 0;
    for (int t = 0; t < steps; t++) {
      float[] x = inputs[t % inputs.length];
      exact.step(exactState, x, y);
      other.step(otherState, x, z);
      double error = 0;
      for (int i = 0; i < y.length; i++) {
        double difference = Math.abs((double) y[i] - z[i]);
        largest = Math.max(largest, difference);
        error += difference;
        sum += y[i];
        squares += (double) y[i] * y[i];
      }
      tenths[(int) (10L * t / steps)] += error;
    }
    double count = (double) steps * y.length;
    double total = 0;
    for (double tenth : tenths) {
      total += tenth;
    }
    double mean = sum / count;
    return new OutputError(
        largest,
        total / count,
        tenths[0] / count * 10,
        tenths[9] / count * 10,
        Math.sqrt(Math.max(0, squares / count - mean * mean)));
  }
}
