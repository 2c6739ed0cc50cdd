// SPDX-License-Identifier: Apache-2.0
package org.quadgate.chart;

/** Text that goes into a page: what comes from outside is escaped, numbers are short. */
public final class Markup {
  private Markup() {}

  /** Safe between tags and within quoted attributes, whatever it is. */
  public static String escape(String text) {
    StringBuilder safe = new StringBuilder(text.length() + 16);
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '<' -> safe.append("&lt;");
                case '>' -> safe.append("&gt;");
                case '&' -> safe.append("&amp;");
                case '"' -> safe.append("&quot;");
                case '\'' -> safe.append("&#39;");
                default -> safe.appendCodePoint(isShown(c) ? c : 0xFFFD);
              }
            });
    return safe.toString();
  }

  /** Neither a control character nor half of a surrogate pair. */
  private static boolean isShown(int c) {
    return c == '\n' || c == '\t' || (!Character.isISOControl(c) && !(c >= 0xD800 && c <= 0xDFFF));
  }

  /** At most so many characters, the rest left out with an ellipsis. */
  public static String shorten(String text, int most) {
    int length = text.codePointCount(0, text.length());
    return length <= most ? text : text.substring(0, text.offsetByCodePoints(0, most - 1)) + "…";
  }

  /** A coordinate, with two places. */
  static String at(double value) {
    long hundredths = Math.round(value * 100);
    String sign = hundredths < 0 ? "-" : "";
    long whole = Math.abs(hundredths) / 100;
    long rest = Math.abs(hundredths) % 100;
    if (rest == 0) {
      return sign + whole;
    }
    return sign + whole + (rest % 10 == 0 ? "." + rest / 10 : rest < 10 ? ".0" + rest : "." + rest);
  }
}
