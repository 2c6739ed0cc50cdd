// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.quadgate.LstmModel;
import org.quadgate.LstmState;
import org.quadgate.NonFiniteInputException;
import org.quadgate.sequence.SequenceModel;
import org.quadgate.sequence.SequenceState;

/** Steps a model once per row of a file, with a state of its own for each group key. */
final class Predictor {
  /** One stream of a model. */
  private interface Stream {
    void step(float[] x, float[] y);
  }

  private final Supplier<Stream> newStream;
  private final CsvRows rows;
  private final Columns columns;
  private final Map<String, Stream> streams = new HashMap<>();
  private final float[] x;
  private final float[] y;
  private String key = "";

  Predictor(LstmModel model, CsvRows rows, Columns columns) {
    this(
        () -> {
          LstmState state = model.newState();
          return (x, y) -> model.step(state, x, y);
        },
        model.config().inputSize(),
        model.config().outputSize(),
        rows,
        columns);
  }

  /** Of a model that can be stepped. */
  Predictor(SequenceModel model, CsvRows rows, Columns columns) {
    this(
        () -> {
          SequenceState state = model.newState();
          return (x, y) -> model.step(state, x, y);
        },
        model.inputSize(),
        model.outputSize(),
        rows,
        columns);
  }

  private Predictor(
      Supplier<Stream> newStream, int inputs, int outputs, CsvRows rows, Columns columns) {
    this.newStream = newStream;
    this.rows = rows;
    this.columns = columns;
    x = new float[inputs];
    y = new float[outputs];
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
      streams.computeIfAbsent(key, _ -> newStream.get()).step(x, y);
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
