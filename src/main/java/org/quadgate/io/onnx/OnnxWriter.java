// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.quadgate.io.ModelFormatException;
import org.quadgate.io.OnnxForm;
import org.quadgate.sequence.Activation;
import org.quadgate.sequence.LinearLayer;
import org.quadgate.sequence.SequenceLayer;
import org.quadgate.sequence.SequenceLayer.Cell;
import org.quadgate.sequence.SequenceLayer.Pass;
import org.quadgate.sequence.SequenceModel;
import org.quadgate.sequence.SequenceModel.Rows;

/** A network as an ONNX model of opset 15, with the batch and the time left open. */
public final class OnnxWriter {
  private static final int OPSET = 15;

  /** A protobuf message is below 2 GiB; a part of that is left for names and shapes. */
  private static final long MOST_NUMBERS = (Integer.MAX_VALUE - (1 << 24)) / Float.BYTES;

  /** Where ONNX's gates i, o, f, c stand in our i, f, g, o. */
  private static final int[] LSTM_ORDER = {0, 3, 1, 2};

  private static final int[] RNN_ORDER = {0};

  /** Where ONNX's peepholes i, o, f stand in our i, f, o. */
  private static final int[] PEEPHOLE_ORDER = {0, 2, 1};

  private final SequenceModel model;
  private final OnnxForm form;
  private final Path file;
  private final OnnxGraphBuilder graph = new OnnxGraphBuilder();

  private OnnxWriter(SequenceModel model, OnnxForm form, Path file) {
    this.model = model;
    this.form = form;
    this.file = file;
  }

  /**
   * The bytes of a file.
   *
   * @param file what the file will be called, for messages
   * @throws ModelFormatException if ONNX cannot say what the network has
   */
  public static byte[] write(SequenceModel model, OnnxForm form, Path file)
      throws ModelFormatException {
    long numbers = 0;
    for (SequenceLayer layer : model.layers()) {
      for (Pass pass : layer.passes()) {
        numbers += (long) pass.input.length + pass.recurrent.length + 3L * pass.bias.length;
      }
    }
    for (LinearLayer linear : model.head()) {
      numbers += (long) linear.weight().length + linear.outputs();
    }
    if (numbers > MOST_NUMBERS) {
      throw new ModelFormatException(
          file, "weights", numbers + " numbers are more than an ONNX file of one part can hold");
    }
    return new OnnxWriter(model, form, file).write();
  }

  private byte[] write() throws ModelFormatException {
    boolean step = form == OnnxForm.STEP;
    Optional<String> reason = model.whyNotStep();
    if (step && reason.isPresent()) {
      throw failure("cannot be stepped: " + reason.get());
    }
    if (model.maskValue().isPresent()) {
      throw failure("passes over masked timesteps, which ONNX's layers do not");
    }
    String value =
        step
            ? graph.input("x", OnnxTensor.FLOAT, "batch", model.inputSize())
            : graph.input("x", OnnxTensor.FLOAT, "time", "batch", model.inputSize());
    value = scaled(value, model.inputMean(), "Sub", model.inputStd(), "Div", "input");
    if (step) {
      value = node("Unsqueeze", List.of(value, graph.integers("first_axis", 0)), "x_time").add();
    }
    for (int i = 0; i < model.layers().size(); i++) {
      value = recurrent(i, value);
    }
    for (int i = 0; i < model.head().size(); i++) {
      value = linear(i, value);
    }
    value = scaled(value, model.outputStd(), "Mul", model.outputMean(), "Add", "output");
    node("Identity", List.of(value), "y").add();
    if (step || model.rows() != Rows.EACH) {
      graph.output("y", "batch", model.outputSize());
    } else {
      graph.output("y", "time", "batch", model.outputSize());
    }
    if (step) {
      stateOutputs();
    }
    return graph.toBytes(OPSET);
  }

  private OnnxGraphBuilder.Node node(String op, List<String> inputs, String... outputs) {
    return graph.node(op, inputs, outputs);
  }

  /** Two operations with a vector each, left out where they change nothing. */
  private String scaled(
      String value, float[] first, String firstOp, float[] second, String secondOp, String name) {
    String now = value;
    if (!isAll(first, firstOp.equals("Mul") ? 1 : 0)) {
      String by = graph.floats(name + "_" + firstOp, first, first.length);
      now = node(firstOp, List.of(now, by), name + "_0").add();
    }
    if (!isAll(second, secondOp.equals("Div") ? 1 : 0)) {
      String by = graph.floats(name + "_" + secondOp, second, second.length);
      now = node(secondOp, List.of(now, by), name + "_1").add();
    }
    return now;
  }

  private static boolean isAll(float[] values, float what) {
    for (float value : values) {
      if (value != what) {
        return false;
      }
    }
    return true;
  }

