// SPDX-License-Identifier: Apache-2.0
package org.quadgate.team;

import java.time.Duration;

/** What a team is for: what its threads and messages call it, and how it waits unless told. */
public enum TeamKind {
  /** Several cores for one step, which is over in microseconds. */
  CORES("core", "the cores are", Duration.ofSeconds(1)),
  /** Many streams or sequences, shared out. */
  POOL("pool", "the pool is", Duration.ofSeconds(1)),
  /** Minibatches, whose phases take so long that falling asleep costs little. */
  TRAINING("train", "the network is", Duration.ofNanos(50_000));

  /** In the names of its threads; short, since few characters of them are shown. */
  final String label;

  /** How a sentence about it begins. */
  final String subject;

  final Duration spin;

  TeamKind(String label, String subject, Duration spin) {
    this.label = label;
    this.subject = subject;
    this.spin = spin;
  }
}
