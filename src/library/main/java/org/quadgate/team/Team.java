// SPDX-License-Identifier: Apache-2.0
package org.quadgate.team;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.quadgate.options.TeamOptions;

/**
 * Threads that work together, one call after another, the calling thread among them.
 *
 * <pre>{@code
 * team.begin();                  // refused while another thread is in a call
 * try {
 *   …                            // what the work reads is the caller's own from here
 *   team.run(work);              // once or more often: work.run(thread) on every thread
 *   …                            // what only the caller does
 * } finally {
 *   team.end();
 * }
 * }</pre>
 *
 * <p>Nothing of this allocates. What fails in the caller's own parts is the caller's: the team is
 * as good as before. A thread that fails within the work, or has ended, makes {@link #run} throw in
 * the same call, as soon as no thread is at the work any more; then all threads end, and the team
 * is broken for good.
 */
public final class Team implements AutoCloseable {
  /** What each thread does in a call. */
  @FunctionalInterface
  public interface Work {
    /**
     * One thread's part; a part of several phases calls {@link #meet} between them, as often as all
     * other threads do.
     *
     * @param thread 0 is the caller's
     */
    void run(int thread);
  }

  /** Makes the barrier; tests have others. */
  @FunctionalInterface
  public interface BarrierMaker {
    /** A barrier of these threads, which are made later. */
    PhaseBarrier make(Thread[] threads);
  }

  /** How often {@link #close} looks whether the caller is through. */
  private static final long LOOK_NANOS = 50_000;

  /** How long a team that could not start waits for those of its threads that had started. */
  private static final long UNDO_NANOS = Duration.ofSeconds(10).toNanos();

  /**
   * Longs from one thread's count to the next, and before the first, so that none shares a cache
   * line with another or with the array's length, which all read.
   */
  private static final int APART = 16;

  // what claim says; in a call it is the number of the calling thread, which is above 0
  private static final long IDLE = 0;
  private static final long BROKEN = -1;
  private static final long CLOSED = -2;

  private static final VarHandle CLAIM = MethodHandles.arrayElementVarHandle(long[].class);

  private final TeamKind kind;
  private final Thread[] threads; // [thread], null for the caller's
  private final Sleeper[] sleepers; // [thread]
  private final PhaseBarrier barrier;
  private final long[] ended; // [(1 + thread)·APART], the phases each has ended, for itself alone
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private final long[] claim = new long[2 * APART]; // [APART], in a line of its own as it changes
  private volatile boolean closeAsked;
  private Work work; // the last that was run

  /**
   * Starts all threads but the caller's.
   *
   * @throws IllegalStateException if one cannot be made or started, with the reason; those that had
   *     started have ended
   */
  public Team(TeamKind kind, TeamOptions options) {
    this(kind, options, PhaseBarrier::new);
  }

  /** With another barrier. */
  public Team(TeamKind kind, TeamOptions options, BarrierMaker maker) {
    this.kind = kind;
    threads = new Thread[options.threads()];
    sleepers = new Sleeper[threads.length];
    ended = new long[(1 + threads.length) * APART];
    Duration spin = options.spin().orElse(kind.spin);
    for (int thread = 0; thread < threads.length; thread++) {
      sleepers[thread] = new Sleeper(spin);
    }
    barrier = maker.make(threads);
    start(options.threadFactory().orElse(Team::daemon));
  }

  private static int at(int thread) {
    return (1 + thread) * APART;
  }

  private static Thread daemon(Runnable task) {
    return Thread.ofPlatform().daemon().name(task.toString()).unstarted(task);
  }

