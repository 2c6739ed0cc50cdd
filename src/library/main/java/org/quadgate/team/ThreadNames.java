// SPDX-License-Identifier: Apache-2.0
package org.quadgate.team;

import java.util.concurrent.atomic.AtomicLong;

/** Names of which no two are the same, as far as an operating system shows them. */
final class ThreadNames {
  /** Linux keeps so many characters of a thread's name. */
  static final int SHOWN = 15;

  private static final AtomicLong TEAMS = new AtomicLong();
  private static final AtomicLong RENUMBERED = new AtomicLong();

  private ThreadNames() {}

  /** A number for a team that no other one has. */
  static long nextTeam() {
    return TEAMS.incrementAndGet();
  }

  /** The name of one of a team's threads; to be asked for once. */
  static String of(String label, long team, int thread) {
    String name = "qg-" + label + "-" + team + "-" + thread;
    return name.length() <= SHOWN
        ? name
        : "qg-" + label + "-" + Long.toString(RENUMBERED.incrementAndGet(), Character.MAX_RADIX);
  }
}
