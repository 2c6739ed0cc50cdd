// SPDX-License-Identifier: Apache-2.0
package org.quadgate.chart;

import java.util.List;

/** Named values as horizontal bars, the name before and the value behind each. */
public final class Bars {
  private static final int WIDTH = 720;
  private static final int ROW = 20;
  private static final int NAMES = 190;
  private static final int VALUES = 80;

  private Bars() {}

  /**
   * Draws.
   *
   * @param names of the bars; those that are long are shortened
   * @param values not negative; shape [names]
   */
  public static String svg(String description, List<String> names, double[] values) {
    StringBuilder svg = new StringBuilder();
    Svg.open(svg, WIDTH, names.size() * ROW + 8, description);
    double most = Double.MIN_NORMAL;
    for (double value : values) {
      most = Math.max(most, value);
    }
    for (int i = 0; i < values.length; i++) {
      int y = 4 + i * ROW;
      String name = Markup.shorten(names.get(i), 28);
      Svg.text(svg, NAMES - 8, y + 14, "end", "tick", name);
      double width = (WIDTH - NAMES - VALUES) * values[i] / most;
      svg.append("<rect class=\"bar\" x=\"").append(NAMES).append("\" y=\"").append(y + 2);
      svg.append("\" width=\"").append(Markup.at(Math.max(width, 0.5))).append("\" height=\"");
      svg.append(ROW - 5).append("\"/>");
      Svg.text(svg, NAMES + width + 6, y + 14, "start", "tick", Scale.number(values[i]));
    }
    return svg.append("</svg>").toString();
  }
}
