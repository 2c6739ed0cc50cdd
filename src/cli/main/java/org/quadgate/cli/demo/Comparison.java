// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.demo;

import java.util.ArrayList;
import java.util.List;

/**
 * How far outputs are from expected ones. The relative difference of a and the expected b is |a −
 * b| / max(|b|, s), where s is the root mean square of the output's expected values: near a zero
 * crossing of b, a difference is held against the size that the output usually has.
 */
final class Comparison {
  private final List<float[]> found = new ArrayList<>();
  private final List<float[]> expected = new ArrayList<>();

  /** Takes one row; both arrays are copied. */
  void add(float[] outputs, float[] expectedOutputs) {
    found.add(outputs.clone());
    expected.add(expectedOutputs.clone());
  }

  int rows() {
    return found.size();
  }

  /** The largest |a − b|; infinite if any output is not a number. */
  double largestAbsolute() {
    double largest = 0;
    for (int t = 0; t < rows(); t++) {
      for (int i = 0; i < found.get(t).length; i++) {
        largest = Math.max(largest, difference(t, i));
      }
    }
    return largest;
  }

  /** The largest relative difference, as the class describes it. */
  double largestRelative() {
    double largest = 0;
    for (int i = 0; rows() > 0 && i < found.getFirst().length; i++) {
      double scale = rootMeanSquare(i);
      for (int t = 0; t < rows(); t++) {
        double difference = difference(t, i);
        if (difference > 0) {
          largest = Math.max(largest, difference / Math.max(Math.abs(expected.get(t)[i]), scale));
        }
      }
    }
    return largest;
  }

  private double difference(int t, int i) {
    double difference = Math.abs((double) found.get(t)[i] - expected.get(t)[i]);
    return Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference;
  }

  private double rootMeanSquare(int i) {
    double sum = 0;
    for (float[] row : expected) {
      sum += (double) row[i] * row[i];
    }
    return Math.sqrt(sum / rows());
  }
}
