// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.measurement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

/** The measuring loop on a clock of the test's own: what a stall does to the figures. */
class LatencyLoopTest {
  private static final long STEP = 400;
  private static final long STALL = 5_000_000;
  private static final long INTERVAL = 100_000;
  private static final long DURATION = 100_000_000;

  /** Time that passes only when a step takes it, and a little at each look at the clock. */
  private static final class Simulated implements LatencyLoop.Clock, LatencyLoop.Tick {
    private final long stepNanos;
    private final long prepareNanos;
    private final int stallAt;
    private long now = 123_456;
    private int steps;
    private int preparations;

    Simulated(long stepNanos, long prepareNanos, int stallAt) {
      this.stepNanos = stepNanos;
      this.prepareNanos = prepareNanos;
      this.stallAt = stallAt;
    }

    @Override
    public long nanos() {
      return now += 10;
    }

    @Override
    public void step(float[] x) {
      assertEquals(steps % 2, x[0], "inputs are used in turn");
      now += steps++ == stallAt ? STALL : stepNanos;
    }

    @Override
    public void prepare() {
      preparations++;
      now += prepareNanos;
    }

    LatencyResult measure(Pace pace, boolean twoPhase) {
      return new LatencyLoop(this, new float[][] {{0}, {1}}, twoPhase, this)
          .measure(pace, DURATION);
    }
  }

  private static final Pace OPEN = new Pace.Open(1e9 / INTERVAL);

  private static void assertNear(long expected, long found) {
    assertTrue(Math.abs(found - expected) * 50 <= expected, found + " is not near " + expected);
  }

  private static long countAbove(Histogram histogram, long nanos) {
    return histogram.getCountBetweenValues(nanos, LatencyLoop.LONGEST_NANOS);
  }

  @Test
  void theOpenLoopCountsAStallInEveryStepItDelays() {
    LatencyResult result = new Simulated(STEP, 0, 500).measure(OPEN, false);
    assertEquals(1000, result.steps());
    assertNear(STALL, result.critical().getMaxValue());
    // the stalled step and those due meanwhile: 50, waiting from 5 ms down to nothing
    assertNear(STALL / INTERVAL, result.delayed());
    assertNear(STALL / INTERVAL, countAbove(result.critical(), 2 * STEP));
    assertTrue(result.critical().getValueAtPercentile(99) > STALL / 2, "5 % of the steps waited");
    assertTrue(result.keptUp());
    assertNear(DURATION, result.elapsedNanos());
  }

  @Test
  void theClosedLoopCountsItOnce() {
    LatencyResult result = new Simulated(STEP, 0, 500).measure(new Pace.Closed(), false);
    assertNear(STALL, result.critical().getMaxValue());
    assertEquals(1, countAbove(result.critical(), 2 * STEP));
    assertEquals(STEP + 10, result.critical().getValueAtPercentile(99));
    // all but the stall's 5 %
    assertNear(950_000_000 / (STEP + 20), Math.round(result.stepsPerSecond()));
    assertEquals(0, result.delayed());
  }

  @Test
  void withoutAStallBothSeeTheStepAlone() {
    LatencyResult open = new Simulated(STEP, 0, -1).measure(OPEN, false);
    assertEquals(1000, open.steps());
    assertEquals(0, open.delayed());
    assertTrue(open.critical().getMaxValue() <= STEP + 20, "" + open.critical().getMaxValue());
    assertNull(open.whole());
    LatencyResult closed = new Simulated(STEP, 0, -1).measure(new Pace.Closed(), false);
    assertEquals(STEP + 10, closed.critical().getMaxValue());
    assertEquals(STEP + 10, closed.critical().getValueAtPercentile(50));
  }

  @Test
  void stepsTooSlowForTheRateGoOnWithoutAPauseAndSaySo() {
    LatencyResult result = new Simulated(INTERVAL * 4, 0, -1).measure(OPEN, false);
    assertFalse(result.keptUp());
    assertNear(DURATION * 2, result.elapsedNanos());
    assertNear(DURATION * 2 / (INTERVAL * 4), result.steps());
    assertEquals(result.steps() - 1, result.delayed());
    assertNear(DURATION * 3 / 2, result.critical().getMaxValue());
  }

  @Test
  void twoPhasesAreTimedApart() {
    for (Pace pace : new Pace[] {OPEN, new Pace.Closed()}) {
      Simulated simulated = new Simulated(STEP, 3000, -1);
      LatencyResult result = simulated.measure(pace, true);
      assertEquals(result.steps(), simulated.preparations);
      assertNear(STEP + 10, result.critical().getValueAtPercentile(50));
      assertNear(STEP + 3020, result.whole().getValueAtPercentile(50));
      assertEquals(result.steps(), result.critical().getTotalCount());
      assertEquals(result.steps(), result.whole().getTotalCount());
    }
    Simulated simulated = new Simulated(STEP, 3000, -1);
    simulated.measure(OPEN, false);
    assertEquals(0, simulated.preparations);
  }

  @Test
  void aMeasurementForgetsTheOneBefore() {
    Simulated simulated = new Simulated(STEP, 0, 500);
    var loop = new LatencyLoop(simulated, new float[][] {{0}, {1}}, false, simulated);
    loop.measure(OPEN, DURATION);
    LatencyResult second = loop.measure(OPEN, DURATION);
    assertTrue(second.critical().getMaxValue() <= STEP + 20);
    assertEquals(1000, second.critical().getTotalCount());
    assertEquals(0, second.delayed());
  }

  @Test
  void timesAreToldInTheUnitThatSuitsThem() {
    assertEquals("0 ns", LatencyReport.time(0));
    assertEquals("9999 ns", LatencyReport.time(9_999));
    assertEquals("10.00 µs", LatencyReport.time(10_000));
    assertEquals("123.5 µs", LatencyReport.time(123_456));
    assertEquals("12.3 ms", LatencyReport.time(12_345_678));
  }

  private Object sink;

  @Test
  void theLoopItselfAllocatesNothingAndWhatAStepAllocatesIsSeen() {
    LatencyLoop.Tick idle = tick(() -> {});
    LatencyLoop.Tick wasteful = tick(() -> sink = new float[6]);
    for (Pace pace : new Pace[] {new Pace.Open(1e6), new Pace.Closed()}) {
      float[][] inputs = {{0}};
      var clean = new LatencyLoop(idle, inputs, true, System::nanoTime);
      var dirty = new LatencyLoop(wasteful, inputs, true, System::nanoTime);
      clean.measure(pace, 20_000_000); // loads classes
      assertEquals(0, clean.measure(pace, 20_000_000).bytesPerStep());
      assertEquals(40, dirty.measure(pace, 20_000_000).bytesPerStep(), 1);
    }
  }

  private static LatencyLoop.Tick tick(Runnable step) {
    return new LatencyLoop.Tick() {
      @Override
      public void step(float[] x) {
        step.run();
      }

      @Override
      public void prepare() {}
    };
  }
}