  /** Adds a recurrent layer; returns its output, [time][batch][output] unless it is the last. */
  private String recurrent(int index, String x) throws ModelFormatException {
    SequenceLayer layer = model.layers().get(index);
    boolean lstm = layer.cell() == Cell.LSTM;
    List<String> inputs = new ArrayList<>(List.of(x));
    inputs.add(weights(layer, "W_" + index, pass -> pass.input, layer.inputSize()));
    inputs.add(weights(layer, "R_" + index, pass -> pass.recurrent, layer.hiddenSize()));
    inputs.add(bias(layer, "B_" + index));
    inputs.add(""); // sequence_lens
    inputs.add(initial(layer, "h_" + index, pass -> pass.initialHidden));
    if (lstm) {
      inputs.add(initial(layer, "c_" + index, pass -> pass.initialCell));
      inputs.add(peepholes(layer, "P_" + index));
    }
    while (inputs.getLast().isEmpty()) {
      inputs.removeLast();
    }
    String y = "Y_" + index;
    String h = "h_next_" + index;
    String[] outputs = lstm ? new String[] {y, h, "c_next_" + index} : new String[] {y, h};
    OnnxGraphBuilder.Node node = node(lstm ? "LSTM" : "RNN", inputs, outputs);
    node.with("hidden_size", layer.hiddenSize());
    attributes(node, layer);
    node.add();
    boolean last = index == model.layers().size() - 1;
    return outputOf(layer, index, last ? model.rows() : Rows.EACH, y, h);
  }

  /** The layer's output as the next one reads it. */
  private String outputOf(SequenceLayer layer, int index, Rows rows, String y, String h) {
    String name = "out_" + index;
    boolean both = layer.direction() == SequenceLayer.Direction.BIDIRECTIONAL;
    boolean step = form == OnnxForm.STEP;
    if (!step && rows == Rows.FINAL) {
      if (!both) {
        return node("Squeeze", List.of(h, axis(index, 0)), name).add();
      }
      String turned =
          node("Transpose", List.of(h), name + "_t").withIntegers("perm", 1, 0, 2).add();
      String shape = graph.integers(name + "_shape", 0, -1);
      return node("Reshape", List.of(turned, shape), name).add();
    }
    String each;
    if (both) {
      String turned =
          node("Transpose", List.of(y), name + "_t").withIntegers("perm", 0, 2, 1, 3).add();
      String shape = graph.integers(name + "_shape", 0, 0, -1);
      each = node("Reshape", List.of(turned, shape), name).add();
    } else {
      each = node("Squeeze", List.of(y, axis(index, 1)), name).add();
    }
    boolean last = index == model.layers().size() - 1;
    if (step && last) {
      return node("Squeeze", List.of(each, axis(index, 0)), name + "_step").add();
    }
    if (rows == Rows.LAST) {
      // one index in a list keeps a dimension of size 1, which is taken away again
      String at = graph.integers(name + "_at", -1);
      String kept = node("Gather", List.of(each, at), name + "_kept").with("axis", 0L).add();
      return node("Squeeze", List.of(kept, axis(index, 0)), name + "_last").add();
    }
    return each;
  }

  private String axis(int index, int axis) {
    return graph.integers("axis_" + axis + "_" + index, axis);
  }

  private interface Part {
    float[] of(Pass pass);
  }

  /** A matrix of every direction, its gates in ONNX's order; shape [directions][rows][columns]. */
  private String weights(SequenceLayer layer, String name, Part part, int columns)
      throws ModelFormatException {
    if (layer.passes().getFirst().projection.length > 0) {
      throw failure("projects its hidden state, which ONNX's LSTM does not");
    }
    int rows = layer.cell().gates() * layer.hiddenSize();
    float[] all = new float[0];
    for (Pass pass : layer.passes()) {
      all = joined(all, reordered(part.of(pass), order(layer)));
    }
    return graph.floats(name, all, layer.passes().size(), rows, columns);
  }

  private static int[] order(SequenceLayer layer) {
    return layer.cell() == Cell.LSTM ? LSTM_ORDER : RNN_ORDER;
  }

  /** [Wb, Rb] of every direction; ours is their sum, so Rb is zero. */
  private String bias(SequenceLayer layer, String name) {
    float[] all = new float[0];
    boolean none = true;
    for (Pass pass : layer.passes()) {
      none &= isAll(pass.bias, 0);
      all = joined(all, reordered(pass.bias, order(layer)));
      all = joined(all, new float[pass.bias.length]);
    }
    int directions = layer.passes().size();
    return none ? "" : graph.floats(name, all, directions, all.length / directions);
  }

  private String peepholes(SequenceLayer layer, String name) {
    float[] all = new float[0];
    boolean none = true;
    for (Pass pass : layer.passes()) {
      none &= pass.peephole.length == 0;
      float[] own = pass.peephole.length == 0 ? new float[3 * layer.hiddenSize()] : pass.peephole;
      all = joined(all, reordered(own, PEEPHOLE_ORDER));
    }
    return none ? "" : graph.floats(name, all, layer.passes().size(), 3L * layer.hiddenSize());
  }

