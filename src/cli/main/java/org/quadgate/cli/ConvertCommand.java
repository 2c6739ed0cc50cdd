// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import org.quadgate.io.ModelFiles;
import org.quadgate.io.ModelFormatException;
import org.quadgate.io.OnnxForm;
import org.quadgate.sequence.SequenceModel;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes a model in another format, and compares what was written with what was read. */
@Command(
    name = "convert",
    description =
        "Write a model in another format, by the file's extension, and compare both on random"
            + " input.")
final class ConvertCommand implements Runnable {
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

  ConvertCommand(Console console) {
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
    SequenceModel read = Models.readSequenceModel(from);
    write(read, written);
    SequenceModel back = Models.readSequenceModel(to);
    line("model", read.describe());
    line("from", from.toString());
    line("to", to + (written == OnnxForm.STEP ? " (step)" : ""));
    compare(read, back);
  }

  private void write(SequenceModel read, OnnxForm written) {
    try {
      if (written == OnnxForm.STEP) {
        ModelFiles.writeOnnx(read, written, to);
      } else {
        ModelFiles.writeSequenceModel(read, to);
      }
    } catch (ModelFormatException e) {
      throw new BadInputException(e.getMessage(), e);
    } catch (IOException e) {
      throw new BadInputException(to + ": cannot be written: " + e, e);
    }
  }

  /** Runs both from their initial states; compares the rows that both give. */
  private void compare(SequenceModel read, SequenceModel back) {
    if (!sameStart(read, back)) {
      line("compared", "no: a step's initial state is its caller's, and this model learned one");
      return;
    }
    float[] xs = new float[STEPS * read.inputSize()];
    float[] mean = read.inputMean();
    float[] std = read.inputStd();
    Random random = new Random(SEED);
    for (int i = 0; i < xs.length; i++) {
      int k = i % mean.length;
      xs[i] = (float) (mean[k] + std[k] * random.nextGaussian());
    }
    float[] expected = run(read, xs);
    float[] found = run(back, xs);
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

  private static boolean sameStart(SequenceModel read, SequenceModel back) {
    for (int i = 0; i < read.layers().size(); i++) {
      for (int d = 0; d < read.layers().get(i).passes().size(); d++) {
        var mine = read.layers().get(i).passes().get(d);
        var other = back.layers().get(i).passes().get(d);
        if (!Arrays.equals(mine.initialHidden, other.initialHidden)
            || !Arrays.equals(mine.initialCell, other.initialCell)) {
          return false;
        }
      }
    }
    return true;
  }

  private static float[] run(SequenceModel model, float[] xs) {
    float[] ys = new float[model.outputRows(STEPS) * model.outputSize()];
    model.run(xs, STEPS, ys);
    return ys;
  }

  private void line(String name, String value) {
    console.out().printf("%-10s %s%n", name, value);
  }
}
