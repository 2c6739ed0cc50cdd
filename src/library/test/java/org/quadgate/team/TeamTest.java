// SPDX-License-Identifier: Apache-2.0
package org.quadgate.team;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.quadgate.options.TeamOptions;

/** That every thread does its part of every call, however the threads wait. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TeamTest {
  private static final Duration SHORT = Duration.ofNanos(50_000);

  /** One call. */
  static void call(Team team, Team.Work work) {
    team.begin();
    try {
      team.run(work);
    } finally {
      team.end();
    }
  }

  @Test
  void everyThreadDoesItsPartOfEveryCallOnce() {
    for (Duration spin : new Duration[] {Duration.ZERO, SHORT, Duration.ofSeconds(1)}) {
      for (int count = 1; count <= 4; count++) {
        AtomicIntegerArray runs = new AtomicIntegerArray(count);
        try (Team team = new Team(TeamKind.POOL, TeamOptions.of(count).withSpin(spin))) {
          assertEquals(count, team.threads());
          for (int i = 0; i < 500; i++) {
            call(team, runs::incrementAndGet);
            for (int thread = 0; thread < count; thread++) {
              assertEquals(i + 1, runs.get(thread), "the call returned before all were done");
            }
            if (i % 100 == 0) {
              LockSupport.parkNanos(2_000_000); // long enough for the others to fall asleep
            }
          }
        }
      }
    }
  }

  @Test
  void aMeetingWaitsForAll() {
    int[][] written = new int[3][16];
    try (Team team = new Team(TeamKind.CORES, TeamOptions.of(3).withSpin(SHORT))) {
      for (int call = 0; call < 200; call++) {
        int base = call * 10;
        call(
            team,
            thread -> {
              for (int phase = 1; phase <= 5; phase++) {
                written[thread][0] = base + phase;
                assertTrue(team.meet(thread));
                for (int[] other : written) {
                  assertEquals(base + phase, other[0]);
                }
                assertTrue(team.meet(thread));
              }
            });
      }
    }
  }

  @Test
  void severalRunsInOneCallMayBeOfDifferentWork() {
    AtomicIntegerArray runs = new AtomicIntegerArray(4);
    try (Team team = new Team(TeamKind.TRAINING, TeamOptions.of(2))) {
      team.begin();
      for (int i = 0; i < 100; i++) {
        team.run(runs::incrementAndGet);
        team.run(thread -> runs.incrementAndGet(2 + thread));
      }
      team.end();
    }
    assertEquals("[100, 100, 100, 100]", runs.toString());
  }

  @Test
  void twoThreadsAtOnceAreRefused() throws InterruptedException {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    try (Team team = new Team(TeamKind.POOL, TeamOptions.of(2))) {
      Thread first =
          new Thread(
              () -> {
                team.begin();
                inside.countDown();
                try {
                  go.await();
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                } finally {
                  team.end();
                }
              });
      first.start();
      inside.await();
      var e = assertThrows(IllegalStateException.class, team::begin);
      assertEquals("another thread is in a call; the pool is taken", e.getMessage());
      go.countDown();
      first.join();
      call(team, thread -> {});
      team.begin();
      var own = assertThrows(IllegalStateException.class, team::begin);
      assertEquals("this thread is in a call; the pool is taken", own.getMessage());
      team.end();
    }
  }

  private static void awaitSleepers(Team team, int expected) {
    while (team.asleep() != expected) {
      LockSupport.parkNanos(1_000_000);
    }
  }

  @ParameterizedTest
  @EnumSource(TeamKind.class)
  void threadsWithoutACallFallAsleepAndWakeUp(TeamKind kind) {
    AtomicIntegerArray runs = new AtomicIntegerArray(3);
    try (Team team = new Team(kind, TeamOptions.of(3))) {
      for (int i = 0; i < 3; i++) {
        awaitSleepers(team, 2);
        call(team, runs::incrementAndGet);
      }
    }
    assertEquals("[3, 3, 3]", runs.toString());
  }

  @Test
  void threadsThatAreToSpinForeverNeverSleep() {
    try (Team team = new Team(TeamKind.CORES, TeamOptions.of(2).withSpin(TeamOptions.FOREVER))) {
      call(team, thread -> {});
      LockSupport.parkNanos(50_000_000);
      assertEquals(0, team.asleep());
      call(team, thread -> {});
    }
  }

  @Test
  void aCallerThatWaitsForLongSleepsToo() throws InterruptedException {
    CountDownLatch go = new CountDownLatch(1);
    try (Team team = new Team(TeamKind.TRAINING, TeamOptions.of(3))) {
      Thread calling =
          new Thread(
              () ->
                  call(
                      team,
                      thread -> {
                        if (thread == 1) {
                          await(go);
                        }
                      }));
      calling.start();
      awaitSleepers(team, 2); // thread 2, which is done, and the caller
      go.countDown();
      calling.join();
    }
  }

  static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(60, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aCallerKeepsItsInterrupt() {
    try (Team team = new Team(TeamKind.TRAINING, TeamOptions.of(2).withSpin(Duration.ZERO))) {
      Thread.currentThread().interrupt();
      call(
          team,
          thread -> {
            if (thread == 1) {
              LockSupport.parkNanos(20_000_000);
            }
          });
      assertTrue(Thread.interrupted());
    }
  }

  @Test
  void anInterruptedThreadStillSleeps() {
    Thread[] made = new Thread[1];
    TeamOptions options =
        TeamOptions.of(2)
            .withSpin(Duration.ZERO)
            .withThreadFactory(task -> made[0] = Thread.ofPlatform().daemon().unstarted(task));
    try (Team team = new Team(TeamKind.CORES, options)) {
      for (int i = 0; i < 3; i++) {
        made[0].interrupt();
        call(team, thread -> {});
      }
      LockSupport.parkNanos(20_000_000);
      assertEquals(Thread.State.WAITING, made[0].getState());
    }
  }

  @Test
  void virtualThreadsDo() {
    AtomicIntegerArray runs = new AtomicIntegerArray(3);
    TeamOptions options = TeamOptions.of(3).withThreadFactory(Thread.ofVirtual().factory());
    try (Team team = new Team(TeamKind.POOL, options.withSpin(SHORT))) {
      for (int i = 0; i < 50; i++) {
        call(team, runs::incrementAndGet);
      }
    }
    assertEquals("[50, 50, 50]", runs.toString());
  }
}
