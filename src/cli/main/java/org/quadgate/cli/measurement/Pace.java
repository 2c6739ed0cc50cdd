// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.measurement;

import java.util.Locale;

/** When the steps of a latency measurement start. */
public sealed interface Pace {

  /**
   * Step k is due at k/rate, whether or not the one before is done. Latency counts from when a step
   * was due, so a stall counts in every step that it delays.
   */
  record Open(double perSecond) implements Pace {
    @Override
    public String describe() {
      return String.format(
              Locale.ROOT,
              "open loop, %,.6g steps a second, timed from when each was due",
              perSecond)
          .replaceAll("\\.0+ ", " ");
    }
  }

  /** Back to back: a step starts when the one before is done, and a stall counts once. */
  record Closed() implements Pace {
    @Override
    public String describe() {
      return "closed loop, steps back to back";
    }
  }

  /** For a report. */
  String describe();
}
