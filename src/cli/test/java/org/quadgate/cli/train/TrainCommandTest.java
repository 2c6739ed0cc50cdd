// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quadgate.cli.Cli;
import org.quadgate.io.ModelFiles;
import org.quadgate.network.Network;

/** {@code train} from a CSV file to a model that {@code predict} uses, and what it refuses. */
class TrainCommandTest {
  @TempDir private Path dir;

  /** A slow wave with noise: tomorrow is not today, and not the mean either. */
  private Path wave(int rows) throws IOException {
    Random random = new Random(3);
    StringBuilder csv = new StringBuilder("time,load,fixed\n");
    for (int t = 0; t < rows; t++) {
      double load = 50 + 20 * Math.sin(t / 6.0) + random.nextGaussian();
      csv.append("day ").append(t).append(',').append((float) load).append(",4\n");
    }
    return Files.writeString(dir.resolve("wave.csv"), csv);
  }

  private Path file(String text) throws IOException {
    return Files.writeString(dir.resolve("data.csv"), text);
  }

  private Cli train(Path data, Object... more) {
    List<Object> words = new ArrayList<>(List.of("train", "--data", data));
    words.addAll(List.of("--out", dir.resolve("m.safetensors"), "--hidden", "8"));
    words.addAll(List.of(more));
    return Cli.run(words.toArray());
  }

  private static double number(Cli cli, String row) {
    String line =
        cli.lines().stream()
            .filter(l -> l.startsWith(row + "  "))
            .findFirst()
            .orElseThrow(() -> new AssertionError(cli.out() + cli.err()));
    return Double.parseDouble(line.substring(row.length()).strip().split(" +", -1)[0]);
  }

  @Test
  void beatsTheNaiveForecastsAndItsModelPredicts() throws IOException {
    Path data = wave(1500);
    Cli cli = train(data, "--target", "load", "--horizon", "5", "--epochs", "30");
    assertEquals(0, cli.status(), cli.err());
    assertTrue(cli.out().contains("left out    time: not numbers"), cli.out());
    assertTrue(cli.out().contains("constant    fixed: no variance"), cli.out());
    assertTrue(number(cli, "model") < 0.5 * number(cli, "last value"), cli.out());
    assertTrue(number(cli, "model") < 0.5 * number(cli, "mean"), cli.out());
    Path model = dir.resolve("m.safetensors");
    Network network = ModelFiles.read(model);
    assertEquals(List.of("load", "fixed"), network.inputNames());
    assertEquals(List.of("load"), network.outputNames());
    assertEquals(50, network.inputScaling().mean()[0], 2);
    assertEquals(1, network.inputScaling().std()[1], "a constant column");
    Cli predicted = Cli.run("predict", "--model", model, "--data", data).assertDone();
    assertEquals("load", predicted.lines().getFirst());
    assertEquals(1501, predicted.lines().size());
    assertFalse(
        Files.exists(dir.resolve("m.checkpoint.safetensors")), "a finished run leaves the model");
  }

  @Test
  void resumingGivesTheSameFileAsOneRun() throws IOException {
    Path data = wave(400);
    Path model = dir.resolve("m.safetensors");
    Path checkpoint = dir.resolve("c.safetensors");
    String[] common = {"--target", "load", "--schedule", "constant", "--patience", "0"};
    Object[] whole = {"--epochs", "4"};
    assertEquals(0, train(data, join(common, whole)).status());
    byte[] expected = Files.readAllBytes(model);
    Object[] half = {"--epochs", "2", "--checkpoint", checkpoint};
    assertEquals(0, train(data, join(common, half)).status());
    Object[] rest = {"--epochs", "4", "--resume", checkpoint, "--threads", "1"};
    Cli resumed = train(data, join(common, rest));
    assertEquals(0, resumed.status(), resumed.err());
    assertArrayEquals(expected, Files.readAllBytes(model));
    train(data, join(common, new Object[] {"--resume", checkpoint, "--lr", "0.1"}))
        .assertRefusedWith(checkpoint.toString(), "learning rate: 0.005", "learning rate: 0.1");
  }

  private static Object[] join(Object[] a, Object[] b) {
    List<Object> all = new ArrayList<>(List.of(a));
    all.addAll(List.of(b));
    return all.toArray();
  }

