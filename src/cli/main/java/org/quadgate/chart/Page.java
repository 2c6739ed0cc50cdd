// SPDX-License-Identifier: Apache-2.0
package org.quadgate.chart;

import java.util.List;

/** A self-contained page of headings, words, tables and charts. Nothing in it is fetched or run. */
public final class Page {
  private static final String STYLE =
      """
      :root{--bg:#fff;--fg:#1b1f24;--soft:#57606a;--rule:#d0d7de;--card:#f6f8fa;
      --c0:#0072b2;--c1:#d55e00;--c2:#009e73;--c3:#a8578a;--c4:#8a6d00;--c5:#2f8fc4}
      @media(prefers-color-scheme:dark){:root{--bg:#0f1318;--fg:#e6e9ed;--soft:#9aa5b1;--rule:#343d47;
      --card:#171c23;--c0:#56b4e9;--c1:#f0883e;--c2:#2fc79a;--c3:#e39cc4;--c4:#e6c449;--c5:#9ecbff}}
      @media print{:root{--bg:#fff;--fg:#000;--soft:#444;--rule:#bbb;--card:#fff;--c0:#0072b2;
      --c1:#d55e00;--c2:#009e73;--c3:#a8578a;--c4:#8a6d00;--c5:#2f8fc4}section{break-inside:avoid}}
      *{box-sizing:border-box}
      body{margin:0;background:var(--bg);color:var(--fg);font:16px/1.5 system-ui,sans-serif}
      main{max-width:820px;margin:0 auto;padding:24px 16px 64px}
      h1{font-size:28px;line-height:1.2;margin:8px 0;overflow-wrap:anywhere}h2{font-size:20px;margin:36px 0 8px}
      h3{font-size:16px;margin:20px 0 4px}p{margin:8px 0}.soft{color:var(--soft)}
      .chart{display:block;width:100%;height:auto;margin:8px 0}
      .grid{stroke:var(--rule);stroke-width:1;fill:none}.axis{stroke:var(--soft);fill:none}
      .mark{stroke:var(--soft);stroke-dasharray:3 3;fill:none}
      .line{fill:none;stroke-width:1.8;stroke-linejoin:round}.dashed{stroke-dasharray:6 4}
      .s0{stroke:var(--c0)}.s1{stroke:var(--c1)}.s2{stroke:var(--c2)}.s3{stroke:var(--c3)}
      .s4{stroke:var(--c4)}.s5{stroke:var(--c5)}.bar{fill:var(--c0)}
      .cells{image-rendering:pixelated}.box{fill:var(--card);stroke:var(--soft)}
      .scroll{overflow-x:auto}.scroll .chart{min-width:560px}
      text{fill:var(--fg);font:12px system-ui,sans-serif}.tick,.small{fill:var(--soft);font-size:11px}
      .name{fill:var(--soft)}
      .row{display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));gap:8px}
      .wide{overflow-x:auto}table{border-collapse:collapse;margin:8px 0;font-size:14px}
      th,td{padding:4px 12px 4px 0;text-align:right;border-bottom:1px solid var(--rule)}
      th:first-child,td:first-child{text-align:left}th{font-weight:600;color:var(--soft)}
      .facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(130px,1fr));gap:8px;margin:16px 0}
      .fact{background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:10px 12px}
      .fact b{display:block;font-size:20px}.fact span{color:var(--soft);font-size:13px}
      .advice{border-left:4px solid var(--c1);padding:2px 12px;margin:12px 0;background:var(--card)}
      code{font:13px ui-monospace,monospace;background:var(--card);padding:1px 4px;border-radius:4px;
      overflow-wrap:anywhere}
      """;

  private final StringBuilder html = new StringBuilder();
  private boolean inSection;

  /** Begins a page. */
  public Page(String title) {
    html.append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n");
    html.append("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n");
    // no script runs and nothing is fetched, even if something got past the escaping
    html.append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';");
    html.append(" style-src 'unsafe-inline'; img-src data:\">\n<title>");
    html.append(Markup.escape(title)).append("</title>\n<link rel=\"icon\" href=\"data:,\">\n");
    html.append("<style>\n").append(STYLE).append("</style></head>\n<body><main>\n<h1>");
    html.append(Markup.escape(title)).append("</h1>\n");
  }

  /** Begins a section. */
  public Page section(String heading) {
    endSection();
    html.append("<section><h2>").append(Markup.escape(heading)).append("</h2>\n");
    inSection = true;
    return this;
  }

  /** A heading within a section. */
  public Page heading(String heading) {
    html.append("<h3>").append(Markup.escape(heading)).append("</h3>\n");
    return this;
  }

  /** A paragraph. */
  public Page words(String text) {
    return paragraph("", text);
  }

  /** A paragraph of lesser weight: how something was measured. */
  public Page note(String text) {
    return paragraph(" class=\"soft\"", text);
  }

  /** A paragraph that asks for something to be done. */
  public Page advice(String text) {
    return paragraph(" class=\"advice\"", text);
  }

  /** A command line. */
  public Page command(String text) {
    html.append("<p><code>").append(Markup.escape(text)).append("</code></p>\n");
    return this;
  }

  private Page paragraph(String attributes, String text) {
    html.append("<p").append(attributes).append('>').append(Markup.escape(text)).append("</p>\n");
    return this;
  }

  /** Figures side by side, each with what it is: number, name, number, name … */
  public Page facts(String... numbersAndNames) {
    html.append("<div class=\"facts\">");
    for (int i = 0; i + 1 < numbersAndNames.length; i += 2) {
      html.append("<div class=\"fact\"><b>").append(Markup.escape(numbersAndNames[i]));
      html.append("</b><span>").append(Markup.escape(numbersAndNames[i + 1]));
      html.append("</span></div>");
    }
    html.append("</div>\n");
    return this;
  }

  /** A chart over the whole width. */
  public Page chart(String svg) {
    // on a phone a wide chart is moved about rather than made too small to read
    html.append("<div class=\"scroll\">").append(svg).append("</div>\n");
    return this;
  }

  /** Small charts side by side. */
  public Page charts(List<String> svgs) {
    html.append("<div class=\"row\">");
    svgs.forEach(html::append);
    html.append("</div>\n");
    return this;
  }

  /** A table, its first row the head. */
  public Page table(List<List<String>> rows) {
    html.append("<div class=\"wide\"><table>");
    for (int i = 0; i < rows.size(); i++) {
      html.append("<tr>");
      String cell = i == 0 ? "th" : "td";
      for (String text : rows.get(i)) {
        html.append('<').append(cell).append('>').append(Markup.escape(text));
        html.append("</").append(cell).append('>');
      }
      html.append("</tr>\n");
    }
    html.append("</table></div>\n");
    return this;
  }

  private void endSection() {
    if (inSection) {
      html.append("</section>\n");
      inSection = false;
    }
  }

  /** The page. */
  public String html() {
    endSection();
    return html + "</main></body></html>\n";
  }
}
