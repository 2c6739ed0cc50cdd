// SPDX-License-Identifier: Apache-2.0
package org.quadgate.inspect;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntConsumer;
import org.quadgate.LstmConfig;
import org.quadgate.LstmModel;
import org.quadgate.LstmState;
import org.quadgate.LstmWeights;
import org.quadgate.Precision;

/**
 * What variants of a model change, over the same rows: units left out, by setting the weights
 * behind them to zero so that nothing sees them any more, and other precisions.
 */
public final class ModelVariants {
  /**
   * How a variant's outputs differ.
   *
   * @param outputs the root mean square of the differences, in standard deviations of the output;
   *     over several outputs the root of the mean square
   * @param error root mean square error of the first output against its targets; NaN without
   */
  public record Change(double outputs, double error) {}

  private final LstmWeights weights;
  private final float[] xs;
  private final int[] streams;
  private final float[] targets;
  private final float[] before; // outputs of the model itself; [rows][outputs]

  /**
   * A model and rows to run it over; each stream begins at the initial state.
   *
   * @param weights copied
   * @param xs shape [rows][inputs]
   * @param streams which stream each row is of, from 0; shape [rows]
   * @param targets of the first output, NaN where there is none; shape [rows]
   */
  public ModelVariants(LstmWeights weights, float[] xs, int[] streams, float[] targets) {
    this.weights = copy(weights);
    this.xs = xs;
    this.streams = streams;
    this.targets = targets;
    before = outputs(LstmModel.of(this.weights));
  }

  /** Whether units of a layer can be left out: not those that are outputs themselves. */
  public boolean canLeaveOut(int layer) {
    return layer + 1 < weights.layers().size() || !weights.head().isEmpty();
  }

  /** The model itself: no change, and its error. */
  public Change unchanged() {
    return new Change(0, error(before));
  }

  /** With its weights at another precision. */
  public Change packed(Precision precision) {
    return change(LstmModel.builder(weights).precision(precision).build());
  }

  /**
   * Without some units of a layer.
   *
   * @throws IllegalArgumentException if its units are outputs themselves
   */
  public Change without(int layer, int... units) {
    if (!canLeaveOut(layer)) {
      throw new IllegalArgumentException("the units of layer " + layer + " are the outputs");
    }
    LstmWeights without = copy(weights);
    for (int unit : units) {
      silence(without, layer, unit);
    }
    return change(LstmModel.of(without));
  }

  private Change change(LstmModel variant) {
    float[] after = outputs(variant);
    int outputs = weights.config().outputSize();
    double sum = 0;
    int moving = 0;
    for (int k = 0; k < outputs; k++) {
      double variance = variance(k, outputs);
      if (variance > 0) {
        sum += meanSquare(after, k, outputs) / variance;
        moving++;
      }
    }
    return new Change(moving == 0 ? 0 : Math.sqrt(sum / moving), error(after));
  }

  private double variance(int output, int outputs) {
    double mean = 0;
    int rows = streams.length;
    for (int row = 0; row < rows; row++) {
      mean += before[row * outputs + output] / (double) rows;
    }
    double sum = 0;
    for (int row = 0; row < rows; row++) {
      double deviation = before[row * outputs + output] - mean;
      sum += deviation * deviation;
    }
    // below this an output is constant but for rounding
    return sum / rows > 1e-12 * mean * mean ? sum / rows : 0;
  }

  private double meanSquare(float[] after, int output, int outputs) {
    double sum = 0;
    for (int i = output; i < after.length; i += outputs) {
      double difference = (double) after[i] - before[i];
      sum += difference * difference;
    }
    return sum / streams.length;
  }

  private double error(float[] ys) {
    int outputs = weights.config().outputSize();
    double sum = 0;
    int count = 0;
    for (int row = 0; row < streams.length; row++) {
      if (!Float.isNaN(targets[row])) {
        double error = (double) ys[row * outputs] - targets[row];
        sum += error * error;
        count++;
      }
    }
    return count == 0 ? Double.NaN : Math.sqrt(sum / count);
  }

  /**
   * Of a layer's units the ones that matter least, as many as can go together before the outputs
   * change by more than {@code most}.
   *
   * @param changes of each unit alone; shape [units]
   * @param most in standard deviations of the outputs
   * @param progress told how many were tried
   */
  public int[] expendable(int layer, double[] changes, double most, IntConsumer progress) {
    Integer[] order = new Integer[changes.length];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, (a, b) -> Double.compare(changes[a], changes[b]));
    int few = 0;
    int many = changes.length;
    int tried = 0;
    while (many - few > 1) { // few can go, many cannot
      int middle = (few + many) / 2;
      if (without(layer, first(order, middle)).outputs() <= most) {
        few = middle;
      } else {
        many = middle;
      }
      progress.accept(++tried);
    }
    int[] units = first(order, few);
    Arrays.sort(units);
    return units;
  }

  private static int[] first(Integer[] order, int count) {
    int[] units = new int[count];
    for (int i = 0; i < count; i++) {
      units[i] = order[i];
    }
    return units;
  }

  private float[] outputs(LstmModel model) {
    Map<Integer, LstmState> states = new HashMap<>();
    int in = model.config().inputSize();
    int out = model.config().outputSize();
    float[] ys = new float[streams.length * out];
    for (int row = 0; row < streams.length; row++) {
      LstmState state = states.computeIfAbsent(streams[row], _ -> model.newState());
      model.step(state, xs, row * in, ys, row * out);
    }
    return ys;
  }

  private static void silence(LstmWeights weights, int layer, int unit) {
    LstmConfig config = weights.config();
    int hidden = config.layers().get(layer).hiddenSize();
    column(weights.layers().get(layer).recurrent, hidden, unit);
    if (layer + 1 < weights.layers().size()) {
      column(weights.layers().get(layer + 1).input, hidden, unit);
    } else if (!weights.head().isEmpty()) {
      column(weights.head().getFirst().weight, hidden, unit);
    }
  }

  private static void column(float[] matrix, int columns, int column) {
    for (int i = column; i < matrix.length; i += columns) {
      matrix[i] = 0;
    }
  }

  private static LstmWeights copy(LstmWeights from) {
    LstmWeights to = new LstmWeights(from.config());
    for (int i = 0; i < from.layers().size(); i++) {
      LstmWeights.Recurrent a = from.layers().get(i);
      LstmWeights.Recurrent b = to.layers().get(i);
      System.arraycopy(a.input, 0, b.input, 0, a.input.length);
      System.arraycopy(a.recurrent, 0, b.recurrent, 0, a.recurrent.length);
      System.arraycopy(a.bias, 0, b.bias, 0, a.bias.length);
      System.arraycopy(a.initialHidden, 0, b.initialHidden, 0, a.initialHidden.length);
      System.arraycopy(a.initialCell, 0, b.initialCell, 0, a.initialCell.length);
    }
    for (int i = 0; i < from.head().size(); i++) {
      LstmWeights.Linear a = from.head().get(i);
      LstmWeights.Linear b = to.head().get(i);
      System.arraycopy(a.weight, 0, b.weight, 0, a.weight.length);
      System.arraycopy(a.bias, 0, b.bias, 0, a.bias.length);
    }
    System.arraycopy(from.inputMean, 0, to.inputMean, 0, from.inputMean.length);
    System.arraycopy(from.inputStd, 0, to.inputStd, 0, from.inputStd.length);
    System.arraycopy(from.outputMean, 0, to.outputMean, 0, from.outputMean.length);
    System.arraycopy(from.outputStd, 0, to.outputStd, 0, from.outputStd.length);
    return to;
  }
}
