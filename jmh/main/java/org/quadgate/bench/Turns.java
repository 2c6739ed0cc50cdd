// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Times several things in turns of some milliseconds, many rounds long. What a shared machine does
 * in one round it does to all of them, so the medians of the ratios within rounds hold where the
 * times themselves do not. What a turn begins with, a fifth and at least one call, is not timed: it
 * finds the caches as somebody else, or the same contender where two of its turns meet, has left
 * them.
 */
public final class Turns {
  /** Something to be timed. */
  @FunctionalInterface
  public interface Work {
    /** Does it once. */
    void run() throws Exception;
  }

  /** One of those that take turns; {@code nanos} per operation, one for each round. */
  private static final class Contender {
    final String name;
    final int operations;
    final Work work;
    int calls = 1;
    double[] nanos = {};

    Contender(String name, int operations, Work work) {
      this.name = name;
      this.operations = operations;
      this.work = work;
    }
  }

  private static final long WARM_UP_NANOS = 2_500_000_000L;
  private static final long TURN_NANOS = 20_000_000L;

  private final LongSupplier clock;
  private final List<Contender> contenders = new ArrayList<>();

  /** With the system's clock. */
  public Turns() {
    this(System::nanoTime);
  }

  Turns(LongSupplier clock) {
    this.clock = clock;
  }

  /**
   * Lets something take part.
   *
   * @param operations in one call of {@code work}: times are per operation
   */
  public void add(String name, int operations, Work work) {
    contenders.add(new Contender(name, operations, work));
  }

  /**
   * Warms all of them up, finds out how often each goes into a turn, and times that many rounds.
   */
  public void run(int rounds) throws Exception {
    for (Contender contender : contenders) {
      long end = clock.getAsLong() + WARM_UP_NANOS;
      long calls = 0;
      long begun = clock.getAsLong();
      long now = begun;
      for (; now < end; now = clock.getAsLong()) {
        // the calls of the second half alone tell how fast it has become
        if (now < end - WARM_UP_NANOS / 2) {
          calls = 0;
          begun = now;
        }
        contender.work.run();
        calls++;
      }
      contender.calls = (int) Math.max(1, calls * TURN_NANOS / Math.max(1, now - begun));
      contender.nanos = new double[rounds];
    }
    for (int round = 0; round < rounds; round++) {
      for (int i = 0; i < contenders.size(); i++) {
        // there and back, so that nobody always comes after the same one
        Contender turn = contenders.get(round % 2 == 0 ? i : contenders.size() - 1 - i);
        for (int call = 0; call <= turn.calls / 4; call++) {
          turn.work.run();
        }
        long begun = clock.getAsLong();
        for (int call = 0; call < turn.calls; call++) {
          turn.work.run();
        }
        long taken = clock.getAsLong() - begun;
        turn.nanos[round] = taken / ((double) turn.calls * turn.operations);
      }
    }
  }

  /** Nanoseconds per operation: the median of the rounds; NaN for who took no part. */
  double nanos(String name) {
    return median(of(name));
  }

  /** How many times as long the first takes as the second: the median of the rounds' ratios. */
  double ratio(String name, String other) {
    double[] first = of(name);
    double[] second = of(other);
    double[] ratios = new double[Math.min(first.length, second.length)];
    Arrays.setAll(ratios, round -> first[round] / second[round]);
    return median(ratios);
  }

  private double[] of(String name) {
    return contenders.stream()
        .filter(c -> c.name.equals(name))
        .findFirst()
        .map(c -> c.nanos)
        .orElse(new double[0]);
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted.length == 0 ? Double.NaN : sorted[sorted.length / 2];
  }
}
