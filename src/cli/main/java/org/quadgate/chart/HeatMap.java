// SPDX-License-Identifier: Apache-2.0
package org.quadgate.chart;

import java.util.Base64;

/** A matrix of values as coloured cells: time across, units down; an SVG around a small picture. */
public final class HeatMap {
  private static final int WIDTH = 720;
  private static final int LEFT = 64;
  private static final int RIGHT = 12;
  private static final int MOST_HEIGHT = 260;
  private static final int LEAST_HEIGHT = 60;
  private static final int LEGEND = 34;

  /** What the colours mean. */
  public enum Ramp {
    /** From dark blue over grey to yellow, for shares from 0 to 1: cividis. */
    SHARE(new int[] {0x00224E, 0x35456C, 0x666970, 0x948E77, 0xC8B866, 0xFEE838}),
    /** From blue over near white to orange, for values on both sides of 0. */
    SIGNED(new int[] {0x2166AC, 0x67A9CF, 0xF7F7F7, 0xF1A340, 0xB35806});

    @SuppressWarnings("ImmutableEnumChecker") // never written
    private final int[] stops;

    Ramp(int[] stops) {
      this.stops = stops;
    }

    /** The colour at a place from 0 to 1. */
    private int colour(double place) {
      double at = Math.clamp(place, 0, 1) * (stops.length - 1);
      int below = Math.min((int) at, stops.length - 2);
      double part = at - below;
      int mixed = 0;
      for (int shift = 16; shift >= 0; shift -= 8) {
        int a = stops[below] >> shift & 0xFF;
        int b = stops[below + 1] >> shift & 0xFF;
        mixed |= (int) Math.round(a + part * (b - a)) << shift;
      }
      return mixed;
    }

    private byte[] palette() {
      byte[] palette = new byte[256 * 3];
      for (int i = 0; i < 256; i++) {
        int colour = colour(i / 255.0);
        palette[3 * i] = (byte) (colour >> 16);
        palette[3 * i + 1] = (byte) (colour >> 8);
        palette[3 * i + 2] = (byte) colour;
      }
      return palette;
    }
  }

  private HeatMap() {}

  /**
   * Draws.
   *
   * @param values shape [units][times]
   * @param most of the colours' range; it begins at 0 or, for {@link Ramp#SIGNED}, at −most
   * @param across the range of the axis over time
   */
  public static String svg(
      String title, String xName, float[][] values, Ramp ramp, double most, Scale across) {
    int units = values.length;
    int times = values[0].length;
    byte[] pixels = new byte[units * times];
    double least = ramp == Ramp.SIGNED ? -most : 0;
    for (int u = 0; u < units; u++) {
      for (int t = 0; t < times; t++) {
        double place = (values[u][t] - least) / (most - least);
        pixels[u * times + t] = (byte) Math.round(255 * Math.clamp(place, 0, 1));
      }
    }
    int height = Math.clamp(units * 6L, LEAST_HEIGHT, MOST_HEIGHT);
    StringBuilder svg = new StringBuilder();
    Svg.open(svg, WIDTH, height + 24 + 44, title);
    Svg.text(svg, LEFT, 14, "start", "key", title);
    Frame frame = new Frame(LEFT, 24, WIDTH - LEFT - RIGHT, height);
    image(svg, frame, Png.indexed(times, units, pixels, ramp.palette()));
    for (double tick : across.ticks(8)) {
      double x = frame.x(across, tick);
      Svg.text(svg, x, frame.bottom() + 16, "middle", "tick", Scale.number(tick));
    }
    double middle = LEFT + frame.width() / 2.0;
    Svg.text(svg, middle, frame.bottom() + LEGEND, "middle", "name", xName);
    Svg.upright(svg, 14, frame.top() + height / 2.0, "unit");
    Svg.text(svg, LEFT - 6, frame.top() + 10, "end", "tick", "0");
    Svg.text(svg, LEFT - 6, frame.bottom(), "end", "tick", Integer.toString(units - 1));
    legend(svg, ramp, least, most);
    return svg.append("</svg>").toString();
  }

  private static void legend(StringBuilder svg, Ramp ramp, double least, double most) {
    byte[] pixels = new byte[64];
    for (int i = 0; i < 64; i++) {
      pixels[i] = (byte) (i * 255 / 63);
    }
    Frame frame = new Frame(WIDTH - RIGHT - 160, 6, 110, 10);
    image(svg, frame, Png.indexed(64, 1, pixels, ramp.palette()));
    Svg.text(svg, frame.left() - 5, 15, "end", "tick", Scale.number(least));
    Svg.text(svg, frame.right() + 5, 15, "start", "tick", Scale.number(most));
  }

  private static void image(StringBuilder svg, Frame frame, byte[] png) {
    svg.append("<image class=\"cells\" preserveAspectRatio=\"none\" x=\"").append(frame.left());
    svg.append("\" y=\"").append(frame.top()).append("\" width=\"").append(frame.width());
    svg.append("\" height=\"").append(frame.height()).append("\" href=\"data:image/png;base64,");
    svg.append(Base64.getEncoder().encodeToString(png)).append("\"/>");
  }
}
