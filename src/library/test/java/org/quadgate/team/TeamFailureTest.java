// SPDX-License-Identifier: Apache-2.0
package org.quadgate.team;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.quadgate.options.TeamOptions;

/** Threads that cannot start, fail or end: an exception in that very call, and no thread stays. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TeamFailureTest {
  private final List<Thread> made = new ArrayList<>();

  private TeamOptions options(int threads) {
    return TeamOptions.of(threads)
        .withSpin(Duration.ofMillis(1))
        .withThreadFactory(
            task -> {
              Thread thread = Thread.ofPlatform().daemon().unstarted(task);
              made.add(thread);
              return thread;
            });
  }

  private void assertAllEnd() throws InterruptedException {
    for (Thread thread : made) {
      thread.join();
    }
  }

  @ParameterizedTest
  @EnumSource(TeamKind.class)
  void aTeamThatCannotStartLeavesNoThread(TeamKind kind) throws InterruptedException {
    FailingFactory.assertNoThreadStays(options -> new Team(kind, options).close());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void aFailureIsThrownByItsOwnCallAndBreaksTheTeam(int failing) throws InterruptedException {
    Error fault = new Error("on purpose");
    Team team = new Team(TeamKind.TRAINING, options(3));
    TeamTest.call(team, thread -> {});
    var e =
        assertThrows(
            IllegalStateException.class,
            () ->
                TeamTest.call(
                    team,
                    thread -> {
                      if (thread == failing) {
                        throw fault;
                      }
                    }));
    assertSame(fault, e.getCause());
    assertAllEnd();
    var later = assertThrows(IllegalStateException.class, team::begin);
    assertSame(fault, later.getCause());
    assertEquals("a thread has failed; the network is broken for good", later.getMessage());
    team.close();
    assertTrue(team.close(Duration.ZERO));
  }

  @Test
  void ifAllFailAllFailuresAreTold() {
    try (Team team = new Team(TeamKind.POOL, options(3))) {
      var e =
          assertThrows(
              IllegalStateException.class,
              () ->
                  TeamTest.call(
                      team,
                      thread -> {
                        team.meet(thread); // or it could be over before the last has begun
                        throw new IllegalArgumentException("thread " + thread);
                      }));
      assertTrue(e.getCause().getMessage().startsWith("thread "));
      assertEquals(2, e.getCause().getSuppressed().length);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void threadsThatWaitForTheFailedOneGoOn(int failing) throws InterruptedException {
    Team team = new Team(TeamKind.CORES, options(3));
    boolean[] whole = {true, true, true};
    assertThrows(
        IllegalStateException.class,
        () ->
            TeamTest.call(
                team,
                thread -> {
                  boolean first = team.meet(thread);
                  if (thread == failing) {
                    throw new Error("on purpose");
                  }
                  whole[thread] = team.meet(thread);
                  assertTrue(first || !whole[thread], "a failed team meets no more");
                }));
    for (int thread = 0; thread < 3; thread++) {
      assertEquals(thread == failing, whole[thread]);
    }
    assertAllEnd();
  }

  /** One that sleeps, its part done, has to be told as well. */
  @Test
  void aFailureAfterOthersFellAsleepEndsThem() throws InterruptedException {
    Team team = new Team(TeamKind.POOL, options(3).withSpin(Duration.ZERO));
    assertThrows(
        IllegalStateException.class,
        () ->
            TeamTest.call(
                team,
                thread -> {
                  if (thread == 1) {
                    LockSupport.parkNanos(50_000_000);
                    throw new Error("on purpose");
                  }
                }));
    assertAllEnd();
  }

  @Test
  void whatTheCallerThrowsBesideTheWorkIsItsOwn() {
    try (Team team = new Team(TeamKind.CORES, options(2))) {
      Error fault = new Error("on purpose");
      Error thrown =
          assertThrows(
              Error.class,
              () -> {
                team.begin();
                try {
                  team.run(thread -> {});
                  throw fault;
                } finally {
                  team.end();
                }
              });
      assertSame(fault, thrown);
      TeamTest.call(team, thread -> {}); // as good as before
    }
  }

  @Test
  void aThreadThatHasEndedIsNotWaitedFor() {
    TeamOptions options = TeamOptions.of(3);
    for (Duration spin : new Duration[] {Duration.ZERO, Duration.ofSeconds(1)}) {
      // the threads end at once, as if the system had taken them
      try (Team team =
          new Team(
              TeamKind.POOL, options.withSpin(spin).withThreadFactory(_ -> new Thread(() -> {})))) {
        var e = assertThrows(IllegalStateException.class, () -> TeamTest.call(team, thread -> {}));
        assertEquals("a thread of the team has ended", e.getCause().getMessage());
      }
    }
  }
}
