// SPDX-License-Identifier: Apache-2.0
package org.quadgate.engine;

import java.util.function.IntConsumer;

/**
 * Repeats work until it is as fast as it gets. The JVM's compilers run beside it and count calls,
 * so neither a time nor a number alone tells when they are done: the work has to have been done
 * often enough to be noticed, and not to have become faster for a while.
 */
public final class WarmUp {
  /** Beyond the calls after which HotSpot compiles a method with all its optimisations. */
  private static final int OFTEN_ENOUGH = 20_000;

  private static final long LONG_ENOUGH_NANOS = 3_000_000_000L;

  /** Longer than the compiler needs for the largest kernel on a busy machine. */
  private static final long STEADY_NANOS = 700_000_000L;

  private static final long AT_MOST_NANOS = 10_000_000_000L;

  /** A gain smaller than this is noise. */
  private static final double GAIN = 0.9;

  private static final int ROUND = 32;

  private WarmUp() {}

  /**
   * Repeats.
   *
   * @param work does the work as often as it is told
   */
  public static void run(IntConsumer work) {
    long start = System.nanoTime();
    long now = start;
    long gained = start;
    long best = Long.MAX_VALUE;
    long times = 0;
    boolean often;
    do {
      long before = now;
      work.accept(ROUND);
      times += ROUND;
      now = System.nanoTime();
      if (now - before < best * GAIN) {
        best = now - before;
        gained = now;
      }
      often = times >= OFTEN_ENOUGH || now - start >= LONG_ENOUGH_NANOS;
    } while (now - start < AT_MOST_NANOS && !(often && now - gained >= STEADY_NANOS));
  }
}
