// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.quadgate.io.ModelFormatException;
import org.quadgate.io.onnx.Value.Axis;
import org.quadgate.io.onnx.Value.Data;
import org.quadgate.network.Activation;
import org.quadgate.sequence.LinearLayer;
import org.quadgate.sequence.SequenceLayer;
import org.quadgate.sequence.SequenceModel;
import org.quadgate.sequence.SequenceModel.Rows;

/**
 * The network as far as its nodes were read: a straight chain of scaling, recurrent layers, head
 * and scaling. Every computation takes what the one before it gave; anything else is a branch,
 * which no network of ours has.
 *
 * <p>Scaling is kept as ONNX's nodes have it where that is possible: Sub and Div before the layers,
 * Mul and Add behind them; others are turned into these.
 */
final class OnnxNetwork {
  private final List<SequenceLayer> layers = new ArrayList<>();
  private final List<LinearLayer> head = new ArrayList<>();
  private Rows rows = Rows.EACH;
  private int stage;
  private String input = "";
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
  void recur(NodeReader in, Data data, int timeAt, int batchAt, SequenceLayer layer)
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
    head.add(new LinearLayer(inputs, outputs, weight, new float[outputs], Activation.IDENTITY));
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
    LinearLayer last = head.getLast();
    if (bias.length != 1 && bias.length != last.outputs()) {
      throw in.failure(bias.length + " biases for " + last.outputs() + " outputs");
    }
    take(in, data);
    replaceLast(spread(bias, last.outputs()), last.activation());
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
    replaceLast(head.getLast().bias(), activation);
    return data.atStage(stage, data.last().size());
  }

  private void replaceLast(float[] bias, Activation activation) {
    LinearLayer last = head.removeLast();
    head.add(new LinearLayer(last.inputs(), last.outputs(), last.weight(), bias, activation));
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
    float[] c = spread(by, size);
    for (int i = 0; i < size; i++) {
      switch (op) {
        case "Sub" -> inputMean[i] += c[i] * inputStd[i];
        case "Add" -> inputMean[i] -= c[i] * inputStd[i];
        case "Div" -> inputStd[i] *= c[i];
        default -> inputStd[i] /= c[i];
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
    float[] c = spread(by, size);
    for (int i = 0; i < size; i++) {
      switch (op) {
        case "Sub" -> outputMean[i] -= c[i];
        case "Add" -> outputMean[i] += c[i];
        case "Div" -> {
          outputStd[i] /= c[i];
          outputMean[i] /= c[i];
        }
        default -> {
          outputStd[i] *= c[i];
          outputMean[i] *= c[i];
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
      return values.clone();
    }
    float[] all = new float[size];
    Arrays.fill(all, values[0]);
    return all;
  }

  /** The network, of which {@code output} is what comes out. */
  SequenceModel build(OnnxSource source, Data output) throws ModelFormatException {
    if (output.part() != Data.WHOLE) {
      throw source.graph("gives one direction of a bidirectional layer; expected both");
    }
    SequenceModel.Builder builder = SequenceModel.builder();
    builder.rows(head.isEmpty() && outputMean == null ? output.rows() : rows);
    layers.forEach(builder::layer);
    head.forEach(builder::linear);
    int inputs = layers.getFirst().inputSize();
    int outputs = head.isEmpty() ? layers.getLast().outputSize() : head.getLast().outputs();
    try {
      if (inputMean != null) {
        builder.inputScaling(spread(inputMean, inputs), spread(inputStd, inputs));
      }
      if (outputMean != null) {
        builder.outputScaling(spread(outputMean, outputs), spread(outputStd, outputs));
      }
      return builder.build();
    } catch (IllegalArgumentException e) {
      throw source.graph(e.getMessage());
    }
  }
}
