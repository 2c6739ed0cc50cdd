// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.predict;

import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import org.quadgate.Model;
import org.quadgate.cli.console.Console;
import org.quadgate.cli.csv.Columns;
import org.quadgate.cli.csv.CsvRows;
import org.quadgate.cli.csv.OutputRows;
import org.quadgate.cli.file.CommandFiles;
import org.quadgate.cli.model.Models;
import org.quadgate.cli.model.PrecisionConverter;
import org.quadgate.cli.refusal.BadInputException;
import org.quadgate.options.Precision;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Streams a CSV file, or a pipe, through a model. */
@Command(
    name = "predict",
    description = "Step a model once per row of a CSV file and write its outputs as CSV.")
public final class PredictCommand implements Runnable {
  private static final Path STANDARD = Path.of("-");

  /** What standard input is on systems that have a name for it, such as a redirected file. */
  private static final Path STANDARD_INPUT = Path.of("/dev/stdin");

  private final Console console;

  @Option(names = "--model", required = true, paramLabel = "MODEL", description = "The model file.")
  private Path model;

  @Option(
      names = "--data",
      paramLabel = "CSV",
      defaultValue = "-",
      description = "The rows, with a header; - is standard input, answered row by row (default).")
  private Path data;

  @Option(
      names = "--features",
      split = ",",
      paramLabel = "COL",
      description = "The input columns, in the model's order. Default: the model's own names.")
  private List<String> features;

  @Option(
      names = "--group",
      paramLabel = "COL",
      description = "The key column: each key is a series with a state of its own.")
  private String group;

  @Option(
      names = "--out",
      paramLabel = "CSV",
      defaultValue = "-",
      description = "Where the outputs go; - is standard output (default).")
  private Path out;

  @Option(
      names = "--precision",
      paramLabel = "P",
      defaultValue = "fp32",
      converter = PrecisionConverter.class,
      description = "How weights are stored: fp32 (default), bf16 or int8.")
  private Precision precision;

  /** Talks on these streams. */
  public PredictCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    boolean piped = data.equals(STANDARD);
    CommandFiles files =
        new CommandFiles()
            .reads("--model", model)
            .reads(piped ? "standard input" : "--data", piped ? STANDARD_INPUT : data)
            .writes("--out", out.equals(STANDARD) ? null : out);
    files.check();
    try (Model compiled = Models.compile(model.toString(), Models.read(model), precision)) {
      if (piped) {
        // standard input is the caller's to close
        predict(compiled, new CsvRows("standard input", console.in()), files);
      } else {
        try (CsvRows rows = CsvRows.open(data)) {
          predict(compiled, rows, files);
        }
      }
    }
  }

  private void predict(Model compiled, CsvRows rows, CommandFiles files) {
    Columns columns = Columns.find(rows, compiled.network(), features, group);
    if (out.equals(STANDARD)) {
      predict(compiled, rows, columns, console.dataOut());
    } else {
      files.write(out, stream -> predict(compiled, rows, columns, stream));
    }
  }

  private void predict(Model compiled, CsvRows rows, Columns columns, OutputStream to) {
    OutputRows outputs = new OutputRows(to, compiled.network(), group);
    try {
      predictor(compiled, rows, columns, outputs).run();
    } catch (BadInputException e) {
      outputs.flush(); // the rows before the bad one were answered
      throw e;
    }
    outputs.flush();
  }

  private Predictor predictor(Model compiled, CsvRows rows, Columns columns, OutputRows outputs) {
    if (compiled.whyNotStep().isPresent()) {
      return new SequencePredictor(compiled, rows, columns, outputs);
    }
    boolean answersEachRow = data.equals(STANDARD) && out.equals(STANDARD);
    return answersEachRow
        ? new RowPredictor(compiled, rows, columns, outputs)
        : new BlockPredictor(compiled, rows, columns, outputs);
  }
}
