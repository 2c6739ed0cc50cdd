// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** No output of any command takes the place of an input or of another output. */
class InputsStayTest {
  /** Ways to name a file that is there. */
  enum Way {
    AS_IT_IS,
    RELATIVE,
    UP_AND_DOWN,
    SYMBOLIC_LINK,
    LINK_TO_A_LINK,
    LINKED_FOLDER,
    HARD_LINK
  }

  @TempDir private Path dir;

  private Path model;
  private Path csv;
  private Path text;
  private Path checkpoint;

  @BeforeEach
  void makeInputs() throws IOException {
    model = Networks.save(Networks.named().toNetwork(), dir.resolve("model.safetensors"));
    StringBuilder rows = new StringBuilder("a,b,c\n");
    for (int i = 0; i < 60; i++) {
      rows.append(i).append(",1,").append(i % 7).append('\n');
    }
    // train's outputs need this extension, and its inputs may have it
    csv = Files.writeString(dir.resolve("rows.safetensors"), rows);
    text = Files.writeString(dir.resolve("text.safetensors"), "a b a b\n".repeat(40));
    checkpoint = Files.writeString(dir.resolve("old.safetensors"), "a checkpoint");
  }

  /** Another name of a file. */
  private Path named(Path file, Way way) throws IOException {
    return switch (way) {
      case AS_IT_IS -> file;
      case RELATIVE -> Path.of("").toAbsolutePath().relativize(file.toAbsolutePath());
      case UP_AND_DOWN -> {
        Files.createDirectories(dir.resolve("down"));
        yield dir.resolve("down").resolve("..").resolve(file.getFileName());
      }
      case SYMBOLIC_LINK -> link("link.safetensors", file);
      case LINK_TO_A_LINK -> link("far.safetensors", link("near.safetensors", file));
      case LINKED_FOLDER -> link("folder", dir).resolve(file.getFileName());
      case HARD_LINK -> {
        Path hard = dir.resolve("hard.safetensors");
        yield Files.exists(hard) ? hard : Files.createLink(hard, file);
      }
    };
  }

  private Path link(String name, Path to) throws IOException {
    Path link = dir.resolve(name);
    Files.deleteIfExists(link);
    return Files.createSymbolicLink(link, to);
  }

  private List<String> files() throws IOException {
    try (Stream<Path> all = Files.list(dir)) {
      return all.map(Path::toString).sorted().toList();
    }
  }

  /** That an output which is an input is refused, and changes nothing. */
  private void stays(Path input, String inputOption, Way way, String option, Object... command)
      throws IOException {
    Path output = named(input, way);
    byte[] before = Files.readAllBytes(input);
    List<String> beside = files();
    Object[] words = new Object[command.length];
    for (int i = 0; i < words.length; i++) {
      words[i] = command[i].equals("OUTPUT") ? output : command[i];
    }
    Cli cli = Cli.run(words);
    cli.assertRefused(
        "%s %s: is the same file as %s %s, expected another one"
            .formatted(option, output, inputOption, input));
    assertEquals("", cli.out());
    assertArrayEquals(before, Files.readAllBytes(input));
    assertEquals(beside, files());
    Files.deleteIfExists(dir.resolve("hard.safetensors"));
  }

  @ParameterizedTest
  @EnumSource
  void predict(Way way) throws IOException {
    Object[] command = {"predict", "--model", model, "--data", csv, "--out", "OUTPUT"};
    stays(csv, "--data", way, "--out", command);
    stays(model, "--model", way, "--out", command);
  }

  @ParameterizedTest
  @EnumSource
  void inspect(Way way) throws IOException {
    for (String option : List.of("--out", "--json")) {
      Object[] command = {"inspect", "--model", model, "--data", csv, option, "OUTPUT"};
      stays(csv, "--data", way, option, command);
      stays(model, "--model", way, option, command);
    }
  }

  @ParameterizedTest
  @EnumSource
  void latency(Way way) throws IOException {
    for (String option : List.of("--json", "--hgrm")) {
      stays(
          model,
          "--model",
          way,
          option,
          "latency",
          "--model",
          model,
          "--duration",
          "0.01",
          option,
          "OUTPUT");
    }
  }

  @ParameterizedTest
  @EnumSource
  void convert(Way way) throws IOException {
    stays(model, "FROM", way, "TO", "convert", model, "OUTPUT");
    Path onnx = Networks.save(Networks.unnamed(), dir.resolve("model.onnx"));
    if (way == Way.AS_IT_IS || way == Way.LINKED_FOLDER || way == Way.UP_AND_DOWN) {
      stays(onnx, "FROM", way, "TO", "convert", onnx, "OUTPUT", "--form", "step");
    }
  }

