// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train.tape;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Threads that wait for phases of work, the calling one among them. Between phases they spin for a
 * moment, since the next one is near, and then sleep. Running a phase allocates nothing.
 */
final class Workers implements AutoCloseable {
  /** One phase: what each worker does, by its number from 0. */
  interface Phase {
    void run(int worker);
  }

  /** How often a waiting thread looks before it sleeps: some tens of microseconds. */
  private static final int SPINS = 2_000;

  private final Thread[] threads; // all but the caller
  private final AtomicInteger running = new AtomicInteger();
  private volatile Phase phase;
  private int started; // phases, as the caller counts them
  private volatile int round; // the same, for the others to see
  private volatile boolean closed;
  private volatile Thread caller;
  private volatile Throwable failure;

  Workers(int count) {
    threads = new Thread[count - 1];
    for (int i = 0; i < threads.length; i++) {
      int worker = i + 1;
      threads[i] = new Thread(() -> work(worker), "quadgate-train-" + worker);
      threads[i].setDaemon(true);
      threads[i].start();
    }
  }

  int count() {
    return threads.length + 1;
  }

  /** Runs the phase on all workers and returns when all are done. */
  void run(Phase phase) {
    if (threads.length == 0) {
      phase.run(0);
      return;
    }
    if (closed) {
      throw new IllegalStateException("the network is closed");
    }
    caller = Thread.currentThread();
    running.set(threads.length);
    this.phase = phase;
    started++;
    round = started;
    for (Thread thread : threads) {
      LockSupport.unpark(thread);
    }
    try {
      phase.run(0);
    } finally {
      awaitOthers();
    }
    Throwable thrown = failure;
    if (thrown != null) {
      failure = null;
      throw new IllegalStateException("a training thread failed", thrown);
    }
  }

  private void awaitOthers() {
    int spins = 0;
    boolean interrupted = false;
    while (running.get() > 0) {
      if (spins++ < SPINS) {
        Thread.onSpinWait();
      } else {
        LockSupport.park(this);
        interrupted |= Thread.interrupted();
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void work(int worker) {
    int seen = 0;
    int spins = 0;
    while (!closed) {
      if (round == seen) {
        if (spins++ < SPINS) {
          Thread.onSpinWait();
        } else {
          LockSupport.park(this);
        }
        continue;
      }
      seen = round;
      spins = 0;
      try {
        phase.run(worker);
      } catch (Throwable t) {
        failure = t;
      }
      if (running.decrementAndGet() == 0) {
        LockSupport.unpark(caller);
      }
    }
  }

  /** Ends the threads, and returns when they have ended. */
  @Override
  public void close() {
    closed = true;
    boolean interrupted = false;
    for (Thread thread : threads) {
      LockSupport.unpark(thread);
      while (thread.isAlive()) {
        try {
          thread.join();
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