  @Test
  void groupsAreSeriesAndOnlyTheLastRowIsScored() throws IOException {
    StringBuilder csv = new StringBuilder("key,x,label\n");
    Random random = new Random(4);
    for (int g = 0; g < 150; g++) {
      // the first row decides; the others are noise
      int label = random.nextInt(2);
      for (int t = 0; t < 6; t++) {
        double x = t == 0 ? 2 * label - 1 : 0.1 * random.nextGaussian();
        csv.append('k').append(g).append(',').append((float) x).append(',').append(label);
        csv.append('\n');
      }
    }
    Path data = file(csv.toString());
    Object[] options = {"--target", "label", "--group", "key", "--target-at", "last"};
    Cli cli = train(data, join(options, new Object[] {"--loss", "classes", "--cell", "rnn"}));
    assertEquals(0, cli.status(), cli.err());
    assertTrue(cli.out().contains("120 scored in training (120 series), 30 held out"), cli.out());
    assertTrue(cli.out().contains("RNN 8 → linear 2"), cli.out());
    assertTrue(number(cli, "model") < 5, cli.out());
    Cli binary = train(data, join(options, new Object[] {"--loss", "binary"}));
    assertEquals(0, binary.status(), binary.err());
    assertTrue(number(binary, "model") < 0.2, binary.out());
  }

  private void refused(Path data, String message, Object... more) {
    Cli cli = train(data, more);
    cli.assertRefused(data + ": " + message);
    assertFalse(Files.exists(dir.resolve("m.safetensors")));
  }

  @Test
  void cellsThatAreNoNumbers() throws IOException {
    for (String cell : List.of("NaN", "inf", "x", "1e99")) {
      Path data = file("a,b\n1,2\n3," + cell + "\n");
      String what = "line 3, column \"b\": expected a finite number, found \"" + cell + "\"";
      refused(data, what, "--target", "a");
      refused(data, what, "--target", "b");
    }
    refused(
        file("a,b\n1,\n2,3\n"),
        "line 2, column \"b\": expected a finite number, found an empty cell",
        "--target",
        "a");
  }

  @Test
  void columnsThatAreNotThere() throws IOException {
    Path data = file("a,b\n1,2\n3,4\n");
    String found = "line 1: expected a column \"z\", found \"a\", \"b\"";
    refused(data, found, "--target", "z");
    refused(data, found, "--target", "a", "--features", "z");
    refused(data, found, "--target", "a", "--group", "z");
    train(data, "--target", "a,a").assertRefusedWith("--target", "found \"a\" twice");
    Path one = file("when,a\nx,1\ny,2\n");
    train(one, "--target", "a").assertRefusedWith(one.toString(), "--horizon");
  }

  @Test
  void seriesThatAreTooShort() throws IOException {
    refused(
        file("k,a,b\nu,1,2\nu,1,2\nv,3,4\n"),
        "line 4: group \"v\" has one row, expected at least 2",
        "--target",
        "a",
        "--group",
        "k");
    refused(
        file("a,b\n1,2\n"), "line 2: the series has one row, expected at least 2", "--target", "a");
    refused(file("a,b\n"), "expected rows below the header, found none", "--target", "a");
    refused(
        file("a,b\n1,2\n1,2\n1,2\n"),
        "line 2: the series has 3 rows, expected at least 4 for --horizon 3",
        "--target",
        "a",
        "--horizon",
        "3");
    refused(
        file("a,b\n" + "1,2\n3,4\n".repeat(5)),
        "the longest series has 8 rows for training, fewer than the window of 9",
        "--target",
        "a",
        "--window",
        "9");
    refused(
        file("a,b\n1,2\n2,3\n"),
        "2 rows are too few to hold out a part for validation",
        "--target",
        "a");
  }

  @Test
  void optionsThatMakeNoSense() throws IOException {
    Path data = wave(50);
    train(data, "--target", "load", "--loss", "huge").assertRefusedWith("--loss", "found \"huge\"");
    train(data, "--target", "load", "--horizon", "-1").assertRefusedWith("--horizon", "-1");
    train(data, "--target", "load", "--epochs", "0").assertRefusedWith("epochs is 0");
    train(data, "--target", "load", "--validation", "1").assertRefusedWith("--validation");
    train(data, "--target", "load", "--loss", "classes").assertRefusedWith("expected a class");
  }

  @Test
  void divergenceSaysWhereAndKeepsTheOldFile() throws IOException {
    Path data = wave(300);
    Path model = dir.resolve("m.safetensors");
    Files.writeString(model, "old");
    train(data, "--target", "load", "--lr", "1e30", "--optimizer", "sgd", "--clip", "0")
        .assertRefusedWith(data.toString(), "diverged at step", "norm");
    assertTrue(Files.size(model) >= 3);
  }
}
