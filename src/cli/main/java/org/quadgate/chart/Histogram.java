// SPDX-License-Identifier: Apache-2.0
package org.quadgate.chart;

/** How often values fall into equal parts of a range, as bars; an SVG of 220 by 130. */
public final class Histogram {
  private static final int WIDTH = 220;
  private static final int HEIGHT = 130;

  private Histogram() {}

  /**
   * Draws.
   *
   * @param title above the bars
   * @param shares of all values, from 0 to 1; shape [parts]
   * @param from where the first part begins
   * @param to where the last part ends
   */
  public static String svg(String title, double[] shares, double from, double to) {
    StringBuilder svg = new StringBuilder();
    Svg.open(svg, WIDTH, HEIGHT, title);
    Svg.text(svg, 8, 14, "start", "key", title);
    Frame frame = new Frame(8, 22, WIDTH - 16, HEIGHT - 44);
    double most = 0;
    for (double share : shares) {
      most = Math.max(most, share);
    }
    double width = (double) frame.width() / shares.length;
    for (int i = 0; i < shares.length; i++) {
      double height = most == 0 ? 0 : frame.height() * shares[i] / most;
      svg.append("<rect class=\"bar\" x=\"").append(Markup.at(frame.left() + i * width + 0.5));
      svg.append("\" y=\"").append(Markup.at(frame.bottom() - height)).append("\" width=\"");
      svg.append(Markup.at(Math.max(0.5, width - 1))).append("\" height=\"");
      svg.append(Markup.at(height)).append("\"/>");
    }
    svg.append("<path class=\"axis\" d=\"M").append(frame.left()).append(' ');
    svg.append(frame.bottom()).append('H').append(frame.right()).append("\"/>");
    Svg.text(svg, frame.left(), HEIGHT - 6, "start", "tick", Scale.number(from));
    double middle = frame.left() + frame.width() / 2.0;
    Svg.text(svg, middle, HEIGHT - 6, "middle", "tick", Scale.number((from + to) / 2));
    Svg.text(svg, frame.right(), HEIGHT - 6, "end", "tick", Scale.number(to));
    return svg.append("</svg>").toString();
  }
}
