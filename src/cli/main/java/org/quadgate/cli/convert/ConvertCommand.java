// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.convert;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.quadgate.Model;
import org.quadgate.cli.console.Console;
import org.quadgate.cli.file.CommandFiles;
import org.quadgate.cli.model.Models;
import org.quadgate.cli.model.RandomInputs;
import org.quadgate.cli.refusal.BadInputException;
import org.quadgate.io.ModelFiles;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.io.format.OnnxForm;
import org.quadgate.network.DirectionWeights;
import org.quadgate.network.Network;
import org.quadgate.options.Precision;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes a model in another format, and compares what was written with what was read. */
@Command(
    name = "convert",
    description =
        "Write a model in another format, by the file's extension, and compare both on random"
            + " input.")
public final class ConvertCommand implements Runnable {
  private static final int STEPS = 256;
  private static final long SEED = 17;

  private final Console console;

  @Parameters(
      index = "0",
      paramLabel = "FROM",
      description = "The model: .safetensors, .onnx, .h5, .hdf5 or .keras.")
  private Path from;

  @Parameters(index = "1", paramLabel = "TO", description = "What to write: .safetensors or .onnx.")
  private Path to;

  @Option(
      names = "--form",
      paramLabel = "FORM",
      defaultValue = "sequence",
      description =
          "What one run of an .onnx model is: sequence (default), or step, with the states as"
              + " inputs and outputs.")
  private String form;

  /** Talks on these streams. */
  public ConvertCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    OnnxForm written =
        switch (form) {
          case "sequence" -> OnnxForm.SEQUENCE;
          case "step" -> OnnxForm.STEP;
          default ->
              throw new BadInputException(
                  "--form: expected sequence or step, found " + BadInputException.quote(form));
        };
    new CommandFiles().reads("FROM", from).writes("TO", to).check();
    Network read = Models.read(from);
    write(read, written);
    Network back = Models.read(to);
    line("model", read.describe());
    line("from", from.toString());
    line("to", to + (written == OnnxForm.STEP ? " (step)" : ""));
    compare(read, back);
  }

  private void write(Network read, OnnxForm written) {
    try {
      if (written == OnnxForm.STEP) {
        ModelFiles.writeOnnx(read, written, to);
      } else {
        ModelFiles.write(read, to);
      }
    } catch (ModelFormatException e) {
      throw new BadInputException(e.getMessage(), e);
    } catch (IOException e) {
      throw BadInputException.writing(to, e);
    }
  }

  /** Runs both from their initial states; compares the rows that both give. */
  private void compare(Network read, Network back) {
    if (!sameStart(read, back)) {
      line("compared", "no: a step's initial state is its caller's, and this model learned one");
      return;
    }
    float[] xs = RandomInputs.sequence(read, SEED, STEPS);
    float[] expected = run(from, read, xs);
    float[] found = run(to, back, xs);
    int common = Math.min(expected.length, found.length);
    expected = Arrays.copyOfRange(expected, expected.length - common, expected.length);
    found = Arrays.copyOfRange(found, found.length - common, found.length);
    double most = 0;
    for (int i = 0; i < common; i++) {
      most = Math.max(most, Math.abs((double) expected[i] - found[i]));
    }
    line(
        "compared",
        String.format(
            Locale.ROOT,
            "%d timesteps of random input: %s",
            STEPS,
            Arrays.equals(expected, found)
                ? "the same bits"
                : "largest difference %.3g".formatted(most)));
  }

  private static boolean sameStart(Network read, Network back) {
    for (int i = 0; i < read.layers().size(); i++) {
      for (int d = 0; d < read.layers().get(i).directions().size(); d++) {
        DirectionWeights mine = read.layers().get(i).directions().get(d);
        DirectionWeights other = back.layers().get(i).directions().get(d);
        if (!Arrays.equals(mine.initialHidden(), other.initialHidden())
            || !Arrays.equals(mine.initialCell(), other.initialCell())) {
          return false;
        }
      }
    }
    return true;
  }

  private static float[] run(Path file, Network network, float[] xs) {
    try (Model model = Models.compile(file.toString(), network, Precision.FP32)) {
      float[] ys = new float[model.outputRows(STEPS) * model.outputSize()];
      model.run(xs, STEPS, ys);
      return ys;
    }
  }

  private void line(String name, String value) {
    console.out().printf("%-10s %s%n", name, value);
  }
}
