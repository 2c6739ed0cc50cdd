// SPDX-License-Identifier: Apache-2.0
package org.quadgate.chart;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.InflaterInputStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;

/** Scales, charts and pages are well-formed and say what they were given. */
@Tag("once")
class ChartTest {
  @Test
  void ticksAreRoundAndWithin() {
    assertEquals(List.of(0.0, 0.2, 0.4, 0.6, 0.8, 1.0), rounded(Scale.linear(0, 1).ticks(5)));
    assertEquals(List.of(-20.0, 0.0, 20.0, 40.0), rounded(Scale.linear(-21, 42).ticks(4)));
    assertEquals(List.of(1.0, 10.0, 100.0, 1000.0), rounded(Scale.logarithmic(1, 1000).ticks(5)));
    assertEquals(List.of(2.0, 5.0), rounded(Scale.logarithmic(1.5, 6).ticks(5)).subList(0, 2));
    assertTrue(Scale.logarithmic(2.4, 3.4).ticks(5).size() >= 2);
    assertTrue(Scale.linear(3, 3).ticks(5).size() >= 2, "no range at all");
    assertTrue(Scale.linear(Double.NaN, 3).ticks(5).size() >= 2);
    assertEquals(0.5, Scale.logarithmic(1, 100).place(10), 1e-12);
    assertEquals(0.25, Scale.linear(0, 4).place(1), 1e-12);
  }

  private static List<Double> rounded(List<Double> ticks) {
    return ticks.stream().map(t -> Math.round(t * 1e9) / 1e9 + 0.0).toList();
  }

  @Test
  void numbersAreShort() {
    assertEquals("0", Scale.number(0));
    assertEquals("0.5", Scale.number(0.5));
    assertEquals("1200", Scale.number(1200));
    assertEquals("-3.25", Scale.number(-3.25));
    assertEquals("2e6", Scale.number(2e6));
    assertEquals("1.5e-5", Scale.number(1.5e-5));
    assertEquals("12", Markup.at(12.001));
    assertEquals("-0.05", Markup.at(-0.05));
    assertEquals("3.1", Markup.at(3.1));
  }

  private static Document parsed(String xml) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(xml.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
  }

  @Test
  void whatComesFromOutsideIsEscaped() throws Exception {
    String evil = "<script>alert('1')</script> & \"quoted\" \u0007\uD800";
    double[] two = {0, 1};
    for (String svg :
        List.of(
            new LineChart(evil, evil).line(evil, two, two).line("b", two, two).svg(),
            new LineChart("x", "y").line("a", two, two).mark(0.5, evil).svg(),
            new LineChart("x", "y").line("a", two, two).ticks(two, new String[] {evil, evil}).svg(),
            Bars.svg(evil, List.of(evil, evil), two),
            Histogram.svg(evil, two, 0, 1),
            HeatMap.svg(
                evil, evil, new float[][] {{0, 1}}, HeatMap.Ramp.SHARE, 1, Scale.linear(0, 1)))) {
      assertFalse(svg.contains("<script"), svg);
      parsed(svg); // well-formed
    }
    String html =
        new Page(evil)
            .section(evil)
            .heading(evil)
            .words(evil)
            .note(evil)
            .advice(evil)
            .command(evil)
            .facts(evil, evil)
            .table(List.of(List.of(evil), List.of(evil)))
            .html();
    assertFalse(html.contains("<script"), html);
    assertTrue(html.contains("&lt;script&gt;"));
    assertTrue(html.contains("default-src 'none'"));
  }

  @Test
  void peaksOfLongLinesAreNotLostAndGapsStayGaps() {
    double[] x = new double[100_000];
    double[] y = new double[x.length];
    Arrays.setAll(x, i -> i);
    y[54_321] = 1;
    String svg = new LineChart("x", "y").line("a", x, y).svg();
    assertTrue(svg.length() < 60_000, "length " + svg.length());
    assertTrue(svg.matches("(?s).*L[0-9.]+ 30L.*"), "the peak reaches the top");
    double[] holes = {1, Double.NaN, 1, 1};
    String broken = new LineChart("x", "y").line("a", new double[] {0, 1, 2, 3}, holes).svg();
    String path = broken.substring(broken.indexOf("class=\"line"));
    assertEquals(2, path.chars().filter(c -> c == 'M').count(), path);
  }

  @Test
  void picturesArePng() throws IOException {
    byte[] pixels = {0, 1, 2, 3, 4, (byte) 255};
    ByteBuffer png = ByteBuffer.wrap(Png.indexed(3, 2, pixels, new byte[768]));
    assertEquals(0x89504E470D0A1A0AL, png.getLong());
    byte[] unpacked = null;
    while (png.hasRemaining()) {
      byte[] data = new byte[png.getInt()];
      byte[] type = new byte[4];
      png.get(type).get(data);
      CRC32 sum = new CRC32();
      sum.update(type);
      sum.update(data);
      assertEquals((int) sum.getValue(), png.getInt());
      if (new String(type, java.nio.charset.StandardCharsets.US_ASCII).equals("IDAT")) {
        unpacked = new InflaterInputStream(new ByteArrayInputStream(data)).readAllBytes();
      }
    }
    assertArrayEquals(new byte[] {0, 0, 1, 2, 0, 3, 4, (byte) 255}, unpacked);
  }
}
