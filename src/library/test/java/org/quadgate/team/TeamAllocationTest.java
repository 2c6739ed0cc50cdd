// SPDX-License-Identifier: Apache-2.0
package org.quadgate.team;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.quadgate.options.TeamOptions;

/** That a call allocates nothing in any thread, asleep or awake, and that it would show. */
class TeamAllocationTest {
  private static final int CALLS = 2_000;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Object sink;

  private static long sum(List<Thread> threads) {
    return threads.stream().mapToLong(t -> THREADS.getThreadAllocatedBytes(t.threadId())).sum();
  }

  /** Bytes that all threads allocate in some calls, the best attempt's. */
  private static long allocated(Duration spin, Team.Work extra) {
    List<Thread> threads = new ArrayList<>(List.of(Thread.currentThread()));
    TeamOptions options =
        TeamOptions.of(2)
            .withSpin(spin)
            .withThreadFactory(
                task -> {
                  threads.add(Thread.ofPlatform().daemon().unstarted(task));
                  return threads.getLast();
                });
    long fewest = Long.MAX_VALUE;
    try (Team team = new Team(TeamKind.CORES, options)) {
      Team.Work work =
          thread -> {
            team.meet(thread);
            extra.run(thread);
          };
      for (int attempt = 0; attempt < 20 && fewest > 0; attempt++) {
        long before = sum(threads);
        long inBetween = sum(threads) - before;
        for (int i = 0; i < CALLS; i++) {
          TeamTest.call(team, work);
        }
        fewest = Math.min(fewest, sum(threads) - before - 2 * inBetween);
      }
    }
    return fewest;
  }

  @Test
  void aCallAllocatesNothing() {
    assertEquals(0, allocated(Duration.ofSeconds(1), thread -> {}), "spinning");
    assertEquals(0, allocated(Duration.ZERO, thread -> {}), "sleeping");
  }

  @Test
  void oneObjectACallInTheOtherThreadWouldShow() {
    long bytes =
        allocated(
            Duration.ofSeconds(1),
            thread -> {
              if (thread == 1) {
                sink = new float[1];
              }
            });
    assertTrue(bytes >= 16L * CALLS, "saw " + bytes);
    assertNotNull(sink);
  }
}