  private void start(ThreadFactory factory) {
    long team = threads.length == 1 ? 0 : ThreadNames.nextTeam();
    for (int thread = 1; thread < threads.length; thread++) {
      try {
        Member member = new Member(thread, ThreadNames.of(kind.label, team, thread));
        threads[thread] =
            Objects.requireNonNull(factory.newThread(member), "the thread factory gave none");
        threads[thread].start();
      } catch (Throwable t) {
        CLAIM.setVolatile(claim, APART, CLOSED);
        release();
        join(thread, System.nanoTime(), UNDO_NANOS);
        throw new IllegalStateException(
            "thread %d of %d did not start: %s".formatted(thread, threads.length, t.getMessage()),
            t);
      }
    }
  }

  /** One of the threads that are not the caller's: its name is what it says of itself. */
  private final class Member implements Runnable {
    private final int number;
    private final String name;

    Member(int number, String name) {
      this.number = number;
      this.name = name;
    }

    @Override
    public void run() {
      long done = 0;
      while (done != PhaseBarrier.GONE) {
        long begun = barrier.await(0, done + 1, sleepers[number]);
        done = begun == PhaseBarrier.GONE ? begun : part(number, done + 1);
        barrier.arriveFenced(number, done);
        sleepers[0].wake(number);
      }
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** How many threads there are, the caller's among them. */
  public int threads() {
    return threads.length;
  }

  /**
   * Claims the threads for the calling one.
   *
   * @throws IllegalStateException if they are closed, broken or claimed
   */
  public void begin() {
    long found =
        (long) CLAIM.compareAndExchange(claim, APART, IDLE, Thread.currentThread().threadId());
    if (found != IDLE || closeAsked) {
      throw refusal(found);
    }
  }

  private IllegalStateException refusal(long found) {
    if (found == IDLE) {
      end();
    }
    if (found == BROKEN) {
      return broken();
    }
    if (found == CLOSED || closeAsked) {
      return new IllegalStateException(kind.subject + " closed");
    }
    String who = found == Thread.currentThread().threadId() ? "this" : "another";
    return new IllegalStateException(who + " thread is in a call; " + kind.subject + " taken");
  }

  /** Gives the threads back, if they can still be used. */
  public void end() {
    if (claim[APART] > IDLE) {
      CLAIM.setRelease(claim, APART, IDLE);
      if (closeAsked) {
        closeIfIdle();
      }
    }
  }

  private IllegalStateException broken() {
    return new IllegalStateException(
        "a thread has failed; " + kind.subject + " broken for good", failure.get());
  }

  /**
   * Has every thread do its part of some work, the calling one part 0; between {@link #begin} and
   * {@link #end}. Returns when all have done it.
   *
   * @throws IllegalStateException if a thread has failed, with its failure as the cause and those
   *     of others as suppressed ones
   */
  @SuppressWarnings("ReferenceEquality") // the same work, not an equal one
  public void run(Work work) {
    if (this.work != work) {
      this.work = work; // the same one again leaves the others' caches alone
    }
    long begun = barrier.phase(0) + 1;
    barrier.arriveFenced(0, begun);
    wake();
    long done = part(0, begun);
    if (done == PhaseBarrier.GONE || !othersReach(done)) {
      giveUp();
      throw broken();
    }
    barrier.arrive(0, done);
  }

  private void wake() {
    for (int thread = 1; thread < threads.length; thread++) {
      sleepers[thread].wake(0);
    }
  }

  /** One thread's part of the work that a phase began; the phase that it has then finished. */
  @SuppressWarnings("ReferenceEquality") // a failure cannot be suppressed by itself
  private long part(int thread, long begun) {
    try {
      ended[at(thread)] = begun;
      work.run(thread);
      long phase = ended[at(thread)];
      return phase == PhaseBarrier.GONE ? phase : phase + 1;
    } catch (Throwable t) {
      Throwable first = failure.compareAndExchange(null, t);
      if (first != null && first != t) {
        first.addSuppressed(t);
      }
      return PhaseBarrier.GONE;
    }
  }

  private boolean othersReach(long phase) {
    boolean reached = true;
    for (int thread = 1; thread < threads.length; thread++) {
      reached &= barrier.await(thread, phase, sleepers[0]) != PhaseBarrier.GONE;
    }
    return reached;
  }

  /** Breaks the team, once no thread is at the work any more. */
  private void giveUp() {
    release();
    for (int thread = 1; thread < threads.length; thread++) {
      barrier.await(thread, PhaseBarrier.GONE, sleepers[0]);
    }
    failure.compareAndSet(null, new IllegalStateException("a thread of the team has ended"));
    CLAIM.setRelease(claim, APART, BROKEN);
  }

  /** Lets all threads end when they have done what they are at. */
  private void release() {
    barrier.arriveFenced(0, PhaseBarrier.GONE);
    wake();
  }

  /**
   * Ends a thread's phase, and waits until all others have ended it.
   *
   * @return false if one never will: the thread's part must return then
   */
  public boolean meet(int thread) {
    int at = at(thread);
    long phase = ended[at] + 1;
    if (phase <= 0) {
      return false; // it was told before, and GONE has no successor
    }
    ended[at] = phase;
    barrier.arrive(thread, phase);
    boolean whole = barrier.awaitOthers(thread, phase) < 0;
    if (!whole) {
      ended[at] = PhaseBarrier.GONE;
      barrier.arrive(thread, PhaseBarrier.GONE);
    }
    return whole;
  }

  /** How many threads sleep, the caller's among them. */
  public int asleep() {
    int asleep = 0;
    for (Sleeper sleeper : sleepers) {
      asleep += sleeper.asleep() ? 1 : 0;
    }
    return asleep;
  }

  /**
   * Ends the threads and waits until they have, however long that takes; a call in progress is
   * finished first, and from now on none begins. Within a call or on a thread of the team it does
   * not wait: the threads end when the call does. May be called more than once; an interrupt is
   * kept for later.
   */
  @Override
  public void close() {
    close(Long.MAX_VALUE);
  }

  /**
   * As {@link #close()}, but waits for a limited time. What is not over by then ends later by
   * itself, and another call can wait for it.
   *
   * @return whether all threads have ended
   */
  public boolean close(Duration limit) {
    return close(Sleeper.nanos(limit));
  }

  private boolean close(long nanos) {
    long start = System.nanoTime();
    closeAsked = true;
    boolean closed = closeIfIdle();
    if (isOwn(Thread.currentThread())) {
      return false;
    }
    boolean interrupted = Thread.interrupted();
    boolean inTime = true;
    while (!closed && inTime) {
      // the wish has been out for a moment before the last look: that look sees the call over, or
      // the call will see the wish
      LockSupport.parkNanos(LOOK_NANOS);
      interrupted |= Thread.interrupted();
      inTime = System.nanoTime() - start < nanos;
      closed = closeIfIdle();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return closed && join(threads.length, start, nanos);
  }

  /** Whether the threads will end by themselves, which they are told now unless in a call. */
  private boolean closeIfIdle() {
    long found = (long) CLAIM.compareAndExchange(claim, APART, IDLE, CLOSED);
    if (found == IDLE) {
      release();
    }
    return found <= IDLE;
  }

  private boolean isOwn(Thread thread) {
    boolean own = (long) CLAIM.getAcquire(claim, APART) == thread.threadId();
    for (int i = 1; i < threads.length; i++) {
      own |= thread == threads[i];
    }
    return own;
  }

  /** Waits for the threads before {@code end} to end; false if one has not after so long. */
  private boolean join(int end, long start, long nanos) {
    boolean interrupted = false;
    boolean inTime = true;
    boolean all = true;
    for (int thread = 1; thread < end; thread++) {
      while (inTime && threads[thread].isAlive()) {
        long left = nanos - (System.nanoTime() - start);
        inTime = left > 0;
        try {
          threads[thread].join(Duration.ofNanos(Math.max(0, left)));
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      all &= !threads[thread].isAlive();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return all;
  }
}
