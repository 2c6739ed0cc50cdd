// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.predict;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quadgate.Model;
import org.quadgate.StreamState;
import org.quadgate.cli.Cli;
import org.quadgate.cli.Networks;
import org.quadgate.network.Network;

/** What {@code predict} answers. */
class PredictCommandTest {
  private static final int ROWS = 40;

  @TempDir private Path dir;
  private Path named;
  private Path unnamed;
  private final float[][] inputs = new float[ROWS][3];

  @BeforeEach
  void makeModels() throws IOException {
    named = Networks.save(Networks.named().toNetwork(), dir.resolve("named.safetensors"));
    unnamed = Networks.save(Networks.unnamed(), dir.resolve("unnamed.safetensors"));
    Random random = new Random(5);
    for (float[] x : inputs) {
      for (int i = 0; i < x.length; i++) {
        x[i] = (float) random.nextGaussian() * 3;
      }
    }
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(dir.resolve(name), text);
  }

  /** The rows as CSV, with columns picked from a, b, c and others. */
  private String csv(String header) {
    StringBuilder text = new StringBuilder(header).append('\n');
    List<String> columns = List.of(header.split(",", -1));
    for (int t = 0; t < ROWS; t++) {
      List<String> cells = new ArrayList<>();
      for (String column : columns) {
        int i = "abc".indexOf(column);
        cells.add(i < 0 ? "other " + t : Float.toString(inputs[t][i]));
      }
      text.append(String.join(",", cells)).append('\n');
    }
    return text.toString();
  }

  /** What the model itself answers, as floats' bits. */
  private static List<List<Integer>> direct(Network network, float[][] rows) {
    Model model = Model.of(network);
    StreamState state = model.newState();
    List<List<Integer>> answers = new ArrayList<>();
    for (float[] x : rows) {
      float[] y = new float[2];
      model.step(state, x, y);
      answers.add(List.of(Float.floatToIntBits(y[0]), Float.floatToIntBits(y[1])));
    }
    return answers;
  }

  /** The last two cells of each row after the header, as floats' bits. */
  private static List<List<Integer>> parsed(List<String> lines) {
    List<List<Integer>> rows = new ArrayList<>();
    for (String line : lines.subList(1, lines.size())) {
      String[] cells = line.split(",", -1);
      List<Integer> row = new ArrayList<>();
      for (int i = cells.length - 2; i < cells.length; i++) {
        row.add(Float.floatToIntBits(Float.parseFloat(cells[i])));
      }
      rows.add(row);
    }
    return rows;
  }

  private List<List<Integer>> expected() {
    return direct(Networks.named().toNetwork(), inputs);
  }

  @Test
  void outputsParseBackToTheFloatsOfAStep() throws IOException {
    Path data = write("data.csv", csv("a,b,c"));
    Cli cli = Cli.run("predict", "--model", named, "--data", data).assertDone();
    assertEquals("p,q", cli.lines().getFirst());
    assertEquals(expected(), parsed(cli.lines()));
  }

  @Test
  void standardInputIsTheDefault() {
    Cli cli = Cli.runOn(csv("a,b,c"), "predict", "--model", named).assertDone();
    assertEquals(expected(), parsed(cli.lines()));
    Cli dashes = Cli.runOn(csv("a,b,c"), "predict", "--model", named, "--data", "-", "--out", "-");
    assertEquals(cli, dashes);
  }

  @Test
  void aModelWithNamesFindsItsColumnsInAnyOrder() throws IOException {
    Path data = write("data.csv", csv("time,c,a,note,b"));
    Cli cli = Cli.run("predict", "--model", named, "--data", data).assertDone();
    assertEquals(expected(), parsed(cli.lines()));
  }

  @Test
  void aModelWithoutNamesTakesTheColumnsAsTheyCome() throws IOException {
    Path data = write("data.csv", csv("a,b,c"));
    Cli cli = Cli.run("predict", "--model", unnamed, "--data", data).assertDone();
    assertEquals("y0,y1", cli.lines().getFirst());
    assertEquals(direct(Networks.unnamed(), inputs), parsed(cli.lines()));
  }

  @Test
  void featuresNameTheColumnsInTheModelsOrder() throws IOException {
    Path data = write("data.csv", csv("note,c,b,a"));
    Cli cli = Cli.run("predict", "--model", unnamed, "--data", data, "--features", "a,b,c");
    assertEquals(direct(Networks.unnamed(), inputs), parsed(cli.assertDone().lines()));
    Cli other = Cli.run("predict", "--model", unnamed, "--data", data, "--features", "b,a,c");
    assertNotEquals(cli.out(), other.assertDone().out(), "the order of --features counts");
  }

