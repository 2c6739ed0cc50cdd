// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.csv;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import org.quadgate.network.Network;

/** Writes outputs as CSV, in the shortest decimals that parse back to the same floats. */
public final class OutputRows {
  private final CsvWriter csv;
  private final boolean grouped;
  private final String[] cells;

  /**
   * Writes the header: the group key's column if there is one, then the output names.
   *
   * @param group null if rows have no key
   */
  public OutputRows(OutputStream to, Network model, String group) {
    csv = CsvWriter.builder().lineDelimiter(LineDelimiter.LF).build(to, StandardCharsets.UTF_8);
    grouped = group != null;
    List<String> names = names(model);
    cells = new String[names.size() + (grouped ? 1 : 0)];
    for (int i = 0; i < names.size(); i++) {
      cells[cells.length - names.size() + i] = names.get(i);
    }
    if (grouped) {
      cells[0] = group;
    }
    csv.writeRecord(cells);
  }

  /** The model's own output names, or y0, y1 … where it has none. */
  public static List<String> names(Network model) {
    List<String> own = model.outputNames();
    return own.isEmpty()
        ? IntStream.range(0, model.outputSize()).mapToObj(i -> "y" + i).toList()
        : own;
  }

  /** Writes one row. */
  public void row(String key, float[] outputs) {
    row(key, outputs, 0);
  }

  /** Writes one row, whose outputs begin at {@code at}. */
  public void row(String key, float[] outputs, int at) {
    int first = grouped ? 1 : 0;
    for (int i = first; i < cells.length; i++) {
      cells[i] = Float.toString(outputs[at + i - first]);
    }
    if (grouped) {
      cells[0] = key;
    }
    csv.writeRecord(cells);
  }

  /** Hands everything on. */
  public void flush() {
    try {
      csv.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // the streams that commands give throw their own kind
    }
  }
}
