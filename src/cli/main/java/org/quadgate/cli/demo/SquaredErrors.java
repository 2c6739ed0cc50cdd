// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.demo;

/** A model's error against what really came, beside the error of always saying the mean. */
final class SquaredErrors {
  private long count;
  private double modelSum;
  private double mean;
  private double meanSum;

  void add(double predicted, double actual) {
    count++;
    modelSum += (predicted - actual) * (predicted - actual);
    // Welford's update: the mean is known only at the end
    double before = actual - mean;
    mean += before / count;
    meanSum += before * (actual - mean);
  }

  boolean isEmpty() {
    return count == 0;
  }

  /** The model's root mean square error. */
  double ofModel() {
    return Math.sqrt(modelSum / count);
  }

  /** The same for a forecast that always says the mean of what came. */
  double ofMean() {
    return Math.sqrt(meanSum / count);
  }
}
