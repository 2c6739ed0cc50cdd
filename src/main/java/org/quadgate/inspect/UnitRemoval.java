// SPDX-License-Identifier: Apache-2.0
package org.quadgate.inspect;

import java.util.Arrays;
import java.util.function.IntConsumer;
import org.quadgate.LstmConfig;
import org.quadgate.LstmModel;
import org.quadgate.LstmState;
import org.quadgate.LstmWeights;

/**
 * What units are worth, by leaving them out: the weights behind a unit are set to zero, so that
 * nothing sees it any more, and the outputs over the same rows are compared with before.
 */
public final class UnitRemoval {
  private final LstmWeights weights;
  private final float[] xs;
  private final int rows;
  private final float[] before; // outputs of the whole network; [rows][outputs]

  /**
   * A network and rows to run it over, from its initial state.
   *
   * @param weights copied
   * @param xs shape [rows][inputs]
   */
  public UnitRemoval(LstmWeights weights, float[] xs, int rows) {
    this.weights = copy(weights);
    this.xs = xs;
    this.rows = rows;
    before = outputs(this.weights);
  }

  /**
   * How much the outputs change without a unit: the root mean square of the differences, in
   * standard deviations of the outputs.
   */
  public double change(int layer, int unit) {
    return change(layer, new int[] {unit});
  }

  /** As {@link #change(int, int)}, without all of {@code units}. */
  public double change(int layer, int[] units) {
    LstmWeights without = copy(weights);
    for (int unit : units) {
      silence(without, layer, unit);
    }
    float[] after = outputs(without);
    double squares = 0;
    double sum = 0;
    double sumOfSquares = 0;
    for (int i = 0; i < before.length; i++) {
      double difference = (double) after[i] - before[i];
      squares += difference * difference;
      sum += before[i];
      sumOfSquares += (double) before[i] * before[i];
    }
    double mean = sum / before.length;
    double deviation = Math.sqrt(Math.max(0, sumOfSquares / before.length - mean * mean));
    double change = Math.sqrt(squares / before.length);
    return deviation > 0 ? change / deviation : change;
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
      if (change(layer, first(order, middle)) <= most) {
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

  private float[] outputs(LstmWeights of) {
    LstmModel model = LstmModel.of(of);
    LstmState state = model.newState();
    int in = of.config().inputSize();
    int out = of.config().outputSize();
    float[] ys = new float[rows * out];
    for (int row = 0; row < rows; row++) {
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