  /** An input where the model is stepped, else the layer's own state for every sequence. */
  private String initial(SequenceLayer layer, String name, Part part) {
    if (form == OnnxForm.STEP) {
      return graph.input(name, OnnxTensor.FLOAT, 1, "batch", layer.hiddenSize());
    }
    float[] all = new float[0];
    for (Pass pass : layer.passes()) {
      all = joined(all, part.of(pass));
    }
    if (isAll(all, 0)) {
      return "";
    }
    int directions = layer.passes().size();
    String one = graph.floats(name + "_one", all, directions, 1, layer.hiddenSize());
    String batch =
        node("Shape", List.of("x"), name + "_batch").with("start", 1L).with("end", 2L).add();
    String before = graph.integers(name + "_directions", directions);
    String behind = graph.integers(name + "_units", layer.hiddenSize());
    String shape =
        node("Concat", List.of(before, batch, behind), name + "_shape").with("axis", 0L).add();
    return node("Expand", List.of(one, shape), name).add();
  }

  private void stateOutputs() {
    for (int i = 0; i < model.layers().size(); i++) {
      SequenceLayer layer = model.layers().get(i);
      graph.output("h_next_" + i, 1, "batch", layer.hiddenSize());
      if (layer.cell() == Cell.LSTM) {
        graph.output("c_next_" + i, 1, "batch", layer.hiddenSize());
      }
    }
  }

  private static void attributes(OnnxGraphBuilder.Node node, SequenceLayer layer) {
    switch (layer.direction()) {
      case FORWARD -> {}
      case REVERSE -> node.with("direction", "reverse");
      case BIDIRECTIONAL -> node.with("direction", "bidirectional");
    }
    if (Float.isFinite(layer.clip())) {
      node.with("clip", layer.clip());
    }
    if (layer.coupled()) {
      node.with("input_forget", 1L);
    }
    List<Activation> all =
        layer.passes().stream().flatMap(pass -> pass.activations.stream()).toList();
    List<Activation> usual = layer.cell().usualActivations();
    if (layer.passes().stream().allMatch(pass -> pass.activations.equals(usual))) {
      return;
    }
    node.withTexts("activations", all.stream().map(a -> a.function().onnxName()).toList());
    List<Float> alphas = with(all, 1).stream().map(Activation::alpha).toList();
    List<Float> betas = with(all, 2).stream().map(Activation::beta).toList();
    if (!alphas.isEmpty()) {
      node.withReals("activation_alpha", alphas);
    }
    if (!betas.isEmpty()) {
      node.withReals("activation_beta", betas);
    }
  }

  /** Those that have at least so many numbers: ONNX lists numbers of no others. */
  private static List<Activation> with(List<Activation> all, int numbers) {
    return all.stream().filter(a -> a.function().numbers() >= numbers).toList();
  }

  private String linear(int index, String x) throws ModelFormatException {
    LinearLayer layer = model.head().get(index);
    float[] weight = new float[layer.weight().length]; // [in][out]
    for (int o = 0; o < layer.outputs(); o++) {
      for (int k = 0; k < layer.inputs(); k++) {
        weight[k * layer.outputs() + o] = layer.weight()[o * layer.inputs() + k];
      }
    }
    String name = "linear_" + index;
    String w = graph.floats(name + "_weight", weight, layer.inputs(), layer.outputs());
    String b = graph.floats(name + "_bias", layer.bias(), layer.outputs());
    String product = node("MatMul", List.of(x, w), name + "_product").add();
    String sum = node("Add", List.of(product, b), name).add();
    Activation activation = layer.activation();
    if (activation.equals(Activation.IDENTITY)) {
      return sum;
    }
    if (activation.function() == Activation.Function.AFFINE
        || activation.function() == Activation.Function.SCALED_TANH) {
      throw failure(
          "has " + activation.function().onnxName() + " in its head, which is no ONNX operator");
    }
    OnnxGraphBuilder.Node node =
        node(activation.function().onnxName(), List.of(sum), name + "_activated");
    if (activation.function().numbers() >= 1) {
      node.with("alpha", activation.alpha());
    }
    if (activation.function().numbers() >= 2) {
      node.with("beta", activation.beta());
    }
    return node.add();
  }

  /** Equal blocks of a matrix's rows in another order. */
  private static float[] reordered(float[] from, int[] order) {
    float[] to = new float[from.length];
    int block = from.length / order.length;
    for (int g = 0; g < order.length; g++) {
      System.arraycopy(from, order[g] * block, to, g * block, block);
    }
    return to;
  }

  private static float[] joined(float[] first, float[] second) {
    float[] both = Arrays.copyOf(first, Math.addExact(first.length, second.length));
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  private ModelFormatException failure(String problem) {
    return new ModelFormatException(file, "network", problem + "; it cannot be written as ONNX");
  }
}
