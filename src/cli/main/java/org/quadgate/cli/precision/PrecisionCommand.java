// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.precision;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Locale;
import org.quadgate.Model;
import org.quadgate.cli.console.Console;
import org.quadgate.cli.model.Models;
import org.quadgate.cli.model.PrecisionConverter;
import org.quadgate.cli.model.RandomInputs;
import org.quadgate.network.Network;
import org.quadgate.options.Precision;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Tells what bf16 and int8 weights cost a model's outputs. */
@Command(
    name = "precision",
    description = "Compare a model's outputs at bf16 and int8 with fp32 over a long stream.")
public final class PrecisionCommand implements Runnable {
  private static final int MOST_STEPS = 100_000_000;

  /** Inputs before they repeat, far more than any model remembers. */
  private static final int STREAM = 30_011;

  private static final long SEED = 44;

  private final Console console;

  @Spec private CommandSpec spec;

  @Option(names = "--model", required = true, paramLabel = "MODEL", description = "A model file.")
  private Path model;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "100000",
      description = "How many steps, of random inputs as the model expects them (100000).")
  private int steps;

  /** Talks on these streams. */
  public PrecisionCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    if (steps < 10 || steps > MOST_STEPS) {
      throw new ParameterException(
          spec.commandLine(), "--steps is " + steps + ", expected 10 to " + MOST_STEPS);
    }
    Network network = Models.readSteppable(model);
    float[][] inputs = RandomInputs.rows(network, SEED, STREAM);
    int rounded = steps / 10 * 10;
    PrintStream out = console.out();
    try (Model exact = Models.compile(model.toString(), network, Precision.FP32)) {
      out.printf(Locale.ROOT, "model      %s, %,d steps%n", network.describe(), (long) rounded);
      out.printf(
          "%-10s%14s%14s%14s%14s%14s%14s%n",
          "", "bytes", "largest", "mean", "first tenth", "last tenth", "mean/std");
      row("fp32", exact.packedBytes(), new OutputError(0, 0, 0, 0, 1));
      for (Precision precision : new Precision[] {Precision.BF16, Precision.INT8}) {
        try (Model other = Models.compile(model.toString(), network, precision)) {
          row(
              PrecisionConverter.name(precision),
              other.packedBytes(),
              OutputError.between(exact, other, inputs, rounded));
        }
      }
    }
    out.println("errors are against fp32, in the outputs' own unit; std is that of the outputs");
  }

  private void row(String name, long bytes, OutputError error) {
    console
        .out()
        .printf(
            Locale.ROOT,
            "%-10s%,14d%14.3g%14.3g%14.3g%14.3g%13.3f%%%n",
            name,
            bytes,
            error.largest(),
            error.mean(),
            error.first(),
            error.last(),
            error.deviation() == 0 ? 0 : 100 * error.mean() / error.deviation());
  }
}
