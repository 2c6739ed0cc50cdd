// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * The threads behind {@link LstmCores}: how they start, run a task together with the caller's, fail
 * and end. What they compute is the {@link Task}'s business.
 */
final class CoreThreads implements AutoCloseable {
  /** What a core does each time the caller lets all of them run. */
  interface Task {
    /**
     * Goes through the task's phases, telling each to {@link #arrive}. After the last one a thread
     * does not wait: the caller's does, for all.
     *
     * @param core 0 is the caller's
     * @param begun the phase that has begun the task; its own are those after
     * @return the task's last phase, or {@link PhaseBarrier#GONE} if {@link #lost} said so
     */
    long run(int core, long begun);
  }

  /** Makes the barrier; tests have others. */
  interface BarrierMaker {
    PhaseBarrier make(Thread[] threads);
  }

  /** How often {@link #close} looks whether the caller is through. */
  private static final long CLOSE_NANOS = 50_000;

  private static final int IDLE = 0;
  private static final int RUNNING = 1;
  private static final int BROKEN = 2;
  private static final int CLOSED = 3;

  private static final VarHandle STATUS;

  static {
    try {
      STATUS = MethodHandles.lookup().findVarHandle(CoreThreads.class, "status", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Task task;
  private final long spinNanos;
  private final Thread[] threads; // [core], null for the caller's
  private final PhaseBarrier.Sleeper[] sleepers; // [core]
  private final PhaseBarrier barrier;
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private int status;
  private long phase; // the last that all cores have finished; the caller's

  /**
   * Starts all threads but the caller's.
   *
   * @param spinNanos how long a thread without a task spins before it sleeps
   */
  CoreThreads(int count, long spinNanos, Task task, BarrierMaker maker) {
    this.task = task;
    this.spinNanos = spinNanos;
    threads = new Thread[count];
    sleepers = new PhaseBarrier.Sleeper[count];
    for (int core = 1; core < count; core++) {
      int own = core;
      sleepers[core] = new PhaseBarrier.Sleeper();
      threads[core] = new Thread(() -> work(own), "quadgate-core-" + core);
      threads[core].setDaemon(true);
    }
    barrier = maker.make(threads);
    int started = 1;
    try {
      for (; started < count; started++) {
        threads[started].start();
      }
    } finally {
      if (started < count) {
        // the system gives no more threads: those that run must not stay
        barrier.arrive(0, PhaseBarrier.GONE);
      }
    }
  }

  /**
   * Claims the threads for the calling one.
   *
   * @throws IllegalStateException if they are closed, broken or claimed
   */
  void begin() {
    int found = (int) STATUS.compareAndExchange(this, IDLE, RUNNING);
    if (found != IDLE) {
      throw switch (found) {
        case CLOSED -> new IllegalStateException("the cores are closed");
        case BROKEN -> broken();
        default -> new IllegalStateException("another thread is at work with these cores");
      };
    }
  }

  /** Gives them back. */
  void end() {
    STATUS.setRelease(this, IDLE);
  }

  /** What the caller throws when {@link #runAll} has given false. */
  IllegalStateException broken() {
    return new IllegalStateException(
        "a core has failed; no step is possible with these cores", failure.get());
  }

  /**
   * Runs the task on all threads, the calling one as core 0; between {@link #begin} and {@link
   * #end}.
   *
   * @return false if a thread has failed: then none is at work any more, and they are given back as
   *     broken
   */
  boolean runAll() {
    long begun = phase + 1;
    barrier.arriveFenced(0, begun);
    for (int core = 1; core < threads.length; core++) {
      sleepers[core].wake(threads[core]);
    }
    phase = run(0, begun);
    if (phase != PhaseBarrier.GONE) {
      return true;
    }
    for (int core = 1; core < threads.length; core++) {
      barrier.await(core, PhaseBarrier.GONE);
    }
    STATUS.setRelease(this, BROKEN);
    return false;
  }

  /** Tells the other threads that {@code core} has finished a phase. */
  void arrive(int core, long phase) {
    barrier.arrive(core, phase);
  }

  /** Waits for the other threads to finish a phase; true if one never will. */
  boolean lost(int core, long phase) {
    boolean lost = barrier.awaitOthers(core, phase) >= 0;
    if (lost && failure.get() == null) {
      failure.compareAndSet(null, new IllegalStateException("the thread of a core has ended"));
    }
    return lost;
  }

  /** How many threads sleep. */
  int asleep() {
    int asleep = 0;
    for (int core = 1; core < threads.length; core++) {
      asleep += sleepers[core].asleep() ? 1 : 0;
    }
    return asleep;
  }

  private void work(int core) {
    long seen = 0;
    while (seen != PhaseBarrier.GONE) {
      long begun = barrier.awaitFirst(seen + 1, sleepers[core], spinNanos);
      seen = begun == PhaseBarrier.GONE ? begun : run(core, seen + 1);
    }
    barrier.arrive(core, PhaseBarrier.GONE);
  }

  private long run(int core, long begun) {
    long last = PhaseBarrier.GONE;
    try {
      last = task.run(core, begun);
      if (core == 0 && last != PhaseBarrier.GONE && lost(core, last)) {
        last = PhaseBarrier.GONE;
      }
    } catch (Throwable t) {
      failure.compareAndSet(null, t);
      last = PhaseBarrier.GONE;
    }
    if (last == PhaseBarrier.GONE) {
      barrier.arrive(core, last);
    }
    return last;
  }

  /**
   * Ends the threads and waits until they have; a task that runs is finished first. Once they are
   * closed or broken does no more than wait.
   */
  @Override
  public void close() {
    int found = (int) STATUS.getAcquire(this);
    while (found != CLOSED && (found == RUNNING || !STATUS.compareAndSet(this, found, CLOSED))) {
      LockSupport.parkNanos(CLOSE_NANOS);
      found = (int) STATUS.getAcquire(this);
    }
    barrier.arriveFenced(0, PhaseBarrier.GONE);
    boolean interrupted = false;
    for (int core = 1; core < threads.length; core++) {
      sleepers[core].wake(threads[core]);
      boolean ended = false;
      while (!ended) {
        try {
          threads[core].join();
          ended = true;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
