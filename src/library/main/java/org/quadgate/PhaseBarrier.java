// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/**
 * A fixed group of threads that advance through numbered phases together: each says which phase it
 * has finished and spins until the others have. No lock, no allocation.
 *
 * <p>Member m's number is the only thing it writes, in a cache line of its own, so that a phase
 * costs one line's way from each member to each other. Written with release and read with acquire,
 * it carries along all that its member wrote before.
 *
 * <p>A member that cannot go on writes {@link #GONE}, beyond every phase, so that nobody waits for
 * it. Whoever waits long looks whether the other's thread still lives, and counts a dead one as
 * gone.
 */
class PhaseBarrier {
  /** The phase of a member that will not come again. */
  static final long GONE = Long.MAX_VALUE;

  private static final VarHandle PHASES = MethodHandles.arrayElementVarHandle(long[].class);

  /**
   * Longs from one member's to the next: two lines, since some CPUs fetch lines in pairs. The first
   * member's begins as far behind the array's own header.
   */
  private static final int APART = 16;

  /**
   * Looks before a waiting thread does something slower than looking, some tens of µs: it gives
   * way, for the thread it waits for may be on the same processor and have to wait for that.
   */
  private static final int PATIENCE = 1 << 11;

  private final Thread[] threads; // [member], null for one that nobody watches
  private final long[] phases; // [(1 + members)·APART]
  private final boolean crowded; // more members than processors

  /**
   * A barrier whose members have all finished phase 0.
   *
   * @param threads one per member, null for one whose death is not looked for; they may start later
   */
  PhaseBarrier(Thread[] threads) {
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
   * Waits until all others have finished a phase.
   *
   * @return the number of a member that is gone, or -1 if none is
   */
  int awaitOthers(int member, long phase) {
    int gone = -1;
    for (int other = 0; other < threads.length; other++) {
      if (other != member && await(other, phase) == GONE) {
        gone = other;
      }
    }
    return gone;
  }

  /** Waits until one member has finished a phase; returns its phase, {@link #GONE} if it is. */
  final long await(int other, long phase) {
    int looks = 0;
    long found = phase(other);
    while (found < phase) {
      Thread.onSpinWait();
      if (++looks >= PATIENCE || crowded) {
        looks = 0;
        if (dead(other)) {
          // it may have arrived just before it ended
          found = phase(other);
          return found < phase ? GONE : found;
        }
        giveWay();
      }
      found = phase(other);
    }
    return found;
  }

  /**
   * Waits for member 0 to finish a phase, for as long as it takes: spins, and sleeps once there has
   * been nothing to do for a while.
   *
   * @param sleeper how this thread sleeps
   * @param spinNanos how long it spins before
   */
  final long awaitFirst(long phase, Sleeper sleeper, long spinNanos) {
    int looks = 0;
    long since = 0;
    long found = phase(0);
    while (found < phase) {
      Thread.onSpinWait();
      if (++looks >= PATIENCE || crowded) {
        looks = 0;
        giveWay();
        long now = System.nanoTime();
        since = since == 0 ? now : since;
        if (now - since > spinNanos) {
          sleeper.sleepUnless(this, phase);
        }
      }
      found = phase(0);
    }
    return found;
  }

  /** Lets another thread have the processor: the one waited for may have none. */
  @SuppressWarnings("ThreadPriorityCheck")
  private static void giveWay() {
    Thread.yield();
  }

  private boolean dead(int member) {
    Thread thread = threads[member];
    return thread != null && thread.getState() == Thread.State.TERMINATED;
  }

  /** A thread that can sleep until member 0 goes on and wakes it. */
  static final class Sleeper {
    private static final VarHandle ASLEEP;

    static {
      try {
        ASLEEP = MethodHandles.lookup().findVarHandle(Sleeper.class, "asleep", boolean.class);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    private boolean asleep;

    /** Sleeps, unless member 0 has got that far; may wake up for no reason. */
    private void sleepUnless(PhaseBarrier barrier, long phase) {
      // written before member 0's phase is read, while member 0 writes its phase before it reads
      // this: one of the two sees the other
      ASLEEP.setVolatile(this, true);
      VarHandle.fullFence();
      if (barrier.phase(0) < phase) {
        LockSupport.park(barrier);
      }
      ASLEEP.setVolatile(this, false);
    }

    /** Wakes the thread if it sleeps; after {@link #arriveFenced}. */
    void wake(Thread thread) {
      if ((boolean) ASLEEP.getVolatile(this)) {
        LockSupport.unpark(thread);
      }
    }

    /** Whether the thread sleeps or is about to. */
    boolean asleep() {
      return (boolean) ASLEEP.getAcquire(this);
    }
  }
}
