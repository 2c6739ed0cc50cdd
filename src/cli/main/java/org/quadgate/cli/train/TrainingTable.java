// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.quadgate.cli.csv.Columns;
import org.quadgate.cli.csv.CsvRows;
import org.quadgate.cli.refusal.BadInputException;
import org.quadgate.train.Dataset;

/** A whole CSV file as series to train on: which columns are inputs, which are targets. */
final class TrainingTable {
  /**
   * What the user said about the columns.
   *
   * @param targets column names
   * @param features column names; null takes every numeric column but the key, and the targets only
   *     where they lie ahead
   * @param group the key column's name; null if there is none
   */
  record Request(
      List<String> targets,
      List<String> features,
      String group,
      int horizon,
      Dataset.Scoring scoring) {}

  /** The rows of one key so far; arrays grow. */
  private static final class Growing {
    private float[] x = new float[64];
    private float[] target = new float[64];
    private int rows;
    private long firstLine;
    private long lastRow;

    void add(float[] inputs, float[] targets) {
      x = put(x, inputs, rows);
      target = put(target, targets, rows);
      rows++;
    }

    private static float[] put(float[] to, float[] row, int at) {
      float[] roomy = to;
      if (roomy.length < (at + 1) * row.length) {
        roomy = Arrays.copyOf(roomy, Math.max(Math.multiplyExact(2, roomy.length), row.length));
      }
      System.arraycopy(row, 0, roomy, at * row.length, row.length);
      return roomy;
    }
  }

  private final CsvRows rows;
  private final Request request;
  private final Map<String, Growing> series = new LinkedHashMap<>();
  private final List<String> leftOut = new ArrayList<>();
  private int[] targets;
  private int[] features;
  private int group;

  private TrainingTable(CsvRows rows, Request request) {
    this.rows = rows;
    this.request = request;
  }

  /** Reads a file whole. */
  static TrainingTable read(Path data, Request request) {
    try (CsvRows rows = CsvRows.open(data)) {
      TrainingTable table = new TrainingTable(rows, request);
      table.readRows();
      return table;
    }
  }

  private void readRows() {
    group = request.group == null ? -1 : Columns.index(rows, request.group);
    targets = request.targets.stream().mapToInt(name -> Columns.index(rows, name)).toArray();
    Columns.checkOnce("--target", request.targets);
    if (!rows.next()) {
      throw new BadInputException(rows.name() + ": expected rows below the header, found none");
    }
    if (request.features == null) {
      chooseFeatures();
    } else {
      Columns.checkOnce("--features", request.features);
      features = request.features.stream().mapToInt(name -> Columns.index(rows, name)).toArray();
    }
    float[] x = new float[features.length];
    float[] target = new float[targets.length];
    long count = 0;
    do {
      String key = group < 0 ? "" : rows.cell(group);
      for (int i = 0; i < x.length; i++) {
        x[i] = rows.number(features[i]);
      }
      for (int i = 0; i < target.length; i++) {
        target[i] = rows.number(targets[i]);
      }
      Growing one = series.computeIfAbsent(key, _ -> new Growing());
      one.firstLine = one.rows == 0 ? rows.line() : one.firstLine;
      one.lastRow = count++;
      one.add(x, target);
    } while (rows.next());
  }

  /**
   * A column counts as numbers if its first cell does not speak against it: what stands in a later
   * cell is then an error with a place, not a reason to drop the column in silence.
   */
  private void chooseFeatures() {
    List<Integer> chosen = new ArrayList<>();
    for (int i = 0; i < rows.header().size(); i++) {
      int column = i;
      boolean isTarget = Arrays.stream(targets).anyMatch(t -> t == column);
      if (i == group || (isTarget && request.horizon == 0)) {
        continue;
      }
      if (rows.looksNumeric(i)) {
        chosen.add(i);
      } else if (!isTarget) {
        leftOut.add(rows.header().get(i));
      }
    }
    if (chosen.isEmpty()) {
      throw new BadInputException(
          rows.name()
              + ": line 1: expected a numeric column beside the target and the key, found "
              + rows.columnsThere()
              + (request.horizon == 0 ? "; with --horizon the target itself is an input" : ""));
    }
    features = chosen.stream().mapToInt(Integer::intValue).toArray();
  }

  /** The input columns in order. */
  List<String> features() {
    return Arrays.stream(features).mapToObj(rows.header()::get).toList();
  }

  /** The columns that are no numbers. */
  List<String> leftOut() {
    return leftOut;
  }

  /** The highest target value; where targets are classes, one less than their number. */
  float highestTarget() {
    float highest = 0;
    for (Growing one : series.values()) {
      for (int i = 0; i < one.rows * targets.length; i++) {
        highest = Math.max(highest, one.target[i]);
      }
    }
    return highest;
  }

  /** The series, in the order of their last rows. */
  Dataset dataset() {
    Dataset.Builder data =
        Dataset.builder(features.length, targets.length)
            .horizon(request.horizon)
            .scoring(request.scoring);
    int least = Math.max(2, request.horizon + 1);
    List<Map.Entry<String, Growing>> ordered = new ArrayList<>(series.entrySet());
    ordered.sort(Comparator.comparingLong(entry -> entry.getValue().lastRow));
    for (Map.Entry<String, Growing> entry : ordered) {
      Growing one = entry.getValue();
      if (one.rows < least) {
        throw tooShort(entry.getKey(), one, least);
      }
      data.series(
          entry.getKey(),
          Arrays.copyOf(one.x, one.rows * features.length),
          Arrays.copyOf(one.target, one.rows * targets.length));
    }
    return data.build();
  }

  private BadInputException tooShort(String key, Growing one, int least) {
    String what = group < 0 ? "the series" : "group " + BadInputException.quote(key);
    return new BadInputException(
        rows.name()
            + ": line "
            + one.firstLine
            + ": "
            + what
            + " has "
            + (one.rows == 1 ? "one row" : one.rows + " rows")
            + ", expected at least "
            + least
            + (request.horizon > 0 ? " for --horizon " + request.horizon : ""));
  }
}
