// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli;

import java.util.HashMap;
import java.util.Map;
import org.quadgate.LstmModel;
import org.quadgate.LstmState;
import org.quadgate.NonFiniteInputException;

/** Steps a model once per row of a file, with a state of its own for each group key. */
final class Predictor {
  private final LstmModel model;
  private final CsvRows rows;
  private final Columns columns;
  private final Map<String, LstmState> states = new HashMap<>();
  private final float[] x;
  private final float[] y;
  private String key = "";

  Predictor(LstmModel model, CsvRows rows, Columns columns) {
    this.model = model;
    this.rows = rows;
    this.columns = columns;
    x = new float[model.config().inputSize()];
    y = new float[model.config().outputSize()];
  }

  /** Reads a row and steps; false at the end of the file. */
  boolean next() {
    if (!rows.next()) {
      return false;
    }
    if (columns.grouped()) {
      key = rows.cell(columns.group());
    }
    for (int i = 0; i < x.length; i++) {
      x[i] = rows.number(columns.input(i));
    }
    try {
      model.step(states.computeIfAbsent(key, _ -> model.newState()), x, y);
    } catch (NonFiniteInputException e) {
      int column = columns.input(e.index());
      throw rows.fault(
          column,
          "expected a number that the model's sums can hold, found "
              + BadInputException.quote(rows.cell(column)));
    }
    return true;
  }

  /** The present row's key; empty where rows are not grouped. */
  String key() {
    return key;
  }

  /** The present row's outputs; overwritten by the next. */
  float[] output() {
    return y;
  }
}
