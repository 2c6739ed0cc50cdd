// SPDX-License-Identifier: Apache-2.0
package org.quadgate.team;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A fixed group of threads that advance through numbered phases together: each says which phase it
 * has finished and waits until the others have. No lock, no allocation.
 *
 * <p>Member m's number is the only thing it writes, in a cache line of its own, so that a phase
 * costs one line's way from each member to each other. Written with release and read with acquire,
 * it carries along all that its member wrote before.
 *
 * <p>A member that cannot go on writes {@link #GONE}, beyond every phase, so that nobody waits for
 * it. Whoever waits long looks whether the other's thread still lives, and counts a dead one as
 * gone.
 */
public class PhaseBarrier {
  /** The phase of a member that will not come again. */
  static final long GONE = Long.MAX_VALUE;

  private static final VarHandle PHASES = MethodHandles.arrayElementVarHandle(long[].class);

  /** Longs from one member's to the next: two lines, since some CPUs fetch lines in pairs. */
  private static final int APART = 16;

  /**
   * Looks before a waiting thread does something slower than looking, some tens of µs: it gives
   * way, for the thread it waits for may be on the same processor and have to wait for that.
   */
  private static final int PATIENCE = 1 << 11;

  /** Looks between two at the clock, by a thread that will sleep. */
  private static final int TICK = 1 << 6;

  private final Thread[] threads; // [member], null for one that nobody watches
  private final long[] phases; // [(1 + members)·APART], the first ones keep the array's header off
  private final boolean crowded; // more members than processors

  /**
   * A barrier whose members have all finished phase 0.
   *
   * @param threads one per member, null for one whose death is not looked for; they may be filled
   *     in and start later
   */
  public PhaseBarrier(Thread[] threads) {
    this.threads = threads;
    phases = new long[(1 + threads.length) * APART];
    crowded = threads.length > Runtime.getRuntime().availableProcessors();
  }

  private static int at(int member) {
    return (1 + member) * APART;
  }

  /** Tells the others that {@code member} has finished a phase. */
  final void arrive(int member, long phase) {
    PHASES.setRelease(phases, at(member), phase);
  }

  /** As {@link #arrive}; what the member reads next, it reads after the others could see this. */
  final void arriveFenced(int member, long phase) {
    PHASES.setVolatile(phases, at(member), phase);
  }

  /** The phase that a member has finished, as far as known here. */
  final long phase(int member) {
    return (long) PHASES.getAcquire(phases, at(member));
  }

  /**
   * Waits until all others have finished a phase, without sleeping.
   *
   * @return the number of a member that is gone, or -1 if none is
   */
  protected int awaitOthers(int member, long phase) {
    int gone = -1;
    for (int other = 0; other < threads.length; other++) {
      if (other != member && await(other, phase) == GONE) {
        gone = other;
      }
    }
    return gone;
  }

  /** Waits until one member has finished a phase; returns its phase, {@link #GONE} if it is. */
  private long await(int other, long phase) {
    int looks = 0;
    long found = phase(other);
    while (found < phase) {
      Thread.onSpinWait();
      if (++looks >= PATIENCE || crowded) {
        looks = 0;
        if (isDead(other)) {
          return last(other, phase);
        }
        giveWay();
      }
      found = phase(other);
    }
    return found;
  }

  /** As {@link #await(int, long)}, for a thread that sleeps once it has spun for long enough. */
  final long await(int other, long phase, Sleeper sleeper) {
    int looks = 0;
    long since = 0;
    boolean interrupted = false;
    long found = phase(other);
    while (found < phase) {
      Thread.onSpinWait();
      looks++;
      boolean longAgo = looks % PATIENCE == 0 || crowded;
      if (longAgo) {
        giveWay();
      }
      if (longAgo || looks % TICK == 0 || sleeper.spinNanos == 0) {
        long now = System.nanoTime();
        since = since == 0 ? now : since;
        if (now - since >= sleeper.spinNanos) {
          interrupted |= sleeper.sleepUnless(this, other, phase);
          longAgo = true;
        }
      }
      if (longAgo && isDead(other)) {
        found = last(other, phase);
      } else {
        found = phase(other);
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return found;
  }

  /** What a dead member got to: it may have arrived just before it ended. */
  private long last(int member, long phase) {
    long found = phase(member);
    return found < phase ? GONE : found;
  }

  /** Lets another thread have the processor: the one waited for may have none. */
  @SuppressWarnings("ThreadPriorityCheck")
  private static void giveWay() {
    Thread.yield();
  }

  /** Whether a member's death is looked for. */
  final boolean isWatched(int member) {
    return threads[member] != null;
  }

  private boolean isDead(int member) {
    return isWatched(member) && threads[member].getState() == Thread.State.TERMINATED;
  }
}
