// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli;

import java.nio.file.Path;
import java.util.List;
import org.quadgate.LstmModel;
import org.quadgate.Precision;
import org.quadgate.sequence.SequenceModel;
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
    SequenceModel read = Models.readSequenceModel(model);
    Prediction prediction =
        read.whyNotEngine().isEmpty()
            ? streamed(Models.pack(model.toString(), read.weights(), precision))
            : sequences(read);
    // standard input is the caller's to close
    if (data.equals(STANDARD)) {
      predict(read, prediction, new CsvRows("standard input", console.in()), true);
    } else {
      try (CsvRows rows = CsvRows.open(data)) {
        predict(read, prediction, rows, false);
      }
    }
  }

  /** Answers all rows of a file. */
  private interface Prediction {
    void run(CsvRows rows, Columns columns, PredictionWriter writer, boolean flushEachRow);
  }

  private static Prediction streamed(LstmModel engine) {
    return (rows, columns, writer, flushEachRow) -> {
      if (flushEachRow) {
        eachRow(new Predictor(engine, rows, columns), writer);
      } else {
        new BlockPredictor(engine, rows, columns, writer).run();
      }
    };
  }

  /** What the engine does not have: step by step where that is possible, else group by group. */
  private Prediction sequences(SequenceModel read) {
    if (precision != Precision.FP32) {
      throw new BadInputException(
          "--precision: only fp32 for this model: " + read.whyNotEngine().orElseThrow());
    }
    return (rows, columns, writer, flushEachRow) -> {
      if (read.whyNotStep().isEmpty()) {
        eachRow(new Predictor(read, rows, columns), writer);
      } else {
        new WholePredictor(read, rows, columns, writer).run();
      }
    };
  }

  private static void eachRow(Predictor predictor, PredictionWriter writer) {
    writer.flush();
    while (predictor.next()) {
      writer.row(predictor.key(), predictor.output());
      writer.flush();
    }
  }

  private void predict(
      SequenceModel read, Prediction prediction, CsvRows rows, boolean flushEachRow) {
    Columns columns = Columns.find(rows, read.inputSize(), read.inputNames(), features, group);
    List<String> names = PredictionWriter.outputNames(read.outputNames(), read.outputSize());
    if (out.equals(STANDARD)) {
      var writer = new PredictionWriter(console.dataOut(), names, group);
      copy(prediction, rows, columns, writer, flushEachRow);
    } else {
      try (OutputFile file = OutputFile.create(out)) {
        var writer = new PredictionWriter(file.stream(), names, group);
        copy(prediction, rows, columns, writer, false);
        file.commit();
      }
    }
  }

  private static void copy(
      Prediction prediction,
      CsvRows rows,
      Columns columns,
      PredictionWriter writer,
      boolean flushEachRow) {
    try {
      prediction.run(rows, columns, writer, flushEachRow);
    } catch (BadInputException e) {
      writer.flush(); // the rows before the bad one were answered
      throw e;
    }
    writer.flush();
  }
}
