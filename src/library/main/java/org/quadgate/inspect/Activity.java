// SPDX-License-Identifier: Apache-2.0
package org.quadgate.inspect;

import java.util.Arrays;

/**
 * What one gate, or the cell or hidden state, of a layer did over many timesteps: of all units
 * together and of each.
 */
public final class Activity {
  /** Parts of a histogram. */
  public static final int PARTS = 40;

  /** A gate below this is all but closed. */
  public static final double CLOSED = 0.1;

  /** A gate above this is all but open. */
  public static final double OPEN = 0.9;

  private final double from;
  private final double to;
  private final long[] histogram = new long[PARTS];
  private final double[] sum; // [unit]
  private final float[] least; // [unit]
  private final float[] most; // [unit]
  private final long[] closed; // [unit]
  private final long[] open; // [unit]
  private long steps;

  /**
   * Before the first timestep.
   *
   * @param from where the histogram begins; values below fall into its first part
   * @param to where it ends
   */
  Activity(int units, double from, double to) {
    this.from = from;
    this.to = to;
    sum = new double[units];
    least = new float[units];
    most = new float[units];
    Arrays.fill(least, Float.POSITIVE_INFINITY);
    Arrays.fill(most, Float.NEGATIVE_INFINITY);
    closed = new long[units];
    open = new long[units];
  }

  /** Takes one timestep's values, from {@code at}; shape [units]. */
  void add(float[] values, int at) {
    steps++;
    double scale = PARTS / (to - from);
    for (int unit = 0; unit < sum.length; unit++) {
      float value = values[at + unit];
      sum[unit] += value;
      least[unit] = Math.min(least[unit], value);
      most[unit] = Math.max(most[unit], value);
      closed[unit] += value < CLOSED ? 1 : 0;
      open[unit] += value > OPEN ? 1 : 0;
      histogram[Math.clamp((int) Math.floor((value - from) * scale), 0, PARTS - 1)]++;
    }
  }

  /** Units of the layer. */
  public int units() {
    return sum.length;
  }

  /** Timesteps so far. */
  public long steps() {
    return steps;
  }

  /** Where the histogram begins. */
  public double from() {
    return from;
  }

  /** Where it ends. */
  public double to() {
    return to;
  }

  /** The share of all values in each part of the range; shape [PARTS]. */
  public double[] histogram() {
    double[] shares = new double[PARTS];
    for (int i = 0; i < PARTS; i++) {
      shares[i] = steps == 0 ? 0 : (double) histogram[i] / steps / units();
    }
    return shares;
  }

  /** A unit's mean. */
  public double mean(int unit) {
    return sum[unit] / steps;
  }

  /** A unit's smallest value. */
  public double least(int unit) {
    return least[unit];
  }

  /** A unit's largest value. */
  public double most(int unit) {
    return most[unit];
  }

  /** The share of a unit's timesteps below {@link #CLOSED}. */
  public double closed(int unit) {
    return (double) closed[unit] / steps;
  }

  /** The share of a unit's timesteps above {@link #OPEN}. */
  public double open(int unit) {
    return (double) open[unit] / steps;
  }

  /** The share of all values below {@link #CLOSED}. */
  public double closed() {
    return (double) Arrays.stream(closed).sum() / steps / units();
  }

  /** The share of all values above {@link #OPEN}. */
  public double open() {
    return (double) Arrays.stream(open).sum() / steps / units();
  }

  /** The mean of all values. */
  public double mean() {
    return Arrays.stream(sum).sum() / steps / units();
  }
}
