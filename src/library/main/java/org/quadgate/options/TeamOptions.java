// SPDX-License-Identifier: Apache-2.0
package org.quadgate.options;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/**
 * Threads that work together: how many, who makes them and how they wait. Immutable.
 *
 * <pre>{@code
 * TeamOptions.of(4)                             // the calling thread and three of its own
 *     .withSpin(TeamOptions.FOREVER)            // which never sleep
 *     .withThreadFactory(task -> new Thread(group, task, task.toString()))
 * }</pre>
 *
 * <p>Unless a factory makes them, the threads are daemons whose names say what they are for, which
 * team of the JVM they belong to and which of it they are: {@code qg-core-3-1} of cores, {@code
 * qg-pool-4-2} of a pool, {@code qg-train-5-1} of a training run. No two threads of a JVM have the
 * same name, and all fit the 15 characters that Linux shows: numbers too large for that are
 * replaced by one in base 36, as in {@code qg-core-1z}.
 */
public final class TeamOptions {
  /** The time of threads that never sleep. */
  public static final Duration FOREVER = Duration.ofSeconds(Long.MAX_VALUE);

  private final int threads;
  private final @Nullable Duration spin; // null: whoever starts the team decides
  private final @Nullable ThreadFactory factory; // null: daemon threads

  private TeamOptions(int threads, @Nullable Duration spin, @Nullable ThreadFactory factory) {
    this.threads = threads;
    this.spin = spin;
    this.factory = factory;
  }

  /**
   * A team of so many threads, the calling one among them.
   *
   * @throws IllegalArgumentException if it is below 1
   */
  public static TeamOptions of(int threads) {
    return new TeamOptions(checked(threads), null, null);
  }

  /**
   * The same with another number of threads.
   *
   * @throws IllegalArgumentException if it is below 1
   */
  public TeamOptions withThreads(int number) {
    return new TeamOptions(checked(number), spin, factory);
  }

  /**
   * The same with another wait. A thread that spins has a whole processor to itself and goes on
   * within a microsecond; one that sleeps takes some tens of microseconds to wake up.
   *
   * <p>It is how the team's threads wait for the next call, and how the caller waits for the end of
   * its own. Within a call that has several phases they always spin, since a phase is short.
   *
   * @param time how long a waiting thread spins before it sleeps; zero is at once, {@link #FOREVER}
   *     never. By default a second for cores and pools, and 50 µs for training.
   * @throws IllegalArgumentException if it is negative
   */
  public TeamOptions withSpin(Duration time) {
    if (time.isNegative()) {
      throw new IllegalArgumentException("spin is " + time + ", expected no negative time");
    }
    return new TeamOptions(threads, time, factory);
  }

  /**
   * The same with threads of another make. The factory is asked for each thread but the caller's
   * when the team starts, and gives it unstarted; what it makes is taken as it is, name and all.
   * The task's {@link Object#toString} is the name that the thread would have without a factory.
   */
  public TeamOptions withThreadFactory(ThreadFactory maker) {
    return new TeamOptions(threads, spin, Objects.requireNonNull(maker, "thread factory"));
  }

  private static int checked(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads is " + threads + ", expected at least 1");
    }
    return threads;
  }

  /** How many threads, the calling one among them. */
  public int threads() {
    return threads;
  }

  /** How long a waiting thread spins before it sleeps; empty if that is left to the team's kind. */
  public Optional<Duration> spin() {
    return Optional.ofNullable(spin);
  }

  /** Who makes the threads; empty if they are daemons. */
  public Optional<ThreadFactory> threadFactory() {
    return Optional.ofNullable(factory);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TeamOptions o
        && threads == o.threads
        && Objects.equals(spin, o.spin)
        && Objects.equals(factory, o.factory);
  }

  @Override
  public int hashCode() {
    return Objects.hash(threads, spin, factory);
  }

  @Override
  public String toString() {
    String wait = spin == null ? "" : ", spin " + (spin.equals(FOREVER) ? "forever" : spin);
    return "TeamOptions[" + threads + (factory == null ? "" : ", " + factory) + wait + "]";
  }
}
