// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.quadgate.LstmConfig;

/** Which columns of a file are a model's inputs, and which one is the group key. */
final class Columns {
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
  static Columns find(CsvRows rows, LstmConfig model, List<String> features, String group) {
    return find(rows, model.inputSize(), model.inputNames(), features, group);
  }

  /** As {@link #find(CsvRows, LstmConfig, List, String)} for any model of so many inputs. */
  static Columns find(
      CsvRows rows, int size, List<String> own, List<String> features, String group) {
    int key = group == null ? -1 : index(rows, group);
    List<String> names = features == null ? own : features;
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
  static void checkOnce(String option, List<String> names) {
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
    // a file without a header would lose its first row; 0,1,2... is what pandas calls columns
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
  static int index(CsvRows rows, String column) {
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
  int input(int i) {
    return inputs[i];
  }

  boolean grouped() {
    return group >= 0;
  }

  /** The key's column; only if {@link #grouped}. */
  int group() {
    return group;
  }
}
