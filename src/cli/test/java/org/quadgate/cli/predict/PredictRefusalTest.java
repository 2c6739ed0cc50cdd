// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.predict;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.quadgate.cli.Cli;
import org.quadgate.cli.Networks;
import org.quadgate.network.WeightArrays;

/** What {@code predict} refuses, and the one line it says. */
class PredictRefusalTest {
  @TempDir private Path dir;
  private Path named;
  private Path unnamed;

  @BeforeEach
  void makeModels() throws IOException {
    named = Networks.save(Networks.named().toNetwork(), dir.resolve("named.safetensors"));
    unnamed = Networks.save(Networks.unnamed(), dir.resolve("unnamed.safetensors"));
  }

  private Path data(String text) throws IOException {
    return Files.writeString(dir.resolve("data.csv"), text);
  }

  private void refused(String text, String message) throws IOException {
    Path data = data(text);
    Cli.run("predict", "--model", named, "--data", data).assertRefused(data + ": " + message);
    Cli.runOn(text, "predict", "--model", named).assertRefused("standard input: " + message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"abc", "NaN", "inf", "Infinity", "1e99", "-1e99", "1d", "0x1p3", "1.2.3", "1_0"})
  void aCellThatIsNoFiniteNumber(String cell) throws IOException {
    refused(
        "a,b,c\n1,2,3\n1,2,3\n1," + cell + ",3\n",
        "line 4, column \"b\": expected a finite number, found \"" + cell + "\"");
  }

  @Test
  void anEmptyCell() throws IOException {
    String message = "line 3, column \"c\": expected a finite number, found an empty cell";
    refused("a,b,c\n1,2,3\n1,2,\n", message);
    refused("a,b,c\n1,2,3\n1,2,\"\"\n", message);
    refused("a,b,c\n1,2,3\n1,2, \n", message);
  }

  @Test
  void aLongOrMultilineCellStaysOnOneShortLine() throws IOException {
    refused(
        "a,b,c\n1,\"x\ny\r\t\u0007\",3\n",
        "line 2, column \"b\": expected a finite number, found \"x\\ny\\r\\t\\u0007\"");
    refused(
        "a,b,c\n1," + "x".repeat(500) + ",3\n",
        "line 2, column \"b\": expected a finite number, found \"" + "x".repeat(40) + "...\"");
  }

