// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.measurement;

import org.HdrHistogram.Histogram;

/**
 * Steps at a {@link Pace} and records how long each step took. Allocates nothing while it runs, so
 * that what a step allocates can be told from outside.
 */
final class LatencyLoop {
  /** What histograms can hold; a longer step counts as this. */
  static final long LONGEST_NANOS = 10_000_000_000L;

  /** What is measured. */
  interface Tick {
    /** From a tick to its result. */
    void step(float[] x);

    /** What can be done ahead, between a result and the next tick. */
    void prepare();
  }

  /** Nanoseconds from an arbitrary origin; a test puts its own here. */
  interface Clock {
    long nanos();
  }

  private final Tick tick;
  private final float[][] inputs;
  private final boolean twoPhase;
  private final Clock clock;
  private final Histogram critical = histogram();
  private final Histogram whole;
  private long steps;
  private long delayed;
  private long elapsed;

  /**
   * Prepares a measurement.
   *
   * @param inputs used in turn
   * @param twoPhase whether {@link Tick#prepare} follows each step
   */
  LatencyLoop(Tick tick, float[][] inputs, boolean twoPhase, Clock clock) {
    this.tick = tick;
    this.inputs = inputs;
    this.twoPhase = twoPhase;
    this.clock = clock;
    whole = twoPhase ? histogram() : null;
  }

  private static Histogram histogram() {
    return new Histogram(1, LONGEST_NANOS, 3);
  }

  /** Steps for {@code nanos}, forgetting what was measured before. */
  LatencyResult measure(Pace pace, long nanos) {
    critical.reset();
    if (twoPhase) {
      whole.reset();
    }
    steps = 0;
    delayed = 0;
    long bytes = AllocatedBytes.now();
    switch (pace) {
      case Pace.Open open -> openLoop(open.perSecond(), nanos);
      case Pace.Closed _ -> closedLoop(nanos);
    }
    long allocated = AllocatedBytes.now() - bytes;
    return new LatencyResult(
        pace,
        critical.copy(),
        twoPhase ? whole.copy() : null,
        steps,
        elapsed,
        AllocatedBytes.MEASURABLE ? (double) allocated / steps : Double.NaN,
        delayed,
        nanos);
  }

  private void openLoop(double perSecond, long nanos) {
    double interval = 1e9 / perSecond;
    long planned = Math.max(1, (long) (nanos / interval));
    long start = clock.nanos();
    long now = start;
    // steps that cannot keep up end at twice the time instead of never
    while (steps < planned && now - start < 2 * nanos) {
      long due = start + (long) (steps * interval);
      if (now > due) {
        delayed++;
      }
      while (now < due) {
        Thread.onSpinWait();
        now = clock.nanos();
      }
      now = timedFrom(due);
    }
    // the last step has its whole interval, else the rate would seem exceeded
    elapsed = Math.max(now - start, (long) (steps * interval));
  }

  private void closedLoop(long nanos) {
    long start = clock.nanos();
    long now = start;
    do {
      now = timedFrom(clock.nanos());
    } while (now - start < nanos);
    elapsed = now - start;
  }

  /** One step, its latency counted from {@code from}; returns when it was over. */
  private long timedFrom(long from) {
    tick.step(inputs[(int) (steps % inputs.length)]);
    long now = clock.nanos();
    critical.recordValue(Math.clamp(now - from, 0, LONGEST_NANOS));
    if (twoPhase) {
      tick.prepare();
      now = clock.nanos();
      whole.recordValue(Math.clamp(now - from, 0, LONGEST_NANOS));
    }
    steps++;
    return now;
  }
}
