// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.keras;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The Keras that wrote a file; a few things have changed their meaning. {@code tf_keras} counts on
 * as Keras 2.
 *
 * @param major 2 or 3; 0 where the file does not say
 * @param minor the number behind it
 */
record KerasVersion(int major, int minor) {
  static final KerasVersion UNKNOWN = new KerasVersion(0, 0);
  private static final Pattern FORM =
      Pattern.compile("([0-9]{1,4})\\.([0-9]{1,4})(\\..*|[^0-9].*|)");

  /** Of a text such as {@code 2.15.0}, {@code 2.4.3-tf} or {@code 3.3.3}; null for unknown. */
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
   * Whether a recurrent layer hands a mask on to the layer after it: so it was up to 3.15, and
   * Keras's sources of 3.16 say {@code supports_masking = False}.
   */
  boolean passesMasksOn() {
    return major < 3 || (major == 3 && minor < 16);
  }

  /** Whether layers with weights took two numbers, for they stood twice in what was saved. */
  boolean countsLayersTwice() {
    return major == 2 && minor < 14;
  }
}
