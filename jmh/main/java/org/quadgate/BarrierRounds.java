// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

/** The threads of {@link LstmCores} with nothing to compute: what is left is their meeting. */
public final class BarrierRounds implements AutoCloseable {
  private final CoreThreads threads;
  private int rounds;

  /** Starts threads that spin for a second, the calling one among them. */
  public BarrierRounds(int cores) {
    threads = new CoreThreads(cores, 1_000_000_000L, this::rounds, PhaseBarrier::new);
  }

  private long rounds(int core, long begun) {
    long phase = begun;
    for (int i = 1; i < rounds; i++) {
      threads.arrive(core, ++phase);
      if (threads.lost(core, phase)) {
        return PhaseBarrier.GONE;
      }
    }
    threads.arrive(core, ++phase);
    return phase;
  }

  /** Lets all threads begin, meet so often, the last time as at a step's end, and be done. */
  public void run(int rounds) {
    threads.begin();
    this.rounds = rounds;
    if (!threads.runAll()) {
      throw threads.broken();
    }
    threads.end();
  }

  @Override
  public void close() {
    threads.close();
  }
}
