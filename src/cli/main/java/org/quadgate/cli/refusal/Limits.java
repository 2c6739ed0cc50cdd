// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.refusal;

/** Ranges of option values, checked before a command does any work. */
public final class Limits {
  private Limits() {}

  /**
   * Refuses a value below {@code least}.
   *
   * @return the value
   */
  public static int atLeast(String option, int value, int least) {
    if (value < least) {
      throw new BadInputException(option + ": expected " + least + " or more, found " + value);
    }
    return value;
  }

  /** Refuses what is not from 0 to below 1. */
  public static void fraction(String option, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new BadInputException(option + ": expected 0 to below 1, found " + value);
    }
  }
}
