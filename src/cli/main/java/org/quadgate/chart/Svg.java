// SPDX-License-Identifier: Apache-2.0
package org.quadgate.chart;

import java.util.List;

/** The pieces that all charts are made of; colours come from the page's style. */
final class Svg {
  /** Different lines: classes s0 to s5. */
  static final int COLOURS = 6;

  private static final double CHARACTER = 6.6; // about a character's width at 12 pixels

  private Svg() {}

  static void open(StringBuilder svg, int width, int height, String description) {
    svg.append("<svg class=\"chart\" viewBox=\"0 0 ").append(width).append(' ').append(height);
    svg.append("\" role=\"img\" aria-label=\"").append(Markup.escape(description));
    svg.append("\">");
  }

  static void text(StringBuilder svg, double x, double y, String anchor, String type, String text) {
    svg.append("<text class=\"").append(type).append("\" x=\"").append(Markup.at(x));
    svg.append("\" y=\"").append(Markup.at(y)).append("\" text-anchor=\"").append(anchor);
    svg.append("\">").append(Markup.escape(text)).append("</text>");
  }

  static void upright(StringBuilder svg, double x, double y, String text) {
    svg.append("<text class=\"name\" text-anchor=\"middle\" transform=\"translate(");
    svg.append(Markup.at(x)).append(' ').append(Markup.at(y)).append(") rotate(-90)\">");
    svg.append(Markup.escape(text)).append("</text>");
  }

  /** Names beside pieces of their lines, in one row. */
  static void legend(StringBuilder svg, double from, double y, List<String> names) {
    double x = from;
    for (int i = 0; i < names.size() && names.size() > 1; i++) {
      String name = Markup.shorten(names.get(i), 60);
      svg.append("<path class=\"line s").append(i % COLOURS).append("\" d=\"M");
      svg.append(Markup.at(x)).append(' ').append(Markup.at(y - 4)).append("h18\"/>");
      text(svg, x + 24, y, "start", "key", name);
      x += 24 + name.length() * CHARACTER + 18;
    }
  }
}
