// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quadgate.cli.Cli;
import org.quadgate.cli.Networks;

/** {@code train --text} and {@code sample}: from a text to more of it, and what they refuse. */
@Tag("once")
class TextCommandTest {
  @TempDir private Path dir;

  private Path file(String name, String text) throws IOException {
    return Files.writeString(dir.resolve(name), text);
  }

  /** Each name has a verb of its own; which name comes next is open. */
  private static String sentences(int count, long seed) {
    String[][] names = {
      {"anna", "sings"}, {"bert", "laughs"}, {"cleo", "jumps"}, {"dora", "reads"}
    };
    Random random = new Random(seed);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      String[] name = names[random.nextInt(4)];
      text.append(name[0]).append(" now ").append(name[1]).append('\n');
    }
    return text.toString();
  }

  private Cli train(Path text, Object... more) {
    List<Object> words = new ArrayList<>(List.of("train", "--text", text));
    words.addAll(List.of("--out", dir.resolve("m.safetensors"), "--hidden", "24"));
    words.addAll(List.of(more));
    return Cli.run(words.toArray());
  }

  private static double perplexity(Cli cli, String of) {
    String line =
        cli.lines().stream()
            .dropWhile(l -> !l.startsWith("perplexity"))
            .filter(l -> l.startsWith(of + "  "))
            .findFirst()
            .orElseThrow(() -> new AssertionError(cli.out() + cli.err()));
    return Double.parseDouble(line.substring(of.length()).strip().split(" +", -1)[0]);
  }

  @Test
  void learnsWhichWordComesNextAndSaysIt() throws IOException {
    Path text = file("text.txt", sentences(900, 1));
    Path test = file("test.txt", sentences(100, 2) + "anna now flies\n");
    Cli cli = train(text, "--tokens", "words", "--epochs", "12", "--test", test);
    assertEquals(0, cli.status(), cli.err());
    assertTrue(cli.out().contains("training    3,240 words of " + text), cli.out());
    assertTrue(cli.out().contains("vocabulary  10 of the 10 different words"), cli.out());
    assertTrue(cli.out().contains("test        404 words of " + test + ", 0.25 %"), cli.out());
    // three of four words follow from those before; the fourth is one of four: 4^(1/4)
    assertEquals(Math.sqrt(2), perplexity(cli, "held out"), 0.06);
    assertTrue(perplexity(cli, "test") < 1.6, cli.out());
    Path model = dir.resolve("m.safetensors");
    Cli sample =
        Cli.run("sample", "--model", model, "--prompt", "cleo", "--length", "43").assertDone();
    assertEquals("cleo now jumps", sample.lines().getFirst());
    assertEquals(11, sample.lines().size());
    for (String line : sample.lines()) {
      assertTrue(
          List.of("anna now sings", "bert now laughs", "cleo now jumps", "dora now reads")
              .contains(line),
          line);
    }
    Cli again = Cli.run("sample", "--model", model, "--prompt", "cleo", "--length", "43");
    assertEquals(sample, again, "the same seed, the same text");
    Cli other =
        Cli.run("sample", "--model", model, "--prompt", "cleo", "--length", "43", "--seed", "2");
    assertTrue(!other.out().equals(sample.out()), "another seed, another text");
    Cli.run("predict", "--model", model, "--data", text)
        .assertRefusedWith(model.toString(), "language model");
  }

  @Test
  void charactersAndThePublishedSettings() throws IOException {
    Path text = file("text.txt", sentences(60, 1));
    Path valid = file("valid.txt", sentences(20, 3));
    String[] zaremba = {
      "--layers",
      "2",
      "--batch",
      "20",
      "--window",
      "20",
      "--optimizer",
      "sgd",
      "--lr",
      "1",
      "--schedule",
      "halve:4",
      "--init",
      "uniform:0.1",
      "--sum-over-time",
      "--clip",
      "5",
      "--patience",
      "0",
      "--valid",
      valid.toString()
    };
    Cli cli = train(text, join(zaremba, "--epochs", "8"));
    assertEquals(0, cli.status(), cli.err());
    assertTrue(cli.out().contains("characters of " + valid), cli.out());
    assertTrue(cli.out().contains("24 → LSTM 24 → LSTM 24 → linear"), cli.out());
    double early = perplexity(train(text, join(zaremba, "--epochs", "1")), "held out");
    assertTrue(perplexity(cli, "held out") < early, early + " before, after\n" + cli.out());
  }

  private static Object[] join(String[] a, Object... b) {
    List<Object> all = new ArrayList<>(List.of((Object[]) a));
    all.addAll(List.of(b));
    return all.toArray();
  }

  @Test
  void resumedRunsAndOtherThreadsGiveTheSameFile() throws IOException {
    Path text = file("text.txt", sentences(80, 1));
    Path model = dir.resolve("m.safetensors");
    Path checkpoint = dir.resolve("c.safetensors");
    String[] common = {"--schedule", "constant", "--patience", "0"};
    assertEquals(0, train(text, join(common, "--epochs", "4", "--threads", "1")).status());
    byte[] expected = Files.readAllBytes(model);
    train(text, join(common, "--epochs", "2", "--threads", "2", "--checkpoint", checkpoint));
    Object[] rest = {"--epochs", "4", "--threads", "3", "--resume", checkpoint};
    assertEquals(0, train(text, join(common, rest)).status());
    assertArrayEquals(expected, Files.readAllBytes(model));
    train(text, join(common, "--resume", checkpoint, "--vocabulary", "5"))
        .assertRefusedWith(checkpoint.toString(), "the checkpoint is of another run");
  }

  @Test
  void badInput() throws IOException {
    Path text = file("text.txt", sentences(80, 1));
    Path none = dir.resolve("none.txt");
    train(none).assertRefused(none + ": no such file");
    train(dir).assertRefused(dir + ": is a folder, expected a text");
    Path empty = file("empty.txt", "");
    train(empty).assertRefused(empty + ": expected two tokens or more to learn from, found 0");
    train(text, "--valid", empty)
        .assertRefused(empty + ": expected a text of two tokens or more, found 0");
    Path latin = dir.resolve("latin.txt");
    Files.write(latin, new byte[] {'a', (byte) 0xe9, 'b', '\n'});
    train(latin).assertRefused(latin + ": expected UTF-8 text, found other bytes");
    train(text, "--data", text).assertRefusedWith("either --data CSV or --text FILE, found both");
    train(text, "--target", "a").assertRefused("--target: does not go with --text");
    train(text, "--horizon", "2").assertRefused("--horizon: does not go with --text");
    train(text, "--loss", "mae").assertRefused("--loss: does not go with --text");
    train(text, "--valid", text, "--validation", "0.3")
        .assertRefusedWith("--valid: expected without --validation");
    train(text, "--vocabulary", "1").assertRefusedWith("--vocabulary: expected 2 or more");
    train(text, "--vocabulary", "70000").assertRefusedWith("vocabulary of 70000 tokens");
    train(text, "--embedding", "0").assertRefusedWith("--embedding: expected 1 or more");
    train(text, "--window", "4000").assertRefusedWith("fewer than the window of 4000");
    train(text, "--validation", "0", "--patience", "3").assertRefusedWith("--patience");
    train(text, "--init", "zeros").assertRefusedWith("--init", "found \"zeros\"");
    train(text, "--init", "uniform:-1").assertRefusedWith("--init", "uniform:A from 0");
    train(text, "--init", "chrono:2").assertRefusedWith("--init", "chrono:T from 3");
    train(text, "--clip", "1", "--clip-value", "1").assertRefusedWith("--clip-value", "found both");
    train(text, "--clip-value", "0").assertRefusedWith("clipping limit is 0.0");
    Cli.run("train", "--out", dir.resolve("m.safetensors"))
        .assertRefusedWith("either --data CSV or --text FILE, found neither");
    Cli.run("train", "--data", text, "--tokens", "words", "--out", dir.resolve("m.safetensors"))
        .assertRefused("--tokens: does not go with --data");
    Cli.run("train", "--data", text, "--out", dir.resolve("m.safetensors"))
        .assertRefusedWith("--target: expected the columns to forecast");
  }

  @Test
  void samplingRefusesWhatCannotBe() throws IOException {
    Path model = dir.resolve("none.safetensors");
    Cli.run("sample", "--model", model).assertRefusedWith(model.toString());
    Path plain = Networks.save(Networks.unnamed(), dir.resolve("plain.safetensors"));
    Cli.run("sample", "--model", plain).assertRefusedWith("expected a model that was trained on");
    Cli.run("sample", "--model", plain, "--temperature", "-1").assertRefusedWith("--temperature");
    Cli.run("sample", "--model", plain, "--top", "-1").assertRefusedWith("--top");
    Cli.run("sample", "--model", plain, "--length", "-1").assertRefusedWith("--length");
  }
}
