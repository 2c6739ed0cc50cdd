// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.predict;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.quadgate.Model;
import org.quadgate.RefusedInputException;
import org.quadgate.StreamBatch;
import org.quadgate.StreamState;
import org.quadgate.cli.csv.Columns;
import org.quadgate.cli.csv.CsvRows;
import org.quadgate.cli.csv.OutputRows;
import org.quadgate.cli.refusal.BadInputException;

/**
 * Answers a file, many rows at once: rows of different groups that stand near each other are
 * stepped as one batch, and the rows of a file without groups as one sequence. The outputs and
 * their order are those of {@link RowPredictor}, and so are the errors: the rows before a bad one
 * are answered.
 */
final class BlockPredictor implements Predictor {
  /** Rows read before they are stepped. */
  private static final int ROWS = 192;

  private static final int FIRST_CAPACITY = 64;

  private final Model model;
  private final CsvRows rows;
  private final Columns columns;
  private final OutputRows outputs;
  private final StreamState state; // of a file without groups, else null
  private final StreamBatch batch; // of a file with groups, else null
  private final Map<String, Integer> streamOf = new HashMap<>();

  /** The last block with a row of each stream. */
  private int[] blockOf = new int[FIRST_CAPACITY];

  private int block = 1;

  // the rows read and not stepped yet
  private int count;
  private final String[] keys = new String[ROWS];
  private final CsvRows.Place[] places = new CsvRows.Place[ROWS];
  private final int[] streams = new int[ROWS];
  private final float[] xs; // [ROWS][input]
  private final float[] ys; // [ROWS][output]

  BlockPredictor(Model model, CsvRows rows, Columns columns, OutputRows outputs) {
    this.model = model;
    this.rows = rows;
    this.columns = columns;
    this.outputs = outputs;
    state = columns.grouped() ? null : model.newState();
    batch = columns.grouped() ? model.newBatch(FIRST_CAPACITY) : null;
    xs = new float[ROWS * model.inputSize()];
    ys = new float[ROWS * model.outputSize()];
  }

  @Override
  public void run() {
    try {
      while (rows.next()) {
        read();
      }
    } catch (BadInputException e) {
      step(); // throws in its turn if an earlier row is bad
      throw e;
    }
    step();
  }

  /** Takes the present row into the block. */
  private void read() {
    String key = columns.key(rows);
    int inputs = model.inputSize();
    if (count == ROWS) {
      step();
    }
    columns.read(rows, xs, count * inputs);
    if (columns.grouped()) {
      int stream = stream(key);
      if (blockOf[stream] == block) {
        // The stream has a row in this block, so the present row is the first of the next one.
        int at = count * inputs;
        step();
        System.arraycopy(xs, at, xs, 0, inputs);
      }
      blockOf[stream] = block;
      streams[count] = stream;
    }
    keys[count] = key;
    places[count] = rows.place();
    count++;
  }

  private int stream(String key) {
    Integer known = streamOf.get(key);
    if (known != null) {
      return known;
    }
    if (batch.size() == batch.capacity()) {
      batch.grow(2 * batch.capacity());
      blockOf = Arrays.copyOf(blockOf, batch.capacity());
    }
    int stream = batch.add();
    streamOf.put(key, stream);
    return stream;
  }

  /** Steps the rows of the block and writes their outputs. */
  private void step() {
    int all = count;
    count = 0;
    block++;
    if (all == 0) {
      return;
    }
    try {
      advance(all);
      write(all);
    } catch (RefusedInputException e) {
      if (e.row() > 0) {
        advance(e.row());
        write(e.row());
      }
      throw columns.fault(places[e.row()], e);
    }
  }

  private void advance(int rowCount) {
    if (batch == null) {
      model.run(state, xs, rowCount, ys);
    } else {
      batch.step(streams, rowCount, xs, ys);
    }
  }

  private void write(int rowCount) {
    for (int row = 0; row < rowCount; row++) {
      outputs.row(keys[row], ys, row * model.outputSize());
    }
  }
}
