// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.quadgate.LstmModel;
import org.quadgate.LstmWeights;
import org.quadgate.Precision;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows what the gates of a model do on data, in words, as a page and for machines. */
@Command(name = "inspect", description = "Run a model over a CSV file and show what its gates do.")
final class InspectCommand implements Callable<Integer> {
  private final Console console;

  @Option(names = "--model", required = true, paramLabel = "MODEL", description = "A model file.")
  private Path model;

  @Option(names = "--data", required = true, paramLabel = "CSV", description = "The rows.")
  private Path data;

  @Option(
      names = "--features",
      split = ",",
      paramLabel = "COL",
      description = "The input columns. Default: those that the model names, else all but the key.")
  private List<String> features;

  @Option(
      names = "--group",
      paramLabel = "COL",
      description = "The key column: each key is a stream of its own.")
  private String group;

  @Option(
      names = "--target",
      paramLabel = "COL",
      description = "The column that the first output forecasts, to show beside it.")
  private String target;

  @Option(
      names = "--horizon",
      paramLabel = "N",
      defaultValue = "0",
      description = "How many rows ahead it forecasts (default 0).")
  private int horizon;

  @Option(names = "--out", paramLabel = "HTML", description = "Write a page there.")
  private Path out;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the figures there as JSON.")
  private Path json;

  InspectCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    TrainingChecks.atLeast("--horizon", horizon, 0);
    if (horizon > 0 && target == null) {
      throw new BadInputException("--horizon: needs --target");
    }
    LstmWeights weights = Models.read(model);
    LstmModel packed = Models.pack(model.toString(), weights, Precision.FP32);
    // begun before the work, so that a place which cannot be written is known before it
    try (OutputFile page = out == null ? null : OutputFile.create(out);
        OutputFile figures = json == null ? null : OutputFile.create(json)) {
      InspectFindings findings = find(weights, packed);
      String title = model.getFileName() + " on " + data.getFileName();
      InspectText.print(findings, title, console.out());
      if (page != null) {
        write(page, new InspectPage(findings, title, target).html());
        console.out().printf("%nThe page is in %s%n", out);
      }
      if (figures != null) {
        write(figures, InspectJson.of(findings));
      }
    }
    console.out().flush();
    return 0;
  }

  private InspectFindings find(LstmWeights weights, LstmModel packed) {
    Progress progress = new Progress(console.err());
    String longest;
    try (CsvRows csv = CsvRows.open(data)) {
      longest = InspectedRows.longest(csv, Columns.find(csv, packed.config(), features, group));
    }
    InspectedRows rows;
    try (CsvRows csv = CsvRows.open(data)) {
      Columns columns = Columns.find(csv, packed.config(), features, group);
      int targetColumn = target == null ? -1 : Columns.index(csv, target);
      rows = new InspectedRows(packed, names(csv, columns, packed), horizon, longest);
      rows.read(csv, columns, targetColumn, progress);
    }
    InspectFindings findings = InspectFindings.of(weights, packed, rows, progress);
    progress.done();
    return findings;
  }

  private static List<String> names(CsvRows csv, Columns columns, LstmModel model) {
    return IntStream.range(0, model.config().inputSize())
        .mapToObj(i -> csv.header().get(columns.input(i)))
        .toList();
  }

  private static void write(OutputFile file, String text) {
    PrintStream stream = new PrintStream(file.stream(), false, StandardCharsets.UTF_8);
    stream.print(text);
    stream.flush();
    file.commit();
  }
}
