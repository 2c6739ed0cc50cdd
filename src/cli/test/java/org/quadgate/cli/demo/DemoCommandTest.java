// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quadgate.Model;
import org.quadgate.cli.Cli;
import org.quadgate.cli.console.Progress;
import org.quadgate.network.CellType;
import org.quadgate.train.Evaluation;

/** The demo from end to end, and the comparison that decides whether it passes. */
class DemoCommandTest {
  @TempDir private Path dir;

  @Test
  @Tag("once")
  void passesAndItsFilesGiveTheSamePredictions() throws IOException {
    Path out = dir.resolve("demo of mine");
    Cli cli = Cli.run("demo", "--out", out);
    assertEquals(0, cli.status(), cli.out() + cli.err());
    for (String part :
        List.of(
            "PASS",
            Model.defaultKernel().label(),
            Model.defaultKernel().reason(),
            "closed loop",
            "open loop",
            "p99.9",
            "0 bytes per step",
            "per second",
            "RMSE",
            "predict --model '" + out.resolve("model.safetensors") + "'")) {
      assertTrue(cli.out().contains(part), cli.out());
    }
    assertEquals(7, cli.err().lines().count(), "progress: " + cli.err());
    Path data = out.resolve("stream.csv");
    Path model = out.resolve("model.safetensors");
    Cli again = Cli.run("predict", "--model", model, "--data", data).assertDone();
    assertEquals(Files.readString(out.resolve("predictions.csv")), again.out());
    assertEquals(Files.readAllLines(out.resolve("expected.csv")).size(), again.lines().size());
    assertTrue(Files.size(out.resolve("latency.hgrm")) > 1000);
    String report = Files.readString(out.resolve("report.html"));
    for (String part :
        List.of("forget gate f", "vanilla RNN", "truth", "99.9 %", "Where this ran")) {
      assertTrue(report.contains(part), part);
    }
    assertTrue(cli.out().contains("Open " + out.resolve("report.html")), cli.out());
    Cli own =
        Cli.run(
                "predict",
                "--model",
                out.resolve("trained.safetensors"),
                "--data",
                out.resolve("events.csv"))
            .assertDone();
    assertEquals(20_001, own.lines().size());
  }

  /** What the demo claims: the LSTM holds over the gap what the vanilla RNN does not. */
  @Test
  @Tag("once")
  void theLstmBeatsTheVanillaRnnAndTheNaiveForecasts() {
    DemoTraining training =
        new DemoTraining(new Progress(new PrintStream(new ByteArrayOutputStream())), 2, 60);
    Evaluation lstm = training.evaluate(training.train(CellType.LSTM, 2));
    Evaluation rnn = training.evaluate(training.train(CellType.RNN, 2));
    double error = lstm.rootMeanSquare(Evaluation.Forecast.MODEL, 0);
    assertTrue(error < 0.5 * rnn.rootMeanSquare(Evaluation.Forecast.MODEL, 0), "LSTM " + error);
    assertTrue(error < 0.5 * lstm.rootMeanSquare(Evaluation.Forecast.MEAN, 0));
    assertTrue(error < 0.5 * lstm.rootMeanSquare(Evaluation.Forecast.LAST_VALUE, 0));
  }

  @Test
  void aFolderThatCannotBeMadeIsRefused() throws IOException {
    Path file = Files.createFile(dir.resolve("file"));
    Cli cli = Cli.run("demo", "--out", file);
    cli.assertRefused(file + ": cannot be written: a file is in the way");
  }

  @Test
  void twoFilesThatAreOneAreRefused() throws IOException {
    Path real = Files.writeString(dir.resolve("mine.csv"), "mine");
    Files.createSymbolicLink(dir.resolve("stream.csv"), real);
    Files.createSymbolicLink(dir.resolve("predictions.csv"), real);
    Cli.run("demo", "--out", dir)
        .assertRefusedWith(
            "the predictions "
                + dir.resolve("predictions.csv")
                + ": is the same file as the stream");
    assertEquals("mine", Files.readString(real));
    assertFalse(Files.exists(dir.resolve("model.safetensors")), "nothing is unpacked");
  }

  @Test
  void theComparisonFindsTheLargestDifference() {
    Comparison comparison = new Comparison();
    comparison.add(new float[] {1, 100}, new float[] {1, 100});
    comparison.add(new float[] {-3, 0.5f}, new float[] {-3, 0});
    assertEquals(0.5, comparison.largestAbsolute());
    // around a zero the output's usual size counts: the root mean square of 100 and 0
    assertEquals(0.5 / Math.sqrt(5000), comparison.largestRelative(), 1e-12);
    comparison.add(new float[] {4, 0}, new float[] {3, 0});
    assertEquals(1, comparison.largestAbsolute());
    assertEquals(1 / 3.0, comparison.largestRelative(), 1e-12);
  }

  @Test
  void notANumberNeverPasses() {
    for (float[][] pair :
        new float[][][] {{{Float.NaN}, {1}}, {{1}, {Float.NaN}}, {{1e30f}, {0}}}) {
      Comparison comparison = new Comparison();
      comparison.add(pair[0], pair[1]);
      assertTrue(!(comparison.largestRelative() <= DemoCommand.TOLERANCE));
    }
  }

  @Test
  void theMeanIsTheYardstickOfTheForecast() {
    SquaredErrors errors = new SquaredErrors();
    assertTrue(errors.isEmpty());
    double[] actual = {1, 2, 3, 6};
    for (double value : actual) {
      errors.add(value + 0.5, value);
    }
    assertEquals(0.5, errors.ofModel(), 1e-12);
    assertEquals(Math.sqrt(3.5), errors.ofMean(), 1e-12);
  }
}
