// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quadgate.cli.Cli;
import org.quadgate.cli.Networks;
import org.quadgate.io.ModelFiles;
import org.quadgate.network.Architecture;
import org.quadgate.network.CellType;
import org.quadgate.network.Network;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** {@code inspect} from a model and a file to words, a page and JSON, and what it refuses. */
@Tag("once")
class InspectCommandTest {
  @TempDir private Path dir;

  private Path model() throws IOException {
    return Networks.save(Networks.named().toNetwork(), dir.resolve("m.safetensors"));
  }

  private Path rows(int count) throws IOException {
    Random random = new Random(1);
    StringBuilder csv = new StringBuilder("a,b,key,c,p\n");
    for (int i = 0; i < count; i++) {
      csv.append((float) random.nextGaussian()).append(',').append((float) random.nextGaussian());
      csv.append(i % 3 == 0 ? ",\"<script>alert(1)</script>, \"\"q\"\"\"," : ",k" + i % 3 + ",");
      csv.append((float) random.nextGaussian()).append(",1\n");
    }
    return Files.writeString(dir.resolve("rows.csv"), csv);
  }

  private Cli inspect(Path model, Path data, Object... more) {
    Object[] words = new Object[5 + more.length];
    System.arraycopy(new Object[] {"inspect", "--model", model, "--data", data}, 0, words, 0, 5);
    System.arraycopy(more, 0, words, 5, more.length);
    return Cli.run(words);
  }

