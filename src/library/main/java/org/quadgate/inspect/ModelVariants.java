// SPDX-License-Identifier: Apache-2.0
package org.quadgate.inspect;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import org.quadgate.Model;
import org.quadgate.StreamState;
import org.quadgate.network.DirectionWeights;
import org.quadgate.network.LinearLayer;
import org.quadgate.network.Network;
import org.quadgate.network.RecurrentLayer;
import org.quadgate.options.ModelOptions;
import org.quadgate.options.Precision;

/**
 * What variants of a network change, over the same rows: units left out, by setting the weights
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

  private final Network network;
  private final float[] xs;
  private final int[] streams;
  private final float[] targets;
  private final float[] before; // outputs of the network itself; [rows][outputs]

  /**
   * A network and rows to run it over; each stream begins at the initial state.
   *
   * @param xs shape [rows][inputs]
   * @param streams which stream each row is of, from 0; shape [rows]
   * @param targets of the first output, NaN where there is none; shape [rows]
   * @throws UnsupportedOperationException if the network cannot be stepped
   */
  public ModelVariants(Network network, float[] xs, int[] streams, float[] targets) {
    this.network = network;
    this.xs = xs;
    this.streams = streams;
    this.targets = targets;
    before = outputs(network, Precision.FP32);
  }

  /** Whether units of a layer can be left out: not those that are outputs themselves. */
  public boolean canLeaveOut(int layer) {
    return layer + 1 < network.layers().size()
        || !network.head().isEmpty()
        || weights(layer).projects();
  }

  private DirectionWeights weights(int layer) {
    return network.layers().get(layer).directions().getFirst();
  }

  /** The network itself: no change, and its error. */
  public Change unchanged() {
    return new Change(0, error(before));
  }

  /** With its weights at another precision. */
  public Change packed(Precision precision) {
    return change(network, precision);
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
    return change(silenced(layer, units), Precision.FP32);
  }

  private Change change(Network variant, Precision precision) {
    float[] after = outputs(variant, precision);
    int outputs = network.outputSize();
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
    int outputs = network.outputSize();
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

  private float[] outputs(Network variant, Precision precision) {
    try (Model model = Model.of(variant, ModelOptions.DEFAULT.withPrecision(precision))) {
      Map<Integer, StreamState> states = new HashMap<>();
      int in = model.inputSize();
      int out = model.outputSize();
      float[] ys = new float[streams.length * out];
      for (int row = 0; row < streams.length; row++) {
        StreamState state = states.computeIfAbsent(streams[row], _ -> model.newState());
        model.step(state, xs, row * in, ys, row * out);
      }
      return ys;
    }
  }

  /** The network with zeros wherever the units of a layer are seen. */
  private Network silenced(int layer, int[] units) {
    List<RecurrentLayer> layers = new ArrayList<>(network.layers());
    List<LinearLayer> head = new ArrayList<>(network.head());
    DirectionWeights weights = weights(layer);
    if (weights.projects()) {
      // what a unit puts out goes through the projection and nowhere else
      float[] projection = cleared(weights.projection(), layers.get(layer).hiddenSize(), units);
      layers.set(layer, with(layers.get(layer), weights.input(), weights.recurrent(), projection));
      return with(layers, head);
    }
    int width = layers.get(layer).hiddenSize();
    float[] recurrent = cleared(weights.recurrent(), width, units);
    layers.set(layer, with(layers.get(layer), weights.input(), recurrent, new float[0]));
    if (layer + 1 < layers.size()) {
      DirectionWeights above = weights(layer + 1);
      float[] input = cleared(above.input(), width, units);
      layers.set(
          layer + 1, with(layers.get(layer + 1), input, above.recurrent(), above.projection()));
    } else {
      LinearLayer first = head.getFirst();
      float[] weight = cleared(first.weight(), width, units);
      head.set(
          0,
          new LinearLayer(
              first.inputs(), first.outputs(), weight, first.bias(), first.activation()));
    }
    return with(layers, head);
  }

  private static float[] cleared(float[] matrix, int columns, int[] cleared) {
    for (int column : cleared) {
      for (int i = column; i < matrix.length; i += columns) {
        matrix[i] = 0;
      }
    }
    return matrix;
  }

  private static RecurrentLayer with(
      RecurrentLayer layer, float[] input, float[] recurrent, float[] projection) {
    DirectionWeights weights = layer.directions().getFirst();
    DirectionWeights.Builder changed =
        DirectionWeights.builder(input, recurrent, weights.bias())
            .peephole(weights.peephole())
            .projection(projection)
            .initialHidden(weights.initialHidden())
            .initialCell(weights.initialCell())
            .activations(weights.activations());
    return layer.withWeights(List.of(changed.build()));
  }

  private Network with(List<RecurrentLayer> layers, List<LinearLayer> head) {
    Network.Builder builder = Network.builder();
    layers.forEach(builder::layer);
    head.forEach(builder::linear);
    if (network.maskValue().isPresent()) {
      builder.masking((float) network.maskValue().getAsDouble());
    }
    return builder
        .inputScaling(network.inputScaling())
        .outputScaling(network.outputScaling())
        .build();
  }
}
