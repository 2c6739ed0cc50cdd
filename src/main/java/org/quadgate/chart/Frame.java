// SPDX-License-Identifier: Apache-2.0
package org.quadgate.chart;

import java.util.List;

/** The rectangle of a chart within its axes, in pixels. */
record Frame(int left, int top, int width, int height) {
  int bottom() {
    return top + height;
  }

  int right() {
    return left + width;
  }

  double x(Scale scale, double value) {
    return left + width * Math.clamp(scale.place(value), -0.01, 1.01);
  }

  double y(Scale scale, double value) {
    return bottom() - height * Math.clamp(scale.place(value), -0.01, 1.01);
  }

  /**
   * Grid, ticks and names.
   *
   * @param words below 0, 1, 2 … instead of numbers, or null
   */
  void grid(
      StringBuilder svg, Scale across, Scale up, String xName, String yName, List<String> words) {
    for (double tick : up.ticks(5)) {
      double y = y(up, tick);
      svg.append("<path class=\"grid\" d=\"M").append(left).append(' ').append(Markup.at(y));
      svg.append('H').append(right()).append("\"/>");
      Svg.text(svg, left - 6, y + 4, "end", "tick", Scale.number(tick));
    }
    if (words == null) {
      for (double tick : across.ticks(8)) {
        Svg.text(svg, x(across, tick), bottom() + 16, "middle", "tick", Scale.number(tick));
      }
    } else {
      for (int i = 0; i < words.size(); i++) {
        Svg.slanted(svg, x(across, i), bottom() + 12, Markup.shorten(words.get(i), 14));
      }
    }
    int below = words == null ? 34 : 74;
    Svg.text(svg, left + width / 2.0, bottom() + below, "middle", "name", xName);
    Svg.upright(svg, 14, top + height / 2.0, yName);
    svg.append("<path class=\"axis\" d=\"M").append(left).append(' ').append(top).append('V');
    svg.append(bottom()).append('H').append(right()).append("\"/>");
  }
}
