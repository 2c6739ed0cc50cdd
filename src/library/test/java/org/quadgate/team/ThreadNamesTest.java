// SPDX-License-Identifier: Apache-2.0
package org.quadgate.team;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.quadgate.options.TeamOptions;

/** That every thread has a name of its own, and all of it can be seen from outside the JVM. */
class ThreadNamesTest {
  private static List<Thread> threadsOf(Team team) {
    assertTrue(team.threads() > 1);
    return Thread.getAllStackTraces().keySet().stream()
        .filter(t -> t.getName().startsWith("qg-"))
        .toList();
  }

  @Test
  void noTwoNamesAreAlike() {
    Set<String> seen = new HashSet<>();
    long[] teams = {1, 2, 11, 12, 111, 9_999, 1_000_000, 123_456_789, Long.MAX_VALUE};
    for (TeamKind kind : TeamKind.values()) {
      for (long team : teams) {
        for (int thread = 1; thread <= 300; thread++) {
          String name = ThreadNames.of(kind.label, team, thread);
          assertTrue(name.startsWith("qg-" + kind.label + "-"), name);
          assertTrue(name.length() <= 15, name);
          assertTrue(seen.add(name), name);
        }
      }
    }
    assertEquals("qg-core-3-1", ThreadNames.of("core", 3, 1));
  }

  @Test
  void threadsAreDaemonsWithNamesThatTheSystemShows() throws IOException {
    TeamOptions options = TeamOptions.of(3);
    try (Team cores = new Team(TeamKind.CORES, options);
        Team pool = new Team(TeamKind.POOL, options);
        Team more = new Team(TeamKind.POOL, options)) {
      List<Thread> threads = threadsOf(cores);
      Set<String> names = new HashSet<>(threads.stream().map(Thread::getName).toList());
      assertEquals(threads.size(), names.size());
      assertTrue(names.size() >= 2 * 3);
      assertTrue(pool.threads() == more.threads());
      assertTrue(threads.stream().allMatch(Thread::isDaemon));
      Path tasks = Path.of("/proc/self/task");
      Assumptions.assumeTrue(Files.isDirectory(tasks));
      Set<String> shown = new HashSet<>();
      try (var files = Files.newDirectoryStream(tasks)) {
        for (Path task : files) {
          shown.add(Files.readString(task.resolve("comm")).strip());
        }
      }
      assertTrue(shown.containsAll(names), names + " in " + shown);
    }
  }

  @Test
  void aFactorysNameIsKeptAndOursIsOfferedToIt() {
    Thread[] made = new Thread[2];
    String[] offered = new String[2];
    TeamOptions options =
        TeamOptions.of(2)
            .withThreadFactory(
                task -> {
                  offered[0] = task.toString();
                  made[0] = new Thread(task, "mine");
                  return made[0];
                });
    try (Team team = new Team(TeamKind.TRAINING, options)) {
      assertEquals("mine", made[0].getName());
      assertTrue(offered[0].matches("qg-train-\\d+-1"), offered[0]);
      assertTrue(!made[0].isDaemon(), "taken as it is");
      TeamTest.call(team, thread -> {});
      assertEquals("mine", made[0].getName());
    }
  }
}