  @Test
  void eachGroupIsASeriesOfItsOwn() throws IOException {
    String[] keys = {"x", "\"y, and\"", "z"};
    StringBuilder mixed = new StringBuilder("a,b,key,c\n");
    StringBuilder[] alone = new StringBuilder[keys.length];
    Random random = new Random(1);
    int[] owner = new int[ROWS];
    for (int t = 0; t < ROWS; t++) {
      int key = random.nextInt(keys.length);
      owner[t] = key;
      float[] x = inputs[t];
      mixed.append(x[0]).append(',').append(x[1]).append(',').append(keys[key]);
      mixed.append(',').append(x[2]).append('\n');
      if (alone[key] == null) {
        alone[key] = new StringBuilder("a,b,c\n");
      }
      alone[key].append(x[0]).append(',').append(x[1]).append(',').append(x[2]).append('\n');
    }
    for (Path model : List.of(named, unnamed)) {
      Path data = write("mixed.csv", mixed.toString());
      Cli cli = Cli.run("predict", "--model", model, "--data", data, "--group", "key");
      List<String> lines = cli.assertDone().lines();
      assertEquals(model.equals(named) ? "key,p,q" : "key,y0,y1", lines.getFirst());
      for (int key = 0; key < keys.length; key++) {
        Path single = write("single.csv", alone[key].toString());
        Cli own = Cli.run("predict", "--model", model, "--data", single).assertDone();
        List<String> answers = new ArrayList<>();
        for (int t = 0; t < ROWS; t++) {
          if (owner[t] == key) {
            String line = lines.get(t + 1);
            assertTrue(line.startsWith(keys[key] + ","), line);
            answers.add(line.substring(keys[key].length() + 1));
          }
        }
        assertEquals(own.lines().subList(1, own.lines().size()), answers);
      }
    }
  }

  @Test
  void outWritesAFileThatIsThereOnlyWhole() throws IOException {
    Path data = write("data.csv", csv("a,b,c"));
    Path out = dir.resolve("out.csv");
    Cli cli = Cli.run("predict", "--model", named, "--data", data, "--out", out).assertDone();
    assertEquals("", cli.out());
    assertEquals(expected(), parsed(Files.readAllLines(out)));

    Path bad = write("bad.csv", csv("a,b,c") + "1,2,x\n");
    String before = Files.readString(out);
    int files = dir.toFile().list().length;
    Cli.run("predict", "--model", named, "--data", bad, "--out", out).assertRefusedWith("line 42");
    assertEquals(before, Files.readString(out), "the older file stays");
    Path fresh = dir.resolve("fresh.csv");
    Cli.run("predict", "--model", named, "--data", bad, "--out", fresh).assertRefusedWith("bad");
    assertFalse(Files.exists(fresh));
    assertEquals(files, dir.toFile().list().length, "no temporary file stays");
  }

  @Test
  void outFollowsALink() throws IOException {
    Path data = write("data.csv", csv("a,b,c"));
    Path file = write("real.csv", "old");
    Path link = Files.createSymbolicLink(dir.resolve("link.csv"), file);
    Cli.run("predict", "--model", named, "--data", data, "--out", link).assertDone();
    assertTrue(Files.isSymbolicLink(link));
    assertEquals(expected(), parsed(Files.readAllLines(file)));
    Path fresh = dir.resolve("fresh.csv");
    Path dangling = Files.createSymbolicLink(dir.resolve("dangling.csv"), Path.of("fresh.csv"));
    Cli.run("predict", "--model", named, "--data", data, "--out", dangling).assertDone();
    assertTrue(Files.isSymbolicLink(dangling));
    assertEquals(expected(), parsed(Files.readAllLines(fresh)));
    Path loop = dir.resolve("loop.csv");
    Files.createSymbolicLink(loop, loop);
    Cli.run("predict", "--model", named, "--data", data, "--out", loop)
        .assertRefused(loop + ": cannot be written: too many links");
  }

  @Test
  void outMayBeADevice() throws IOException {
    Path data = write("data.csv", csv("a,b,c"));
    Path nothing = Path.of("/dev/null");
    Assumptions.assumeTrue(Files.exists(nothing), "there is no " + nothing);
    Cli.run("predict", "--model", named, "--data", data, "--out", nothing).assertDone();
    assertTrue(Files.exists(nothing) && !Files.isRegularFile(nothing));
  }

  @Test
  void otherWaysToWriteTheSameCsvGiveTheSame() throws IOException {
    String plain = csv("a,b,c");
    List<String> variants =
        List.of(
            "\uFEFF" + plain,
            "\uFEFF\"a\",b,c\n" + plain.substring(6),
            plain.replace("\n", "\r\n"),
            plain.stripTrailing(),
            plain + "\n\n",
            plain
                .replace(",", "\",\"")
                .replace("\n", "\"\n\"")
                .replaceAll("\"$", "")
                .replaceFirst("^", "\""),
            plain.toUpperCase(Locale.ROOT).replaceFirst("A,B,C", "a,b,c"),
            plain.replaceAll("\n(?=.)", "\n "));
    for (String variant : variants) {
      Cli cli = Cli.runOn(variant, "predict", "--model", named).assertDone();
      assertEquals(expected(), parsed(cli.lines()), variant.substring(0, 20));
    }
  }

  @Test
  void aHeaderAloneGivesAHeaderAlone() {
    for (String header : List.of("a,b,c", "a,b,c\n", "a,b,c\r\n\r\n")) {
      assertEquals("p,q\n", Cli.runOn(header, "predict", "--model", named).assertDone().out());
      assertEquals(
          "a,p,q\n",
          Cli.runOn(header, "predict", "--model", named, "--group", "a").assertDone().out());
    }
  }

  @Test
  void precisionReachesTheModel() {
    // whichever numbers come, the option has to be understood in both cases
    Cli.runOn("a,b,c\n1,2,3\n", "predict", "--model", named, "--precision", "FP32").assertDone();
    Cli.runOn("a,b,c\n", "predict", "--model", named, "--precision", "fp64")
        .assertRefusedWith("--precision", "expected fp32, bf16 or int8, found \"fp64\"");
  }
}