  @ParameterizedTest
  @EnumSource
  void trainOnRows(Way way) throws IOException {
    Object[] train = {"train", "--data", csv, "--target", "a", "--epochs", "1"};
    stays(csv, "--data", way, "--out", Cli.words(List.of(train), "--out", "OUTPUT"));
    Object[] out = Cli.words(List.of(train), "--out", dir.resolve("new.safetensors"));
    stays(csv, "--data", way, "--checkpoint", Cli.words(List.of(out), "--checkpoint", "OUTPUT"));
    Object[] resumed = Cli.words(List.of(train), "--resume", checkpoint, "--out", "OUTPUT");
    stays(checkpoint, "--resume", way, "--out", resumed);
    Object[] kept = Cli.words(List.of(train), "--checkpoint", checkpoint, "--out", "OUTPUT");
    Path output = named(checkpoint, way);
    kept[kept.length - 1] = output;
    Cli.run(kept)
        .assertRefused(
            "--checkpoint %s: is the same file as --out %s, expected another one"
                .formatted(checkpoint, output));
    assertEquals("a checkpoint", Files.readString(checkpoint));
  }

  @ParameterizedTest
  @EnumSource
  void trainOnATextAndItsOthers(Way way) throws IOException {
    Path valid = Files.writeString(dir.resolve("valid.safetensors"), "a b\n".repeat(9));
    Path test = Files.writeString(dir.resolve("test.safetensors"), "b a\n".repeat(9));
    Object[] train = {
      "train", "--text", text, "--valid", valid, "--test", test, "--epochs", "1", "--out", "OUTPUT"
    };
    stays(text, "--text", way, "--out", train);
    stays(valid, "--valid", way, "--out", train);
    stays(test, "--test", way, "--out", train);
  }

  /** The checkpoint that nobody named is an output too. */
  @Test
  void theCheckpointBesideTheModel() throws IOException {
    Path data = Files.copy(csv, dir.resolve("m.checkpoint.safetensors"));
    Path out = dir.resolve("m.safetensors");
    Cli.run("train", "--data", data, "--target", "a", "--epochs", "1", "--out", out)
        .assertRefused(
            "the checkpoint %s: is the same file as --data %s, expected another one"
                .formatted(data, data));
    assertArrayEquals(Files.readAllBytes(csv), Files.readAllBytes(data));
  }

  @Test
  void aRunGoesOnInItsOwnCheckpoint() throws IOException {
    Path kept = dir.resolve("kept.safetensors");
    Object[] train = {
      "train", "--data", csv, "--target", "a", "--horizon", "1", "--schedule", "constant"
    };
    Object[] out = {"--out", dir.resolve("m.safetensors"), "--checkpoint", kept};
    List<Object> run = List.of(Cli.words(List.of(train), out));
    assertEquals(0, Cli.run(Cli.words(run, "--epochs", "1")).status());
    Cli cli = Cli.run(Cli.words(run, "--epochs", "2", "--resume", kept));
    assertEquals(0, cli.status(), cli.err());
  }

  @Test
  void twoOutputsAreTwoFiles() throws IOException {
    Path a = dir.resolve("a.txt");
    Path dangling = link("dangling.txt", Path.of("a.txt"));
    Path below = link("folder", dir).resolve("a.txt");
    for (Path b : List.of(a, dangling, below)) {
      Cli.run("latency", "--shape", "2,3", "--duration", "0.01", "--json", a, "--hgrm", b)
          .assertRefused(
              "--hgrm %s: is the same file as --json %s, expected another one".formatted(b, a));
      Cli.run("inspect", "--model", model, "--data", csv, "--json", a, "--out", b)
          .assertRefused(
              "--json %s: is the same file as --out %s, expected another one".formatted(a, b));
      assertTrue(Files.notExists(a));
    }
    Files.writeString(a, "old");
    Path hard = Files.createLink(dir.resolve("hard.txt"), a);
    Cli.run("latency", "--shape", "2,3", "--duration", "0.01", "--json", a, "--hgrm", hard)
        .assertRefusedWith("is the same file as");
    assertEquals("old", Files.readString(a));
  }

  /** Where the file system says that names in other letters are one. */
  @Test
  void namesThatDifferInCaseAlone() throws IOException {
    Path other = dir.resolve("MODEL.safetensors");
    Assumptions.assumeTrue(Files.exists(other), "names in other letters are other files here");
    Cli.run("convert", model, other).assertRefusedWith("is the same file as");
    Path a = dir.resolve("new.txt");
    Path b = dir.resolve("NEW.txt");
    Cli.run("latency", "--shape", "2,3", "--duration", "0.01", "--json", a, "--hgrm", b)
        .assertRefusedWith("is the same file as");
    assertTrue(Files.readString(a).startsWith("{"), "what was written first stays");
  }

  @Test
  void devicesKeepNothingThatCouldBeLost() {
    Path nothing = Path.of("/dev/null");
    Assumptions.assumeTrue(Files.exists(nothing), "there is no " + nothing);
    Cli.run("latency", "--shape", "2,3", "--duration", "0.01", "--json", nothing, "--hgrm", nothing)
        .assertDone();
  }

  /** A shell gives a file as standard input without a name. */
  @Test
  void aFileThatIsStandardInput() throws Exception {
    Assumptions.assumeTrue(Files.exists(Path.of("/dev/stdin")), "standard input has no name");
    byte[] before = Files.readAllBytes(csv);
    Cli cli =
        Cli.runApart(
            List.of(), Redirect.from(csv.toFile()), "predict", "--model", model, "--out", csv);
    cli.assertRefusedWith("--out " + csv + ": is the same file as standard input");
    assertArrayEquals(before, Files.readAllBytes(csv));
  }
}
