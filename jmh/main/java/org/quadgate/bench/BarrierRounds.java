// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import org.quadgate.options.TeamOptions;
import org.quadgate.team.Team;
import org.quadgate.team.TeamKind;

/** The threads of several cores with nothing to compute: what is left is their meeting. */
final class BarrierRounds implements AutoCloseable {
  private final Team team;
  private final Team.Work meeting = this::meet;
  private int rounds;

  /** Starts threads that spin for a second, the calling one among them. */
  BarrierRounds(int cores) {
    team = new Team(TeamKind.CORES, TeamOptions.of(cores));
  }

  private void meet(int core) {
    for (int i = 1; i < rounds && team.meet(core); i++) {}
  }

  /** Lets all threads begin, meet so often, the last time as at a step's end, and be done. */
  void run(int rounds) {
    team.begin();
    try {
      this.rounds = rounds;
      team.run(meeting);
    } finally {
      team.end();
    }
  }

  @Override
  public void close() {
    team.close();
  }
}
