// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.io.onnx.graph.Value.Axis;
import org.quadgate.io.onnx.graph.Value.Data;
import org.quadgate.io.onnx.graph.Value.Dim;
import org.quadgate.io.onnx.proto.OnnxSource;
import org.quadgate.network.Activation;
import org.quadgate.network.LinearLayer;
import org.quadgate.network.Network;
import org.quadgate.network.RecurrentLayer;
import org.quadgate.network.Rows;
import org.quadgate.network.Scaling;

/**
 * The network as far as its nodes were read: a straight chain of scaling, recurrent layers, head
 * and scaling. Every computation takes what the one before it gave; anything else is a branch,
 * which no {@link Network} can have.
 *
 * <p>Scaling is kept as ONNX's nodes have it where that is possible: Sub and Div before the layers,
 * Mul and Add behind them; others are turned into these.
 */
final class OnnxNetwork {
  /** A linear layer as far as its nodes were read. */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  private record Linear(
      int inputs, int outputs, float[] weight, float[] bias, Activation activation) {
    Linear with(float[] newBias, Activation newActivation) {
      return new Linear(inputs, outputs, weight, newBias, newActivation);
    }
  }

  private final List<RecurrentLayer> layers = new ArrayList<>();
  private final List<Linear> head = new ArrayList<>();
  private Rows rows = Rows.EACH;
  private int stage;
  private String input = "";
  private long steps; // of the first layer's input, where the file fixes it; else 0
  private Axis scaledAxis; // the axis that input scaling ran along; null if each value got the same
  private float[] inputMean; // [1 or input], null before any scaling
  private float[] inputStd;
  private float[] outputMean; // [1 or output], likewise
  private float[] outputStd;
  private boolean biased; // whether the last linear layer has its bias

  /** The name of the graph input that data comes from; empty before the first computation. */
  String input() {
    return input;
  }

  boolean isEmpty() {
    return layers.isEmpty();
  }

  /** Whether this is what the last computation gave. */
  boolean isNewest(Data data) {
    return data.stage() == stage;
  }

  /** Takes a value into a computation: it must be what the last one gave, whole. */
  private void take(NodeReader in, Data data) throws ModelFormatException {
    if (data.stage() != stage) {
      throw in.failure("is on a branch; expected a straight chain from the input to the output");
    }
    if (data.part() != Data.WHOLE) {
      throw in.failure("reads one direction of a bidirectional layer; expected both side by side");
    }
    if (stage == 0) {
      input = data.input();
    }
    stage++;
  }

  /** Adds a layer; {@code timeAt} and {@code batchAt} are where its X has these dimensions. */
  void recur(NodeReader in, Data data, int timeAt, int batchAt, RecurrentLayer layer)
      throws ModelFormatException {
    if (!head.isEmpty() || outputMean != null) {
      throw in.failure("follows a linear layer or a scaling; expected the recurrent layers first");
    }
    Axis feature = data.last().axis();
    boolean rowsFit = data.rows() == Rows.EACH && data.rank() == 3;
    if (stage > 0 && !layers.isEmpty()) {
      rowsFit &= data.dims().get(timeAt).axis() == Axis.TIME && feature == Axis.FEATURE;
      Axis batch = data.dims().get(batchAt).axis();
      rowsFit &= batch == Axis.BATCH || batch == Axis.ONE;
    }
    if (!rowsFit) {
      throw in.failure(
          "reads a value of shape %s; expected time, batch and features of every timestep"
              .formatted(data.shape()));
    }
    if (data.last().size() != Constant.OPEN && data.last().size() != layer.inputSize()) {
      throw in.failure(
          "has weights for %d inputs, but reads %s".formatted(layer.inputSize(), data.shape()));
    }
    if (scaledAxis != null && layers.isEmpty() && scaledAxis != feature) {
      throw in.failure("reads inputs that were scaled along another dimension than the features");
    }
    take(in, data);
    if (layers.isEmpty()) {
      Dim time = data.dims().get(timeAt);
      steps = time.axis() == Axis.ONE || time.size() == Constant.OPEN ? 0 : time.size();
    }
    layers.add(layer);
  }

  int stage() {
    return stage;
  }

  /** Adds a linear layer without a bias. */
  Data linear(NodeReader in, Data data, int inputs, int outputs, float[] weight)
      throws ModelFormatException {
    checkHead(in, data);
    if (outputMean != null) {
      throw in.failure("follows a scaling of outputs; expected that last");
    }
    if (data.last().size() != inputs) {
      throw in.failure("has weights for %d inputs, but reads %s".formatted(inputs, data.shape()));
    }
    take(in, data);
    if (head.isEmpty()) {
      rows = data.rows();
    }
    head.add(new Linear(inputs, outputs, weight, new float[outputs], Activation.IDENTITY));
    biased = false;
    return data.atStage(stage, outputs);
  }

  private void checkHead(NodeReader in, Data data) throws ModelFormatException {
    if (layers.isEmpty()) {
      throw in.failure("comes before the recurrent layers; of those only scaling may come first");
    }
    if (data.rank() == 0 || data.last().axis() != Axis.FEATURE) {
      throw in.failure("reads a value of shape " + data.shape() + ", expected features last");
    }
  }

  /** Gives the last linear layer its bias; false if it has one, or is not the last computation. */
  boolean addBias(NodeReader in, Data data, float[] bias) throws ModelFormatException {
    boolean fits = !head.isEmpty() && !biased && outputMean == null;
    if (!fits || !head.getLast().activation().equals(Activation.IDENTITY)) {
      return false;
    }
    Linear last = head.getLast();
    if (bias.length != 1 && bias.length != last.outputs()) {
      throw in.failure(bias.length + " biases for " + last.outputs() + " outputs");
    }
    take(in, data);
    head.set(head.size() - 1, last.with(spread(bias, last.outputs()), last.activation()));
    biased = true;
    return true;
  }

