// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.predict;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.quadgate.Model;
import org.quadgate.RefusedInputException;
import org.quadgate.cli.csv.Columns;
import org.quadgate.cli.csv.CsvRows;
import org.quadgate.cli.csv.OutputRows;
import org.quadgate.cli.refusal.BadInputException;
import org.quadgate.network.Rows;

/**
 * Answers a file or a pipe with a model that needs whole sequences: each group's rows are one, and
 * all of them are in memory. The outputs stand in the order of the rows, or, where a model gives
 * one row a sequence, of the groups' first rows.
 */
final class SequencePredictor implements Predictor {
  private final Model model;
  private final CsvRows rows;
  private final Columns columns;
  private final OutputRows outputs;
  private final Map<String, Sequence> sequences = new LinkedHashMap<>();

  /** The rows of one group. */
  private static final class Sequence {
    private float[] xs = new float[0]; // [room for steps][input]
    private float[] ys; // [output rows][output]
    private long[] lines = new long[64]; // [room for steps]
    private int steps;
    private int written;

    void add(float[] x, long line) {
      if ((steps + 1) * (long) x.length > xs.length) {
        long room = Math.min(2L * xs.length + 64L * x.length, Integer.MAX_VALUE - 8);
        if (room < (steps + 1L) * x.length) {
          throw new BadInputException("more rows in one series than fit into memory");
        }
        xs = Arrays.copyOf(xs, (int) room);
      }
      System.arraycopy(x, 0, xs, steps * x.length, x.length);
      lines = steps == lines.length ? Arrays.copyOf(lines, 2 * steps) : lines;
      lines[steps] = line;
      steps++;
    }
  }

  SequencePredictor(Model model, CsvRows rows, Columns columns, OutputRows outputs) {
    this.model = model;
    this.rows = rows;
    this.columns = columns;
    this.outputs = outputs;
  }

  @Override
  public void run() {
    List<String> order = new ArrayList<>();
    float[] x = new float[model.inputSize()];
    while (rows.next()) {
      String key = columns.key(rows);
      columns.read(rows, x, 0);
      sequences.computeIfAbsent(key, _ -> new Sequence()).add(x, rows.line());
      order.add(key);
    }
    sequences.values().forEach(this::run);
    write(model.network().rows() == Rows.EACH ? order : List.copyOf(sequences.keySet()));
  }

  private void run(Sequence sequence) {
    int steps = sequence.steps;
    float[] xs = Arrays.copyOf(sequence.xs, steps * model.inputSize());
    sequence.xs = null; // the larger array may go while the model runs
    sequence.ys = new float[Math.multiplyExact(model.outputRows(steps), model.outputSize())];
    try {
      model.run(xs, steps, sequence.ys);
    } catch (RefusedInputException e) {
      throw columns.fault(rows, sequence.lines[e.row()], e);
    }
  }

  private void write(List<String> keys) {
    for (String key : keys) {
      Sequence sequence = sequences.get(key);
      outputs.row(key, sequence.ys, sequence.written * model.outputSize());
      sequence.written++;
    }
  }
}
