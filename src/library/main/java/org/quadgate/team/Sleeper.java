// SPDX-License-Identifier: Apache-2.0
package org.quadgate.team;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** How one member of a barrier waits: for how long it spins, and whose arrival ends its sleep. */
final class Sleeper {
  private static final int NOBODY = -1;

  /** How often a caller that sleeps looks whether the thread it waits for still lives. */
  private static final long NAP_NANOS = 10_000_000;

  private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

  private static final VarHandle AWAITED;

  static {
    try {
      AWAITED = MethodHandles.lookup().findVarHandle(Sleeper.class, "awaited", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** How long it spins before it sleeps. */
  final long spinNanos;

  private int awaited = NOBODY;
  private Thread thread; // that sleeps, valid while somebody is awaited

  Sleeper(Duration spin) {
    spinNanos = nanos(spin);
  }

  /** A time in nanoseconds; one beyond 292 years, which has too many, is that long. */
  static long nanos(Duration time) {
    return time.compareTo(LONGEST) > 0 ? Long.MAX_VALUE : time.toNanos();
  }

  /**
   * Sleeps, unless a member has finished a phase; may wake up for no reason.
   *
   * @return whether the thread was interrupted, which it no longer is: it could not sleep so
   */
  boolean sleepUnless(PhaseBarrier barrier, int other, long phase) {
    thread = Thread.currentThread();
    // written before the other's phase is read, while the other writes its phase before it reads
    // this: one of the two sees the other
    AWAITED.setVolatile(this, other);
    VarHandle.fullFence();
    if (barrier.phase(other) < phase) {
      if (barrier.isWatched(other)) {
        LockSupport.parkNanos(barrier, NAP_NANOS);
      } else {
        LockSupport.park(barrier);
      }
    }
    AWAITED.setVolatile(this, NOBODY);
    thread = null;
    return Thread.interrupted();
  }

  /** Wakes the thread if it sleeps until {@code member} arrives, which it has done, fenced. */
  void wake(int member) {
    if ((int) AWAITED.getVolatile(this) == member) {
      LockSupport.unpark(thread); // null if it has woken up since
    }
  }

  /** Whether the thread sleeps or is about to. */
  boolean asleep() {
    return (int) AWAITED.getAcquire(this) != NOBODY;
  }
}
