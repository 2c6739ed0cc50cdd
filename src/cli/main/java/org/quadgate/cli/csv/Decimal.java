// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.csv;

/** Decimal numbers as CSV files hold them. */
public final class Decimal {
  private Decimal() {}

  /**
   * The nearest float; NaN for what is no decimal number. {@link Float#parseFloat} alone would take
   * Java's own forms too, such as {@code 1d} and {@code 0x1p3}.
   */
  public static float parse(String text) {
    String number = text.strip();
    for (int i = 0; i < number.length(); i++) {
      if ("0123456789+-.eE".indexOf(number.charAt(i)) < 0) {
        return Float.NaN;
      }
    }
    try {
      return Float.parseFloat(number);
    } catch (NumberFormatException e) {
      return Float.NaN;
    }
  }
}
