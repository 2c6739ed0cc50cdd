// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.quadgate.LstmConfig;
import org.quadgate.LstmModel;
import org.quadgate.LstmWeights;
import org.quadgate.Precision;
import org.quadgate.RandomWeights;

@Tag("once")
class PrecisionCommandTest {
  private static final int STEPS = 100_000;

  @Test
  void smallerWeightsCostLittleAndErrorsDoNotAddUp() {
    LstmWeights weights = RandomWeights.of(LstmConfig.builder(8).lstm(32).linear(1).build(), 3);
    LstmModel exact = LstmModel.of(weights);
    float[][] inputs = LatencyRun.randomInputs(weights, 1, 1000);
    OutputError none = OutputError.between(exact, LstmModel.of(weights), inputs, 1000);
    assertEquals(0, none.largest());
    for (Precision precision : new Precision[] {Precision.BF16, Precision.INT8}) {
      LstmModel other = LstmModel.builder(weights).precision(precision).build();
      OutputError error = OutputError.between(exact, other, inputs, STEPS);
      assertTrue(error.mean() > 0, "rounding shows");
      assertTrue(error.largest() < 0.2 * error.deviation(), precision + ": " + error);
      assertTrue(error.last() < 1.2 * error.first(), precision + " drifts: " + error);
    }
  }

  @Test
  void errorsThatAddUpWouldShow() {
    LstmWeights weights = RandomWeights.of(LstmConfig.builder(8).lstm(32).linear(1).build(), 3);
    LstmWeights other = RandomWeights.of(LstmConfig.builder(8).lstm(32).linear(1).build(), 4);
    float[][] inputs = LatencyRun.randomInputs(weights, 1, 1000);
    OutputError error =
        OutputError.between(LstmModel.of(weights), LstmModel.of(other), inputs, 1000);
    assertTrue(error.largest() > error.deviation(), error.toString());
  }

  @Test
  void refusesTooFewSteps() {
    Cli run = Cli.run("precision", "--model", "none", "--steps", "9");
    assertEquals(2, run.status());
    assertTrue(run.err().contains("--steps is 9, expected 10 to"), run.err());
  }
}
