// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.measurement;

import org.HdrHistogram.Histogram;

/**
 * What one run of the {@link LatencyLoop} found.
 *
 * @param critical from the tick (closed loop) or from when it was due (open loop) to its result
 * @param whole the same to the end of {@code prepareNext}; null unless measured in two phases
 * @param steps how many there were
 * @param elapsedNanos from the first step's start to the last one's end
 * @param bytesPerStep what the loop allocated; NaN where the JVM cannot tell
 * @param delayed open loop: steps that started late because one before was not over
 * @param plannedNanos how long it was to take
 */
public record LatencyResult(
    Pace pace,
    Histogram critical,
    Histogram whole,
    long steps,
    long elapsedNanos,
    double bytesPerStep,
    long delayed,
    long plannedNanos) {

  /** How many steps there were in a second. */
  public double stepsPerSecond() {
    return steps * 1e9 / elapsedNanos;
  }

  /** Open loop: whether the rate asked for was reached. */
  public boolean keptUp() {
    return elapsedNanos <= plannedNanos * 1.02 + 1e6;
  }
}
