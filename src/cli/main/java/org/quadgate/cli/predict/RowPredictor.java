// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.predict;

import java.util.HashMap;
import java.util.Map;
import org.quadgate.Model;
import org.quadgate.RefusedInputException;
import org.quadgate.StreamState;
import org.quadgate.cli.csv.Columns;
import org.quadgate.cli.csv.CsvRows;
import org.quadgate.cli.csv.OutputRows;

/** Answers a pipe: each row is stepped as soon as it is there, in the stream of its key. */
final class RowPredictor implements Predictor {
  private final Model model;
  private final CsvRows rows;
  private final Columns columns;
  private final OutputRows outputs;
  private final Map<String, StreamState> states = new HashMap<>();

  RowPredictor(Model model, CsvRows rows, Columns columns, OutputRows outputs) {
    this.model = model;
    this.rows = rows;
    this.columns = columns;
    this.outputs = outputs;
  }

  @Override
  public void run() {
    float[] x = new float[model.inputSize()];
    float[] y = new float[model.outputSize()];
    outputs.flush(); // a reader may wait for the header before it sends a row
    while (rows.next()) {
      String key = columns.key(rows);
      columns.read(rows, x, 0);
      try {
        model.step(states.computeIfAbsent(key, _ -> model.newState()), x, y);
      } catch (RefusedInputException e) {
        throw columns.fault(rows.place(), e);
      }
      outputs.row(key, y);
      outputs.flush();
    }
  }
}
