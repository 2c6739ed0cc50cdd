// SPDX-License-Identifier: Apache-2.0
package org.quadgate.chart;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** From values to places along an axis, with round ticks. */
public final class Scale {
  private final double from;
  private final double to;
  private final boolean logarithmic;
  private final double leastStep;

  private Scale(double from, double to, boolean logarithmic, double leastStep) {
    this.from = from;
    this.to = to;
    this.logarithmic = logarithmic;
    this.leastStep = leastStep;
  }

  /** Even steps; a range of nothing is widened. */
  public static Scale linear(double from, double to) {
    if (!(Double.isFinite(from) && Double.isFinite(to))) {
      return new Scale(0, 1, false, 0);
    }
    double margin = to > from ? 0 : Math.max(Math.abs(from) * 0.1, 0.5);
    return new Scale(from - margin, to + margin, false, 0);
  }

  /** Even steps with ticks at whole numbers, of things that are counted. */
  public static Scale whole(long from, long to) {
    return new Scale(from, to > from ? to : from + 1.0, false, 1);
  }

  /** Even factors; values are above 0. */
  public static Scale logarithmic(double from, double to) {
    if (!(from > 0 && to >= from && Double.isFinite(to))) {
      return new Scale(1, 10, true, 0);
    }
    return to > from ? new Scale(from, to, true, 0) : new Scale(from / 2, to * 2, true, 0);
  }

  /** 0 at the axis' beginning, 1 at its end. */
  double place(double value) {
    if (logarithmic) {
      return Math.log(Math.max(value, Double.MIN_NORMAL) / from) / Math.log(to / from);
    }
    return (value - from) / (to - from);
  }

  /** About so many round values within. */
  List<Double> ticks(int about) {
    if (logarithmic) {
      List<Double> powers = powers(about);
      if (powers.size() >= 2) {
        return powers;
      } // within less than a decade, even steps say more
    }
    return steps(about);
  }

  private List<Double> steps(int about) {
    double rough = (to - from) / about;
    double power = Math.pow(10, Math.floor(Math.log10(rough)));
    double step = power;
    for (double factor : new double[] {2, 5, 10}) {
      if (step < rough) {
        step = factor * power;
      }
    }
    step = Math.max(step, leastStep);
    List<Double> ticks = new ArrayList<>();
    double slack = step * 1e-9;
    for (double i = Math.ceil((from - slack) / step); i * step <= to + slack; i++) {
      ticks.add(i * step);
    }
    return ticks;
  }

  private List<Double> powers(int about) {
    double decades = Math.log10(to / from);
    double[] factors = decades > about / 2.0 ? new double[] {1} : new double[] {1, 2, 5};
    int stride = Math.max(1, (int) Math.ceil(decades / about));
    List<Double> ticks = new ArrayList<>();
    for (int e = (int) Math.floor(Math.log10(from)); e <= Math.ceil(Math.log10(to)); e += stride) {
      for (double factor : factors) {
        double tick = factor * Math.pow(10, e);
        if (tick >= from * (1 - 1e-9) && tick <= to * (1 + 1e-9)) {
          ticks.add(tick);
        }
      }
    }
    return ticks;
  }

  /** As a reader would write it. */
  public static String number(double value) {
    double size = Math.abs(value);
    if (size < 1e-12) {
      return "0";
    }
    if (size >= 1e6 || size < 1e-3) {
      String text = String.format(Locale.ROOT, "%.1e", value);
      return text.replace(".0e", "e").replace("e+0", "e").replace("e-0", "e-").replace("e+", "e");
    }
    int places = (int) Math.max(0, Math.min(6, 3 - Math.floor(Math.log10(size))));
    String text = String.format(Locale.ROOT, "%." + places + "f", value);
    return text.contains(".") ? text.replaceAll("0+$", "").replaceAll("\\.$", "") : text;
  }
}