  @Test
  void saysWhatTheGatesDid() throws IOException {
    Path page = dir.resolve("page.html");
    Path json = dir.resolve("figures.json");
    Cli cli =
        inspect(
            model(),
            rows(900),
            "--group",
            "key",
            "--target",
            "p",
            "--horizon",
            "1",
            "--out",
            page,
            "--json",
            json);
    assertEquals(0, cli.status(), cli.err());
    assertTrue(cli.out().contains("900 of 3 stream(s)"), cli.out());
    assertTrue(cli.out().contains("forget "), cli.out());
    assertTrue(cli.out().contains("* Over the first 900 rows the outputs change by"), cli.out());
    String html = Files.readString(page);
    assertTrue(html.contains("truth: p") && html.contains("forget gate f"));
    assertFalse(html.contains("<script"), "a page without scripts");
    assertFalse(html.matches("(?s).*(src|href)=\"(?!data:).*"), "a page that fetches nothing");
    String figures = Files.readString(json);
    assertTrue(figures.contains("\"rows\":900,\"streams\":3"), figures);
    try (var parser =
        JsonFactory.builder().build().createParser(ObjectReadContext.empty(), figures)) {
      int depth = 0;
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
      }
      assertEquals(0, depth, "JSON from end to end");
    }
  }

  @Test
  void badInput() throws IOException {
    Path model = model();
    Path data = rows(30);
    inspect(dir.resolve("none.safetensors"), data).assertRefusedWith("none.safetensors");
    inspect(model, dir.resolve("none.csv")).assertRefusedWith("none.csv", "no such file");
    inspect(model, data, "--target", "z").assertRefusedWith("rows.csv", "\"z\"");
    inspect(model, data, "--features", "a,b").assertRefusedWith("--features", "found 2");
    inspect(model, data, "--horizon", "2").assertRefusedWith("--horizon: needs --target");
    inspect(model, data, "--horizon", "-1", "--target", "p").assertRefusedWith("--horizon");
    inspect(model, data, "--out", dir).assertRefusedWith(dir + ": is a folder");
    inspect(model, data, "--out", dir.resolve("no/page.html"))
        .assertRefusedWith("cannot be written");
    Path empty = Files.writeString(dir.resolve("empty.csv"), "a,b,c\n");
    inspect(model, empty).assertRefusedWith("two rows or more below the header, found 0");
    Path one = Files.writeString(dir.resolve("one.csv"), "a,b,c\n1,2,3\n");
    inspect(model, one).assertRefusedWith("two rows or more below the header, found 1");
    Path nan = Files.writeString(dir.resolve("nan.csv"), "a,b,c\n1,2,3\n1,NaN,3\n");
    inspect(model, nan).assertRefusedWith("nan.csv: line 3", "b", "NaN");
    Path other = Files.writeString(dir.resolve("other.csv"), "x,y\n1,2\n1,2\n");
    inspect(model, other).assertRefusedWith("other.csv: line 1", "\"a\"");
  }

  @Test
  void twoRowsAndTwoThousandColumnsAreEnough() throws IOException {
    Architecture architecture = Architecture.builder(2000).lstm(3).rnn(2).linear(1).build();
    Path wide =
        Networks.save(Networks.plain(architecture, 1).toNetwork(), dir.resolve("wide.safetensors"));
    StringBuilder csv = new StringBuilder();
    for (int line = 0; line < 3; line++) {
      for (int i = 0; i < 2000; i++) {
        csv.append(i == 0 ? "" : ",").append(line == 0 ? "c" + i : "" + (i % 7 + line));
      }
      csv.append('\n');
    }
    Path data = Files.writeString(dir.resolve("wide.csv"), csv);
    Path page = dir.resolve("wide.html");
    Cli cli = inspect(wide, data, "--out", page);
    assertEquals(0, cli.status(), cli.err());
    String html = Files.readString(page);
    assertTrue(html.contains("The strongest 24 of 2000."), "too many inputs to draw");
    assertTrue(html.contains("vanilla RNN units"));
    assertTrue(html.length() < 1_000_000, "length " + html.length());
  }

  @Test
  void everyNetworkThatCanBeSteppedIsInspected() throws IOException {
    Path data = rows(200);
    Path page = dir.resolve("page.html");
    Path json = dir.resolve("figures.json");
    for (Path file : Networks.saveRare(dir)) {
      Network network = ModelFiles.read(file);
      String features = network.inputSize() == 2 ? "a,b" : "a,b,c";
      Cli cli = inspect(file, data, "--features", features, "--out", page, "--json", json);
      assertEquals(0, cli.status(), file + ": " + cli.err());
      assertTrue(cli.out().contains("network     " + network.describe()), cli.out());
      boolean gates = network.layers().stream().anyMatch(l -> l.cell() == CellType.LSTM);
      assertEquals(gates, cli.out().contains("\nforget "), file + "\n" + cli.out());
      assertTrue(Files.readString(page).contains("What follows"), file::toString);
      String figures = Files.readString(json);
      assertEquals(network.layers().size(), figures.split("\"units\":", -1).length - 1, figures);
    }
    Path both = Networks.save(Networks.bidirectional(), dir.resolve("both.onnx"));
    inspect(both, data, "--out", dir.resolve("none.html"))
        .assertRefusedWith("both.onnx: cannot be stepped: recurrent layer 0 reads in both");
    assertFalse(Files.exists(dir.resolve("none.html")));
  }

  /** Counted as skipped where there is no browser. */
  @Test
  void aBrowserOpensThePageWithoutAnError() throws Exception {
    Path browser = Path.of("/usr/bin/chromium");
    Assumptions.assumeTrue(Files.isExecutable(browser), "there is no " + browser);
    Path page = dir.resolve("page.html");
    assertEquals(0, inspect(model(), rows(300), "--group", "key", "--out", page).status());
    Path log = dir.resolve("browser.txt");
    Process process =
        new ProcessBuilder(
                browser.toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--enable-logging=stderr",
                "--v=0",
                "--dump-dom",
                page.toUri().toString())
            .redirectError(log.toFile())
            .redirectOutput(dir.resolve("dom.html").toFile())
            .start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    String dom = Files.readString(dir.resolve("dom.html"));
    assertTrue(dom.contains("</svg>") && dom.contains("What follows"), "the page was read");
    String said = Files.readString(log);
    assertFalse(said.contains("CONSOLE"), said); // errors, and refusals of the page's own policy
  }
}
