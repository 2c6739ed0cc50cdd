// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.keras;

/** Names out of a file, for messages. */
final class Names {
  private static final int LONGEST = 120;

  private Names() {}

  static String quote(String text) {
    return '"' + (text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…") + '"';
  }
}
