// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.inspect;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.quadgate.Model;
import org.quadgate.cli.console.Console;
import org.quadgate.cli.console.Progress;
import org.quadgate.cli.csv.Columns;
import org.quadgate.cli.csv.CsvRows;
import org.quadgate.cli.file.CommandFiles;
import org.quadgate.cli.model.Models;
import org.quadgate.cli.refusal.BadInputException;
import org.quadgate.cli.refusal.Limits;
import org.quadgate.network.Network;
import org.quadgate.options.Precision;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows what the gates of a model do on data, in words, as a page and for machines. */
@Command(name = "inspect", description = "Run a model over a CSV file and show what its gates do.")
public final class InspectCommand implements Callable<Integer> {
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

  /** Talks on these streams. */
  public InspectCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Limits.atLeast("--horizon", horizon, 0);
    if (horizon > 0 && target == null) {
      throw new BadInputException("--horizon: needs --target");
    }
    // A place that cannot be written should not cost an inspection.
    CommandFiles files =
        new CommandFiles()
            .reads("--model", model)
            .reads("--data", data)
            .writes("--out", out)
            .writes("--json", json);
    files.check();
    Network network = Models.readSteppable(model);
    try (Model compiled = Models.compile(model.toString(), network, Precision.FP32)) {
      InspectFindings findings = find(compiled);
      String title = model.getFileName() + " on " + data.getFileName();
      InspectText.print(findings, title, console.out());
      if (out != null) {
        String page = new InspectPage(findings, title, target).html();
        files.write(out, to -> write(to, page));
        console.out().printf("%nThe page is in %s%n", out);
      }
      if (json != null) {
        files.write(json, to -> write(to, InspectJson.of(findings)));
      }
    }
    console.out().flush();
    return 0;
  }

  private InspectFindings find(Model compiled) {
    Progress progress = new Progress(console.err());
    String longest;
    try (CsvRows csv = CsvRows.open(data)) {
      longest = InspectedRows.longest(csv, Columns.find(csv, compiled.network(), features, group));
    }
    InspectedRows rows;
    try (CsvRows csv = CsvRows.open(data)) {
      Columns columns = Columns.find(csv, compiled.network(), features, group);
      int targetColumn = target == null ? -1 : Columns.index(csv, target);
      rows = new InspectedRows(compiled, names(csv, columns, compiled), horizon, longest);
      rows.read(csv, columns, targetColumn, progress);
    }
    InspectFindings findings = InspectFindings.of(compiled, rows, progress);
    progress.done();
    return findings;
  }

  private static List<String> names(CsvRows csv, Columns columns, Model compiled) {
    return IntStream.range(0, compiled.inputSize())
        .mapToObj(i -> csv.header().get(columns.input(i)))
        .toList();
  }

  private static void write(OutputStream to, String text) {
    PrintStream stream = new PrintStream(to, false, StandardCharsets.UTF_8);
    stream.print(text);
    stream.flush();
  }
}
