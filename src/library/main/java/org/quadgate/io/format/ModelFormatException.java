// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.format;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A model file that is damaged, contradicts itself or holds what Quadgate does not understand. The
 * message is one line: the file, the place in it (a tensor, a metadata key or an offset) and what
 * was expected there. Names out of the file are escaped and shortened in it, for a hostile file
 * would otherwise write into the reader's log.
 */
public final class ModelFormatException extends IOException {
  private static final long serialVersionUID = 1;
  private static final int LONGEST_NAME = 120;

  /**
   * Says what is wrong.
   *
   * @param file the file as the caller named it
   * @param place where in the file, such as {@code tensor "fc.weight"} or {@code header}
   * @param problem what is there and what was expected
   */
  public ModelFormatException(Path file, String place, String problem) {
    super(oneLine(file + ": " + place + ": " + problem));
  }

  /** Says what is wrong and what failed underneath. */
  public ModelFormatException(Path file, String place, String problem, Throwable cause) {
    super(oneLine(file + ": " + place + ": " + problem), cause);
  }

  /** A tensor as a place: {@code tensor "name"}. */
  public static String tensor(String name) {
    return "tensor " + quote(name);
  }

  /** A metadata key as a place: {@code metadata "key"}. */
  public static String metadata(String key) {
    return "metadata " + quote(key);
  }

  /** A string out of a file, in quotes and not longer than a line bears. */
  public static String quote(String text) {
    return '"' + shorten(text) + '"';
  }

  /** A string out of a file, not longer than a line bears. */
  public static String shorten(String text) {
    return text.length() <= LONGEST_NAME ? text : text.substring(0, LONGEST_NAME) + "…";
  }

  private static String oneLine(String text) {
    StringBuilder line = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      int type = Character.getType(c);
      if (Character.isISOControl(c)
          || type == Character.LINE_SEPARATOR
          || type == Character.PARAGRAPH_SEPARATOR
          || type == Character.FORMAT) {
        line.append(String.format("\\u%04x", (int) c));
      } else {
        line.append(c);
      }
    }
    return line.toString();
  }
}
