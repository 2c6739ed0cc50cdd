// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.csv;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.quadgate.RefusedInputException;
import org.quadgate.cli.refusal.BadInputException;
import org.quadgate.network.Network;

/** Which columns of a file are a model's inputs, and which one is the group key. */
public final class Columns {
  private static final String TOO_LARGE =
      "expected a number that the model's sums can hold, found ";

  private final int[] inputs;
  private final int group;

  private Columns(int[] inputs, int group) {
    this.inputs = inputs;
    this.group = group;
  }

  /**
   * Finds the inputs: by the names in {@code features}, else by the model's own, else all columns
   * but the key, which then have to be as many as the model has inputs.
   *
   * @param features column names in the order of the model's inputs; null if not given
   * @param group the key column's name; null if there is none
   */
  public static Columns find(CsvRows rows, Network model, List<String> features, String group) {
    int size = model.inputSize();
    int key = group == null ? -1 : index(rows, group);
    List<String> names = features == null ? model.inputNames() : features;
    if (features != null) {
      checkFeatures(features, size);
    }
    int[] inputs =
        names.isEmpty()
            ? IntStream.range(0, rows.header().size()).filter(i -> i != key).toArray()
            : names.stream().mapToInt(name -> index(rows, name)).toArray();
    if (names.isEmpty()) {
      checkUnnamed(rows, size, inputs);
    }
    return new Columns(inputs, key);
  }

  private static void checkFeatures(List<String> features, int size) {
    if (features.size() != size) {
      throw new BadInputException(
          "--features: expected "
              + size
              + " columns, one per input of the model, found "
              + features.size());
    }
    checkOnce("--features", features);
  }

  /** Refuses a column that an option names twice. */
  public static void checkOnce(String option, List<String> names) {
    Set<String> seen = new HashSet<>();
    for (String name : names) {
      if (!seen.add(name)) {
        throw new BadInputException(
            option
                + ": expected each column once, found "
                + BadInputException.quote(name)
                + " twice");
      }
    }
  }

  private static void checkUnnamed(CsvRows rows, int size, int[] inputs) {
    if (inputs.length != size) {
      throw new BadInputException(
          rows.name()
              + ": line 1: expected "
              + size
              + " columns for the inputs of the model, which does not name them, found "
              + inputs.length
              + " ("
              + rows.columnsThere()
              + "); choose with --features");
    }
    // A file without a header would lose its first row; 0,1,2... is the header that pandas writes.
    boolean numbers = rows.header().stream().allMatch(c -> Float.isFinite(Decimal.parse(c)));
    boolean counted =
        IntStream.range(0, rows.header().size())
            .allMatch(i -> rows.header().get(i).equals(String.valueOf(i)));
    if (numbers && !counted) {
      throw new BadInputException(
          rows.name()
              + ": line 1: expected a header of column names, found numbers ("
              + rows.columnsThere()
              + ")");
    }
  }

  /** The column of that name. */
  public static int index(CsvRows rows, String column) {
    int index = rows.header().indexOf(column);
    if (index < 0) {
      throw new BadInputException(
          rows.name()
              + ": line 1: expected a column "
              + BadInputException.quote(column)
              + ", found "
              + rows.columnsThere());
    }
    return index;
  }

  /** The column of input {@code i}. */
  public int input(int i) {
    return inputs[i];
  }

  /** Whether rows have a key. */
  public boolean grouped() {
    return group >= 0;
  }

  /** The present row's key; empty where rows are not grouped. */
  public String key(CsvRows rows) {
    return grouped() ? rows.cell(group) : "";
  }

  /** Puts the present row's inputs into {@code xs} from {@code at}. */
  public void read(CsvRows rows, float[] xs, int at) {
    for (int i = 0; i < inputs.length; i++) {
      xs[at + i] = rows.number(inputs[i]);
    }
  }

  /** The error of a row that the model refused. */
  public BadInputException fault(CsvRows.Place row, RefusedInputException e) {
    return row.fault(inputs[e.index()], TOO_LARGE);
  }

  /**
   * As {@link #fault(CsvRows.Place, RefusedInputException)} of a row that is not there any more.
   */
  public BadInputException fault(CsvRows rows, long line, RefusedInputException e) {
    return rows.fault(line, inputs[e.index()], TOO_LARGE + e.value());
  }
}
