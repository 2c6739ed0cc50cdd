// SPDX-License-Identifier: Apache-2.0
package org.quadgate.chart;

import java.util.List;

/** A network as boxes from left to right, recurrent ones with a loop. */
public final class Diagram {
  private static final int WIDTH = 720;
  private static final int HEIGHT = 84;
  private static final int GAP = 26;
  private static final int MOST = 7;

  private Diagram() {}

  /**
   * Draws.
   *
   * @param boxes what stands in them; of many the middle ones are left out
   * @param loops which of them feed themselves
   */
  public static String svg(List<String> boxes, List<Boolean> loops) {
    StringBuilder svg = new StringBuilder();
    Svg.open(svg, WIDTH, HEIGHT, "the network: " + String.join(", ", boxes));
    int shown = Math.min(boxes.size(), MOST);
    double width = Math.min(130, (WIDTH - 8.0 - GAP * (shown - 1)) / shown);
    for (int i = 0; i < shown; i++) {
      // of many, the first ones and the last three
      boolean gap = boxes.size() > MOST && i == MOST - 4;
      int box = boxes.size() > MOST && i > MOST - 4 ? boxes.size() - shown + i : i;
      double x = 4 + i * (width + GAP);
      if (i > 0) {
        svg.append("<path class=\"axis\" d=\"M").append(Markup.at(x - GAP + 2)).append(" 56h");
        svg.append(GAP - 6).append("m-6 -4l6 4l-6 4\"/>");
      }
      if (loops.get(box) && !gap) {
        double middle = x + width / 2;
        svg.append("<path class=\"axis\" d=\"M").append(Markup.at(middle + 16));
        svg.append(" 36c10 -34 -42 -34 -32 -4m-5 -3l5 5l4 -6\"/>");
      }
      svg.append("<rect class=\"box\" x=\"").append(Markup.at(x)).append("\" y=\"36\" width=\"");
      svg.append(Markup.at(width)).append("\" height=\"40\" rx=\"6\"/>");
      Svg.text(
          svg, x + width / 2, 60, "middle", "key", gap ? "…" : Markup.shorten(boxes.get(box), 16));
    }
    return svg.append("</svg>").toString();
  }
}
