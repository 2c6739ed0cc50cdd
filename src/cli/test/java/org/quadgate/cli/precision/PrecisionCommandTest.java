// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.precision;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quadgate.Model;
import org.quadgate.cli.Cli;
import org.quadgate.cli.Networks;
import org.quadgate.cli.model.RandomInputs;
import org.quadgate.io.ModelFiles;
import org.quadgate.network.Architecture;
import org.quadgate.network.Network;
import org.quadgate.options.ModelOptions;
import org.quadgate.options.Precision;

@Tag("once")
class PrecisionCommandTest {
  private static final int STEPS = 100_000;
  private static final Architecture SHAPE = Architecture.builder(8).lstm(32).linear(1).build();

  @TempDir private Path dir;

  @Test
  void smallerWeightsCostLittleAndErrorsDoNotAddUp() {
    Network network = Networks.plain(SHAPE, 3).toNetwork();
    Model exact = Model.of(network);
    float[][] inputs = RandomInputs.rows(network, 1, 1000);
    OutputError none = OutputError.between(exact, Model.of(network), inputs, 1000);
    assertEquals(0, none.largest());
    for (Precision precision : new Precision[] {Precision.BF16, Precision.INT8}) {
      Model other = Model.of(network, ModelOptions.DEFAULT.withPrecision(precision));
      OutputError error = OutputError.between(exact, other, inputs, STEPS);
      assertTrue(error.mean() > 0, "rounding shows");
      assertTrue(error.largest() < 0.2 * error.deviation(), precision + ": " + error);
      assertTrue(error.last() < 1.2 * error.first(), precision + " drifts: " + error);
    }
  }

  @Test
  void errorsThatAddUpWouldShow() {
    Network network = Networks.plain(SHAPE, 3).toNetwork();
    Network other = Networks.plain(SHAPE, 4).toNetwork();
    float[][] inputs = RandomInputs.rows(network, 1, 1000);
    OutputError error = OutputError.between(Model.of(network), Model.of(other), inputs, 1000);
    assertTrue(error.largest() > error.deviation(), error.toString());
  }

  @Test
  void everyNetworkThatCanBeSteppedIsCompared() throws IOException {
    for (Path file : Networks.saveRare(dir)) {
      Cli cli = Cli.run("precision", "--model", file, "--steps", "1000").assertDone();
      assertTrue(cli.out().contains(ModelFiles.read(file).describe()), cli.out());
      for (String precision : new String[] {"fp32 ", "bf16 ", "int8 "}) {
        assertTrue(cli.out().contains(precision), cli.out());
      }
    }
    Path both = Networks.save(Networks.bidirectional(), dir.resolve("both.onnx"));
    Cli.run("precision", "--model", both)
        .assertRefused(
            both
                + ": cannot be stepped: recurrent layer 0 reads in both directions, so it needs the"
                + " whole sequence");
  }

  @Test
  void refusesTooFewSteps() {
    Cli run = Cli.run("precision", "--model", "none", "--steps", "9");
    assertEquals(2, run.status());
    assertTrue(run.err().contains("--steps is 9, expected 10 to"), run.err());
  }
}
