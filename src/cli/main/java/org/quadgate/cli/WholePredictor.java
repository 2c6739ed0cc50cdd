// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.quadgate.sequence.SequenceModel;

/**
 * Predicts a whole file with a model that needs whole sequences: each group's rows are one, and all
 * of them are in memory. The outputs stand in the order of the rows, or, where a model gives one
 * row a sequence, of the groups' first rows.
 */
final class WholePredictor {
  private final SequenceModel model;
  private final CsvRows rows;
  private final Columns columns;
  private final PredictionWriter writer;
  private final Map<String, Sequence> sequences = new LinkedHashMap<>();

  /** The rows of one group. */
  private static final class Sequence {
    private float[] xs = new float[0]; // [room for steps][input]
    private float[] ys; // [output rows][output]
    private int steps;
    private int written;

    void add(float[] x) {
      if ((steps + 1) * (long) x.length > xs.length) {
        long room = Math.min(2L * xs.length + 64L * x.length, Integer.MAX_VALUE - 8);
        if (room < (steps + 1L) * x.length) {
          throw new BadInputException("more rows in one series than fit into memory");
        }
        xs = Arrays.copyOf(xs, (int) room);
      }
      System.arraycopy(x, 0, xs, steps * x.length, x.length);
      steps++;
    }
  }

  WholePredictor(SequenceModel model, CsvRows rows, Columns columns, PredictionWriter writer) {
    this.model = model;
    this.rows = rows;
    this.columns = columns;
    this.writer = writer;
  }

  /** Reads, runs and writes all rows. */
  void run() {
    List<String> order = new ArrayList<>();
    float[] x = new float[model.inputSize()];
    while (rows.next()) {
      String key = columns.grouped() ? rows.cell(columns.group()) : "";
      for (int i = 0; i < x.length; i++) {
        x[i] = rows.number(columns.input(i));
        if (!Float.isFinite(x[i])) {
          throw rows.fault(
              columns.input(i),
              "expected a finite number, found "
                  + BadInputException.quote(rows.cell(columns.input(i))));
        }
      }
      sequences.computeIfAbsent(key, _ -> new Sequence()).add(x);
      order.add(key);
    }
    for (Sequence sequence : sequences.values()) {
      int outputs = Math.multiplyExact(model.outputRows(sequence.steps), model.outputSize());
      sequence.ys = new float[outputs];
      float[] xs = Arrays.copyOf(sequence.xs, sequence.steps * x.length);
      sequence.xs = xs;
      model.run(xs, sequence.steps, sequence.ys);
    }
    write(model.rows() == SequenceModel.Rows.EACH ? order : List.copyOf(sequences.keySet()));
  }

  private void write(List<String> keys) {
    float[] y = new float[model.outputSize()];
    for (String key : keys) {
      Sequence sequence = sequences.get(key);
      System.arraycopy(sequence.ys, sequence.written * y.length, y, 0, y.length);
      sequence.written++;
      writer.row(key, y);
    }
  }
}
