// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.inspect;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.quadgate.GateTrace;
import org.quadgate.GateTrace.Quantity;
import org.quadgate.Model;
import org.quadgate.RefusedInputException;
import org.quadgate.StreamState;
import org.quadgate.cli.console.Progress;
import org.quadgate.cli.csv.Columns;
import org.quadgate.cli.csv.CsvRows;
import org.quadgate.cli.refusal.BadInputException;
import org.quadgate.inspect.GateInspection;
import org.quadgate.inspect.ModelVariants;
import org.quadgate.network.Network;

/**
 * A file's rows run through a model: what the gates did over all of them; the first rows, to try
 * variants of the model on; and the last rows of the longest stream, to show.
 */
final class InspectedRows {
  /** Rows to draw at most. */
  static final int SHOWN = 600;

  /** Rows to run variants of the model over at most. */
  static final int TRIED = 3000;

  /** Units of a layer to draw at most. */
  static final int SHOWN_UNITS = 256;

  private static final long PROGRESS_NANOS = 500_000_000L;

  private final Model model;
  private final List<String> inputNames;
  private final int horizon;
  private final GateInspection inspection;
  private final double[] sum; // of each input; [inputs]
  private final double[] squares; // [inputs]
  private final Map<String, StreamState> states = new HashMap<>();
  private final Map<String, Integer> numbers = new HashMap<>(); // of streams, as they come
  private final String longest; // the key of the stream to show
  private long rows;

  private final float[] tried; // [TRIED][inputs]
  private final int[] triedStreams; // [TRIED]
  private final float[] triedTargets; // [TRIED]
  private int triedRows;
  private final Map<String, ArrayDeque<Integer>> waiting = new HashMap<>(); // for their targets

  // of the stream to show
  private long longestRows;
  private final float[][] inputs = new float[SHOWN][]; // a ring; [SHOWN][inputs]
  private final float[] outputs = new float[SHOWN]; // the first output of each row
  private final float[] targets = new float[SHOWN]; // of the same row
  private final List<Map<Quantity, float[][]>> shown =
      new ArrayList<>(); // per layer [SHOWN][units]

  InspectedRows(Model model, List<String> inputNames, int horizon, String longest) {
    this.model = model;
    this.inputNames = inputNames;
    this.horizon = horizon;
    this.longest = longest;
    inspection = new GateInspection(model);
    int size = model.inputSize();
    sum = new double[size];
    squares = new double[size];
    // a wide file is tried on fewer rows
    int most = Math.clamp(30_000_000L / size, 1, TRIED);
    tried = new float[most * size];
    triedStreams = new int[most];
    triedTargets = new float[most];
    Arrays.fill(triedTargets, Float.NaN);
    Arrays.fill(targets, Float.NaN);
    for (int layer = 0; layer < model.network().layers().size(); layer++) {
      Map<Quantity, float[][]> ofLayer = new EnumMap<>(Quantity.class);
      for (Quantity quantity : Quantity.values()) {
        ofLayer.put(quantity, new float[SHOWN][]);
      }
      shown.add(ofLayer);
    }
  }

  /** The key with the most rows, the first of those; empty if rows are not grouped. */
  static String longest(CsvRows csv, Columns columns) {
    if (!columns.grouped()) {
      return "";
    }
    Map<String, Long> counts = new LinkedHashMap<>();
    while (csv.next()) {
      counts.merge(columns.key(csv), 1L, Long::sum);
    }
    String longest = "";
    long most = 0;
    for (Map.Entry<String, Long> entry : counts.entrySet()) {
      if (entry.getValue() > most) {
        longest = entry.getKey();
        most = entry.getValue();
      }
    }
    return longest;
  }

  void read(CsvRows csv, Columns columns, int target, Progress progress) {
    float[] x = new float[model.inputSize()];
    float[] y = new float[model.outputSize()];
    long told = System.nanoTime();
    while (csv.next()) {
      String key = columns.key(csv);
      columns.read(csv, x, 0);
      for (int i = 0; i < x.length; i++) {
        sum[i] += x[i];
        squares[i] += (double) x[i] * x[i];
      }
      float wanted = target < 0 ? Float.NaN : csv.number(target);
      GateTrace trace =
          step(csv, columns, states.computeIfAbsent(key, _ -> model.newState()), x, y);
      rows++;
      toTry(key, x, wanted);
      if (key.equals(longest)) {
        toShow(trace, x, y[0], wanted);
      }
      if (rows % 64 == 0 && System.nanoTime() - told > PROGRESS_NANOS) {
        told = System.nanoTime();
        progress.now(String.format(Locale.ROOT, "running over row %,d", rows));
      }
    }
    if (rows < 2) {
      throw new BadInputException(
          csv.name() + ": expected two rows or more below the header, found " + rows);
    }
  }

