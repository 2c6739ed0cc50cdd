// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli;

import java.nio.file.Path;
import java.util.List;
import org.quadgate.LstmModel;
import org.quadgate.Precision;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Streams a CSV file, or a pipe, through a model. */
@Command(
    name = "predict",
    description = "Step a model once per row of a CSV file and write its outputs as CSV.")
final class PredictCommand implements Runnable {
  private static final Path STANDARD = Path.of("-");

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

  PredictCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    LstmModel loaded = Models.pack(model.toString(), Models.read(model), precision);
    // standard input is the caller's to close
    if (data.equals(STANDARD)) {
      predict(loaded, new CsvRows("standard input", console.in()), true);
    } else {
      try (CsvRows rows = CsvRows.open(data)) {
        predict(loaded, rows, false);
      }
    }
  }

  private void predict(LstmModel loaded, CsvRows rows, boolean flushEachRow) {
    Columns columns = Columns.find(rows, loaded.config(), features, group);
    if (out.equals(STANDARD)) {
      var writer = new PredictionWriter(console.dataOut(), loaded.config(), group);
      copy(loaded, rows, columns, writer, flushEachRow);
    } else {
      try (OutputFile file = OutputFile.create(out)) {
        var writer = new PredictionWriter(file.stream(), loaded.config(), group);
        copy(loaded, rows, columns, writer, false);
        file.commit();
      }
    }
  }

  private static void copy(
      LstmModel loaded,
      CsvRows rows,
      Columns columns,
      PredictionWriter writer,
      boolean flushEachRow) {
    try {
      if (flushEachRow) {
        Predictor predictor = new Predictor(loaded, rows, columns);
        writer.flush();
        while (predictor.next()) {
          writer.row(predictor.key(), predictor.output());
          writer.flush();
        }
      } else {
        new BlockPredictor(loaded, rows, columns, writer).run();
      }
    } catch (BadInputException e) {
      writer.flush(); // the rows before the bad one were answered
      throw e;
    }
    writer.flush();
  }
}