  /** Puts a function behind the last linear layer. */
  Data activate(NodeReader in, Data data, Activation activation) throws ModelFormatException {
    checkHead(in, data);
    if (head.isEmpty()
        || outputMean != null
        || !head.getLast().activation().equals(Activation.IDENTITY)) {
      throw in.failure("does not follow a linear layer; expected functions there alone");
    }
    take(in, data);
    head.set(head.size() - 1, head.getLast().with(head.getLast().bias(), activation));
    return data.atStage(stage, data.last().size());
  }

  /** Adds, subtracts, multiplies or divides every timestep's values by these; [1 or features]. */
  Data scale(NodeReader in, Data data, String op, float[] by) throws ModelFormatException {
    boolean before = layers.isEmpty();
    if (!before) {
      checkHead(in, data);
    } else if (data.rank() < 2) {
      throw in.failure(
          "scales a value of shape " + data.shape() + ", expected inputs of the graph");
    }
    long features = data.last().size();
    if (by.length != 1 && features != Constant.OPEN && by.length != features) {
      throw in.failure(by.length + " values for " + features + " features");
    }
    if (before && by.length != 1) {
      if (scaledAxis != null && scaledAxis != data.last().axis()) {
        throw in.failure("scales the inputs along another dimension than the node before it");
      }
      scaledAxis = data.last().axis();
    }
    take(in, data);
    if (before) {
      scaleInput(in, op, by);
    } else {
      if (outputMean == null && head.isEmpty()) {
        rows = data.rows();
      }
      scaleOutput(in, op, by);
    }
    return data.atStage(stage, features);
  }

  /** (x − mean) / std, and then the operation, is again (x − mean) / std. */
  private void scaleInput(NodeReader in, String op, float[] by) throws ModelFormatException {
    if (inputMean == null) {
      inputMean = new float[1];
      inputStd = new float[] {1};
    }
    int size = Math.max(by.length, inputMean.length);
    inputMean = spread(inputMean, size);
    inputStd = spread(inputStd, size);
    for (int i = 0; i < size; i++) {
      float c = by[by.length == 1 ? 0 : i];
      switch (op) {
        case "Sub" -> inputMean[i] += c * inputStd[i];
        case "Add" -> inputMean[i] -= c * inputStd[i];
        case "Div" -> inputStd[i] *= c;
        default -> inputStd[i] /= c;
      }
      checkScale(in, inputMean[i], inputStd[i]);
    }
  }

  /** y · std + mean, and then the operation, is again y · std + mean. */
  private void scaleOutput(NodeReader in, String op, float[] by) throws ModelFormatException {
    if (outputMean == null) {
      outputMean = new float[1];
      outputStd = new float[] {1};
    }
    int size = Math.max(by.length, outputMean.length);
    outputMean = spread(outputMean, size);
    outputStd = spread(outputStd, size);
    for (int i = 0; i < size; i++) {
      float c = by[by.length == 1 ? 0 : i];
      switch (op) {
        case "Sub" -> outputMean[i] -= c;
        case "Add" -> outputMean[i] += c;
        case "Div" -> {
          outputStd[i] /= c;
          outputMean[i] /= c;
        }
        default -> {
          outputStd[i] *= c;
          outputMean[i] *= c;
        }
      }
      checkScale(in, outputMean[i], outputStd[i]);
    }
  }

  private static void checkScale(NodeReader in, float mean, float std) throws ModelFormatException {
    if (!Float.isFinite(mean) || !Float.isFinite(std) || !(std > 0)) {
      throw in.failure("scales by a number that is not above 0, or that a float cannot hold");
    }
  }

  /** One value for all, or one each. */
  private static float[] spread(float[] values, int size) {
    if (values.length == size) {
      return values;
    }
    float[] all = new float[size];
    Arrays.fill(all, values[0]);
    return all;
  }

  /**
   * The network.
   *
   * @param output what comes out of it
   * @param fromInitialStates whether every run of the graph is of whole sequences from the states
   *     in the file; then a fixed number of timesteps is the network's window
   */
  Network build(OnnxSource source, Data output, boolean fromInitialStates)
      throws ModelFormatException {
    if (output.part() != Data.WHOLE) {
      throw source.graph("gives one direction of a bidirectional layer; expected both");
    }
    Network.Builder builder = Network.builder();
    builder.rows(head.isEmpty() && outputMean == null ? output.rows() : rows);
    layers.forEach(builder::layer);
    if (fromInitialStates && steps > 0 && steps <= Integer.MAX_VALUE) {
      builder.window((int) steps);
    }
    int inputs = layers.getFirst().inputSize();
    int outputs = head.isEmpty() ? layers.getLast().outputSize() : head.getLast().outputs();
    try {
      for (Linear linear : head) {
        builder.linear(
            new LinearLayer(
                linear.inputs, linear.outputs, linear.weight, linear.bias, linear.activation));
      }
      if (inputMean != null) {
        builder.inputScaling(new Scaling(spread(inputMean, inputs), spread(inputStd, inputs)));
      }
      if (outputMean != null) {
        builder.outputScaling(new Scaling(spread(outputMean, outputs), spread(outputStd, outputs)));
      }
      return builder.build();
    } catch (IllegalArgumentException e) {
      throw source.graph(e.getMessage());
    }
  }
}