  private GateTrace step(CsvRows csv, Columns columns, StreamState state, float[] x, float[] y) {
    try {
      return inspection.step(state, x, y);
    } catch (RefusedInputException e) {
      throw columns.fault(csv.place(), e);
    }
  }

  private void toTry(String key, float[] x, float target) {
    ArrayDeque<Integer> before = waiting.computeIfAbsent(key, _ -> new ArrayDeque<>());
    if (triedRows < triedStreams.length) {
      System.arraycopy(x, 0, tried, triedRows * x.length, x.length);
      triedStreams[triedRows] = numbers.computeIfAbsent(key, _ -> numbers.size());
      before.add(triedRows++);
    } else {
      before.add(-1);
    }
    if (before.size() > horizon) {
      int row = before.remove();
      if (row >= 0) {
        triedTargets[row] = target;
      }
    }
  }

  private void toShow(GateTrace trace, float[] x, float output, float target) {
    int at = (int) (longestRows % SHOWN);
    inputs[at] = x.clone();
    outputs[at] = output;
    targets[at] = target;
    for (int layer = 0; layer < shown.size(); layer++) {
      for (Quantity quantity : Quantity.values()) {
        if (trace.has(layer, quantity)) {
          float[][] ring = shown.get(layer).get(quantity);
          ring[at] = ring[at] == null ? new float[size(layer, quantity)] : ring[at];
          trace.copy(0, layer, quantity, ring[at], 0);
        }
      }
    }
    longestRows++;
  }

  /** How many numbers a layer has of a quantity. */
  private int size(int layer, Quantity quantity) {
    return inspection.of(layer, quantity).units();
  }

  GateInspection inspection() {
    return inspection;
  }

  List<String> inputNames() {
    return inputNames;
  }

  /** All rows of all streams. */
  long rows() {
    return rows;
  }

  int streams() {
    return states.size();
  }

  /** Standard deviations of the inputs; shape [inputs]. */
  double[] deviations() {
    double[] deviations = new double[sum.length];
    for (int i = 0; i < sum.length; i++) {
      double mean = sum[i] / rows;
      deviations[i] = Math.sqrt(Math.max(0, squares[i] / rows - mean * mean));
    }
    return deviations;
  }

  int triedRows() {
    return triedRows;
  }

  /** The model and the rows to try it on. */
  ModelVariants variants(Network network) {
    return new ModelVariants(
        network,
        tried,
        Arrays.copyOf(triedStreams, triedRows),
        Arrays.copyOf(triedTargets, triedRows));
  }

  /** The stream that is shown; empty where rows are not grouped. */
  String longest() {
    return longest;
  }

  /** How many rows there are to draw. */
  int shownRows() {
    return (int) Math.min(SHOWN, longestRows);
  }

  /** The number of the first of them in its stream, from 0. */
  long firstShown() {
    return longestRows - shownRows();
  }

  private int ring(int row) {
    return (int) ((firstShown() + row) % SHOWN);
  }

  float input(int row, int input) {
    return inputs[ring(row)][input];
  }

  float output(int row) {
    return outputs[ring(row)];
  }

  /** What the output of a row should be; NaN where that is not known. */
  float target(int row) {
    return row + horizon < shownRows() ? targets[ring(row + horizon)] : Float.NaN;
  }

  /** A layer's units over the rows to draw; shape [units][rows], of many units the first. */
  float[][] shown(int layer, Quantity quantity) {
    int units = Math.min(SHOWN_UNITS, size(layer, quantity));
    float[][] values = new float[units][shownRows()];
    for (int row = 0; row < shownRows(); row++) {
      float[] from = shown.get(layer).get(quantity)[ring(row)];
      for (int unit = 0; unit < units; unit++) {
        values[unit][row] = from[unit];
      }
    }
    return values;
  }
}