  @ParameterizedTest
  @CsvSource({"'1,2',2", "'1,2,3,4',4", "1,1", "'',an empty line"})
  void aRaggedRow(String row, String found) throws IOException {
    refused("a,b,c\n1,2,3\n" + row + "\n1,2,3\n", "line 3: expected 3 cells, found " + found);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1,\"2,3\n1,2,3\n", "1,2,\"3\n", "1,2,\"3\"x\n"})
  void quotesThatDoNotFit(String row) throws IOException {
    Path data = data("a,b,c\n1,2,3\n" + row);
    Cli.run("predict", "--model", named, "--data", data)
        .assertRefusedWith(data + ": after line 2: expected well-formed CSV", "line 3");
  }

  @Test
  void aMissingColumn() throws IOException {
    refused("a,x,c\n1,2,3\n", "line 1: expected a column \"b\", found \"a\", \"x\", \"c\"");
    Path data = data("a,b,c\n1,2,3\n");
    Cli.run("predict", "--model", named, "--data", data, "--group", "key")
        .assertRefused(data + ": line 1: expected a column \"key\", found \"a\", \"b\", \"c\"");
    Cli.run("predict", "--model", unnamed, "--data", data, "--features", "a,b,d")
        .assertRefused(data + ": line 1: expected a column \"d\", found \"a\", \"b\", \"c\"");
  }

  @Test
  void aDuplicateColumn() throws IOException {
    refused(
        "a,b,c,b\n1,2,3,4\n", "line 1, column \"b\": expected each column once, found it twice");
  }

  @Test
  void noHeader() throws IOException {
    refused("", "line 1: expected a header of column names, found an empty file");
    refused("\uFEFF", "line 1: expected a header of column names, found an empty file");
    refused("\na,b,c\n", "line 1: expected a header of column names, found an empty line");
    Path data = data("0.1,0.2,0.3\n1,2,3\n");
    Cli.run("predict", "--model", unnamed, "--data", data)
        .assertRefusedWith(data + ": line 1: expected a header", "found numbers");
    assertEquals(
        0, Cli.runOn("0,1,2\n5,6,7\n", "predict", "--model", unnamed).status(), "pandas' header");
  }

  @Test
  void otherNumbersOfColumnsThanTheModelHasInputs() throws IOException {
    Path data = data("k,a,b,c\n1,2,3,4\n");
    Cli.run("predict", "--model", unnamed, "--data", data)
        .assertRefusedWith(data + ": line 1: expected 3 columns", "found 4", "--features");
    Cli.run("predict", "--model", unnamed, "--data", data, "--features", "a,b")
        .assertRefusedWith("--features: expected 3 columns", "found 2");
    Cli.run("predict", "--model", unnamed, "--data", data, "--features", "a,b,a")
        .assertRefusedWith("--features", "found \"a\" twice");
  }

  @Test
  void anEmptyKey() throws IOException {
    Path data = data("a,b,c,key\n1,2,3,x\n1,2,3,\n");
    Cli.run("predict", "--model", named, "--data", data, "--group", "key")
        .assertRefused(data + ": line 3, column \"key\": expected a value, found an empty cell");
  }

  @Test
  void aFiniteNumberThatOverflowsTheModelsSums() throws IOException {
    WeightArrays weights = Networks.named();
    weights.layers().getFirst().input[0] = 50;
    Path model = Networks.save(weights.toNetwork(), dir.resolve("steep.safetensors"));
    Path data = data("c,a,b\n1,2,3\n1,3e38,3\n");
    Cli.run("predict", "--model", model, "--data", data)
        .assertRefusedWith(data + ": line 3, column \"a\"", "found \"3e38\"");
  }

  @Test
  void filesThatAreNotThereOrNotFiles() throws IOException {
    Path none = dir.resolve("none.csv");
    Cli.run("predict", "--model", named, "--data", none).assertRefused(none + ": no such file");
    Cli.run("predict", "--model", named, "--data", dir).assertRefusedWith(dir + ": cannot be read");
    Path noModel = dir.resolve("none.safetensors");
    Cli.run("predict", "--model", noModel).assertRefused(noModel + ": no such file");
    Cli.run("predict", "--model", dir).assertRefusedWith(dir + ": is a folder");
    Path data = data("a,b,c\n1,2,3\n");
    Cli.run("predict", "--model", data, "--data", data).assertRefusedWith(data.toString());
    Cli.run("predict", "--model", named, "--data", data, "--out", dir)
        .assertRefusedWith(dir + ": is a folder");
    Path away = dir.resolve("away").resolve("out.csv");
    Cli.run("predict", "--model", named, "--data", data, "--out", away)
        .assertRefused(
            away + ": cannot be written: folder " + away.getParent() + " does not exist");
  }

  @Test
  void aDamagedModelNamesFileAndPlace() throws IOException {
    byte[] bytes = Files.readAllBytes(named);
    Path cut = Files.write(dir.resolve("cut.safetensors"), List.of());
    Files.write(cut, java.util.Arrays.copyOf(bytes, bytes.length / 2));
    Cli.run("predict", "--model", cut).assertRefusedWith(cut.toString());
  }

  @Test
  void textThatIsNotUtf8() throws IOException {
    Path data = dir.resolve("latin.csv");
    Files.write(data, "a,b,c,né\n1,2,3,x\n".getBytes(StandardCharsets.ISO_8859_1));
    Cli.run("predict", "--model", named, "--data", data)
        .assertRefused(data + ": expected UTF-8 text, found other bytes");
  }

  @Test
  void rowsBeforeTheBadOneAreAnswered() throws IOException {
    Cli cli = Cli.runOn("a,b,c\n1,2,3\n1,2,3\n1,x,3\n", "predict", "--model", named);
    assertEquals(3, cli.lines().size(), "a header and two rows");
    assertTrue(cli.err().contains("line 4"), cli.err());
    Cli file = Cli.run("predict", "--model", named, "--data", data("a,b,c\n1,2,3\n1,2,3\n1,x,3\n"));
    assertEquals(cli.out(), file.out());
  }
}
