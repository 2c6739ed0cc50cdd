// SPDX-License-Identifier: Apache-2.0
package org.quadgate.team;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.quadgate.options.TeamOptions;

/** That closing ends the threads, from wherever and whenever it is asked for. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TeamCloseTest {
  private static final Duration MOMENT = Duration.ofMillis(20);
  private static final Duration LONG = Duration.ofSeconds(50);

  private final List<Thread> made = new ArrayList<>();

  private Team team(int threads) {
    return team(threads, task -> Thread.ofPlatform().daemon().unstarted(task));
  }

  private Team team(int threads, ThreadFactory factory) {
    TeamOptions options =
        TeamOptions.of(threads)
            .withThreadFactory(
                task -> {
                  Thread thread = factory.newThread(task);
                  made.add(thread);
                  return thread;
                });
    return new Team(TeamKind.POOL, options);
  }

  private boolean allHaveEnded() {
    return made.stream().noneMatch(Thread::isAlive);
  }

  private void assertAllEnd() throws InterruptedException {
    for (Thread thread : made) {
      thread.join();
    }
  }

  private static void assertRefuses(Team team) {
    var e = assertThrows(IllegalStateException.class, team::begin);
    assertEquals("the pool is closed", e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void endsSleepersAndSpinnersAndMayBeRepeated(int count) {
    for (Duration spin : new Duration[] {Duration.ZERO, TeamOptions.FOREVER}) {
      Team team = new Team(TeamKind.POOL, TeamOptions.of(count).withSpin(spin));
      TeamTest.call(team, thread -> {});
      assertTrue(team.close(LONG));
      assertRefuses(team);
      team.close();
      assertTrue(team.close(Duration.ZERO));
      assertRefuses(team);
    }
  }

  @Test
  void keepsAnInterruptAndWaitsAllTheSame() {
    Team team = team(3);
    Thread.currentThread().interrupt();
    team.close();
    assertTrue(Thread.interrupted());
    assertTrue(allHaveEnded());
  }

  /** A call that takes until it is let go. */
  private static Thread longCall(Team team, CountDownLatch inside, CountDownLatch go) {
    Thread calling =
        new Thread(
            () ->
                TeamTest.call(
                    team,
                    thread -> {
                      inside.countDown();
                      TeamTest.await(go);
                    }));
    calling.start();
    TeamTest.await(inside);
    return calling;
  }

  @Test
  void aLimitThatPassesDuringACallSaysSoAndTheThreadsEndAfterIt() throws InterruptedException {
    CountDownLatch go = new CountDownLatch(1);
    Team team = team(2);
    Thread calling = longCall(team, new CountDownLatch(2), go);
    assertTrue(!team.close(Duration.ZERO));
    assertTrue(!team.close(MOMENT));
    assertRefuses(team);
    go.countDown();
    // nobody closes again: the call itself sees to it
    assertAllEnd();
    calling.join();
    assertTrue(team.close(Duration.ZERO));
    assertRefuses(team);
  }

  @Test
  void withoutALimitTheCallIsWaitedFor() throws InterruptedException {
    CountDownLatch go = new CountDownLatch(1);
    Team team = team(2);
    Thread calling = longCall(team, new CountDownLatch(2), go);
    Thread later =
        new Thread(
            () -> {
              sleep();
              go.countDown();
            });
    later.start();
    Thread.currentThread().interrupt(); // which must not make it spin or give up
    team.close();
    assertTrue(Thread.interrupted());
    assertTrue(allHaveEnded());
    calling.join();
  }

  private static void sleep() {
    try {
      Thread.sleep(MOMENT);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aThreadThatDoesNotEndInTimeIsTold() throws InterruptedException {
    CountDownLatch go = new CountDownLatch(1);
    Team team =
        team(
            2,
            task ->
                new Thread(
                    () -> {
                      task.run();
                      TeamTest.await(go);
                    }));
    assertTrue(!team.close(MOMENT));
    go.countDown();
    assertTrue(team.close(LONG));
    assertTrue(allHaveEnded());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void aThreadInACallDoesNotWaitForItself(int closing) throws InterruptedException {
    Team team = team(2);
    boolean[] ended = {true};
    TeamTest.call(
        team,
        thread -> {
          if (thread == closing) {
            team.close();
            ended[0] = team.close(LONG);
          }
        });
    assertTrue(!ended[0]);
    assertAllEnd();
    assertRefuses(team);
  }

  @Test
  void aThreadOfTheTeamMayCloseItAtTheEnd() throws InterruptedException {
    Team[] team = new Team[1];
    team[0] =
        team(
            3,
            task ->
                new Thread(
                    () -> {
                      task.run();
                      team[0].close();
                    }));
    team[0].close();
    assertAllEnd();
  }

  @Test
  void manyMayCloseAtOnce() throws InterruptedException {
    for (int round = 0; round < 50; round++) {
      made.clear();
      Team team = team(3);
      List<Thread> closing = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        closing.add(Thread.startVirtualThread(team::close));
      }
      try {
        while (true) {
          TeamTest.call(team, thread -> {});
        }
      } catch (IllegalStateException e) {
        assertEquals("the pool is closed", e.getMessage());
      }
      for (Thread thread : closing) {
        thread.join();
      }
      assertTrue(allHaveEnded());
    }
  }
}
