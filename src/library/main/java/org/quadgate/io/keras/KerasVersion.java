// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.keras;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The version of Keras that wrote a file, on which the meaning of a few things depends. {@code
 * tf_keras} goes on counting as Keras 2.
 *
 * @param major 2 or 3; 0 where the file does not say
 * @param minor the number behind it
 */
record KerasVersion(int major, int minor) {
  static final KerasVersion UNKNOWN = new KerasVersion(0, 0);
  private static final Pattern FORM =
      Pattern.compile("([0-9]{1,4})\\.([0-9]{1,4})(\\..*|[^0-9].*|)");

  /** Of a text such as {@code 2.15.0}, {@code 2.4.3-tf} or {@code 3.3.3}; unknown for any other. */
  static KerasVersion of(String text) {
    Matcher matcher = FORM.matcher(text == null ? "" : text);
    return matcher.matches()
        ? new KerasVersion(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)))
        : UNKNOWN;
  }

  boolean isKnown() {
    return major > 0;
  }

  boolean isKeras2() {
    return isKnown() && major < 3;
  }

  /**
   * Whether a recurrent layer hands its mask on to the next: up to 3.15 it does, and in the sources
   * of 3.16 it has {@code supports_masking = False}.
   */
  boolean passesMasksOn() {
    return major < 3 || (major == 3 && minor < 16);
  }

  /** Whether a layer with weights takes two numbers, because saving met it twice. */
  boolean countsLayersTwice() {
    return major == 2 && minor < 14;
  }
}
