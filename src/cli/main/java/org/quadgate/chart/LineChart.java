// SPDX-License-Identifier: Apache-2.0
package org.quadgate.chart;

import java.util.ArrayList;
import java.util.List;

/** Lines over a common axis, each with its name at hand; an SVG of 720 by 260 or as told. */
public final class LineChart {
  /** Points drawn of a line at most: more than the screen has columns. */
  private static final int MOST_POINTS = 1500;

  private static final int LEFT = 64;
  private static final int RIGHT = 12;
  private static final int TOP = 30;
  private static final int BOTTOM = 44;
  private static final int WIDTH = 720;

  @SuppressWarnings("ArrayRecordComponent") // not compared
  private record Line(String name, double[] x, double[] y, boolean dashed) {}

  private record Mark(double x, String name) {}

  private final String xName;
  private final String yName;
  private final List<Line> lines = new ArrayList<>();
  private final List<Mark> marks = new ArrayList<>();
  private Scale xScale;
  private Scale yScale;
  private double[] tickPlaces; // null: round numbers
  private String[] tickWords;
  private int height = 260;

  /** Axis names with units where there are some. */
  public LineChart(String xName, String yName) {
    this.xName = xName;
    this.yName = yName;
  }

  /**
   * Adds a line; points that are not finite interrupt it.
   *
   * @param x ascending; shape [points]
   * @param y shape [points]
   */
  public LineChart line(String name, double[] x, double[] y) {
    lines.add(new Line(name, x, y, false));
    return this;
  }

  /** Adds a line that is not of the same kind as the others, such as the truth. */
  public LineChart dashed(String name, double[] x, double[] y) {
    lines.add(new Line(name, x, y, true));
    return this;
  }

  /** A vertical line with a name, where something happens. */
  public LineChart mark(double x, String name) {
    marks.add(new Mark(x, name));
    return this;
  }

  /** Instead of a scale from the smallest to the largest x. */
  public LineChart x(Scale scale) {
    xScale = scale;
    return this;
  }

  /** Instead of a scale from the smallest to the largest y. */
  public LineChart y(Scale scale) {
    yScale = scale;
    return this;
  }

  /**
   * Words at chosen places of x, instead of round numbers.
   *
   * @param places shape [ticks]
   * @param words shape [ticks]
   */
  public LineChart ticks(double[] places, String[] words) {
    tickPlaces = places.clone();
    tickWords = words.clone();
    return this;
  }

  /** In pixels of a screen 720 wide. */
  public LineChart height(int pixels) {
    height = pixels;
    return this;
  }

  /** The chart. */
  public String svg() {
    Scale across = xScale != null ? xScale : extent(true);
    Scale up = yScale != null ? yScale : extent(false);
    StringBuilder svg = new StringBuilder();
    Svg.open(svg, WIDTH, height, yName + " over " + xName);
    Frame frame = new Frame(LEFT, TOP, WIDTH - LEFT - RIGHT, height - TOP - BOTTOM);
    frame.grid(svg, up, xName, yName);
    if (tickPlaces == null) {
      for (double tick : across.ticks(8)) {
        frame.tick(svg, across, tick, Scale.number(tick));
      }
    }
    for (int i = 0; tickPlaces != null && i < tickPlaces.length; i++) {
      if (across.place(tickPlaces[i]) <= 1) {
        frame.tick(svg, across, tickPlaces[i], tickWords[i]);
      }
    }
    for (Mark mark : marks) {
      double x = frame.x(across, mark.x);
      svg.append("<path class=\"mark\" d=\"M").append(Markup.at(x)).append(' ');
      svg.append(frame.top()).append('V').append(frame.bottom()).append("\"/>");
      Svg.text(svg, x + 4, frame.top() + 12, "start", "small", mark.name);
    }
    for (int i = 0; i < lines.size(); i++) {
      Line line = lines.get(i);
      svg.append("<path class=\"line s").append(i % Svg.COLOURS);
      svg.append(line.dashed ? " dashed" : "").append("\" d=\"");
      path(svg, frame, across, up, line);
      svg.append("\"/>");
    }
    Svg.legend(svg, LEFT, 16, lines.stream().map(Line::name).toList());
    return svg.append("</svg>").toString();
  }

  private Scale extent(boolean ofX) {
    double least = Double.POSITIVE_INFINITY;
    double most = Double.NEGATIVE_INFINITY;
    for (Line line : lines) {
      for (double value : ofX ? line.x : line.y) {
        if (Double.isFinite(value)) {
          least = Math.min(least, value);
          most = Math.max(most, value);
        }
      }
    }
    return Scale.linear(least, most);
  }

  /** Of long lines the lowest and the highest point of each stretch, so that no peak is lost. */
  private static void path(StringBuilder svg, Frame frame, Scale across, Scale up, Line line) {
    int points = line.x.length;
    int stretch = Math.max(1, (int) Math.ceil(points / (MOST_POINTS / 2.0)));
    boolean pen = false;
    for (int from = 0; from < points; from += stretch) {
      int to = Math.min(points, from + stretch);
      int low = from;
      int high = from;
      for (int i = from; i < to; i++) {
        low = line.y[i] < line.y[low] ? i : low;
        high = line.y[i] > line.y[high] ? i : high;
      }
      pen = point(svg, frame, across, up, line, Math.min(low, high), pen);
      if (low != high) {
        pen = point(svg, frame, across, up, line, Math.max(low, high), pen);
      }
    }
  }

  private static boolean point(
      StringBuilder svg, Frame frame, Scale across, Scale up, Line line, int i, boolean pen) {
    if (!Double.isFinite(line.y[i])) {
      return false;
    }
    svg.append(pen ? 'L' : 'M').append(Markup.at(frame.x(across, line.x[i]))).append(' ');
    svg.append(Markup.at(frame.y(up, line.y[i])));
    return true;
  }
}
