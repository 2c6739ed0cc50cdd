// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import org.quadgate.LstmConfig;

/** Writes outputs as CSV, in the shortest decimals that parse back to the same floats. */
final class PredictionWriter {
  private final CsvWriter csv;
  private final boolean grouped;
  private final String[] cells;

  /**
   * Writes the header: the group key's column if there is one, then the output names.
   *
   * @param group null if rows have no key
   */
  PredictionWriter(OutputStream to, LstmConfig model, String group) {
    this(to, outputNames(model), group);
  }

  /** As {@link #PredictionWriter(OutputStream, LstmConfig, String)} for outputs of these names. */
  PredictionWriter(OutputStream to, List<String> names, String group) {
    csv = CsvWriter.builder().lineDelimiter(LineDelimiter.LF).build(to, StandardCharsets.UTF_8);
    grouped = group != null;
    cells = new String[names.size() + (grouped ? 1 : 0)];
    for (int i = 0; i < names.size(); i++) {
      cells[cells.length - names.size() + i] = names.get(i);
    }
    if (grouped) {
      cells[0] = group;
    }
    csv.writeRecord(cells);
  }

  /** The model's own output names, else y0, y1 ... */
  static List<String> outputNames(LstmConfig model) {
    return outputNames(model.outputNames(), model.outputSize());
  }

  /** The names, or y0, y1 … where there are none. */
  static List<String> outputNames(List<String> own, int size) {
    return own.isEmpty() ? IntStream.range(0, size).mapToObj(i -> "y" + i).toList() : own;
  }

  /** Writes one row. */
  void row(String key, float[] outputs) {
    int first = cells.length - outputs.length;
    for (int i = 0; i < outputs.length; i++) {
      cells[first + i] = Float.toString(outputs[i]);
    }
    if (grouped) {
      cells[0] = key;
    }
    csv.writeRecord(cells);
  }

  /** Hands everything on. */
  void flush() {
    try {
      csv.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // the streams given here throw their own kind
    }
  }
}
