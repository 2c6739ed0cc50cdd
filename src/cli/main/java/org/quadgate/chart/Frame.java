// SPDX-License-Identifier: Apache-2.0
package org.quadgate.chart;

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

  /** Grid, ticks of y, and names. */
  void grid(StringBuilder svg, Scale up, String xName, String yName) {
    for (double tick : up.ticks(5)) {
      double y = y(up, tick);
      svg.append("<path class=\"grid\" d=\"M").append(left).append(' ').append(Markup.at(y));
      svg.append('H').append(right()).append("\"/>");
      Svg.text(svg, left - 6, y + 4, "end", "tick", Scale.number(tick));
    }
    Svg.text(svg, left + width / 2.0, bottom() + 34, "middle", "name", xName);
    Svg.upright(svg, 14, top + height / 2.0, yName);
    svg.append("<path class=\"axis\" d=\"M").append(left).append(' ').append(top).append('V');
    svg.append(bottom()).append('H').append(right()).append("\"/>");
  }

  /** A tick of x. */
  void tick(StringBuilder svg, Scale across, double value, String text) {
    Svg.text(svg, x(across, value), bottom() + 16, "middle", "tick", text);
  }
}
