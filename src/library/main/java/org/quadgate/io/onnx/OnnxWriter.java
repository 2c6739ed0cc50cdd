// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.io.format.OnnxForm;
import org.quadgate.io.metadata.Neutral;
import org.quadgate.io.onnx.proto.OnnxGraphBuilder;
import org.quadgate.io.onnx.proto.OnnxTensor;
import org.quadgate.io.onnx.proto.ProtobufWriter;
import org.quadgate.network.Activation;
import org.quadgate.network.LinearLayer;
import org.quadgate.network.Network;
import org.quadgate.network.Rows;

/**
 * Writes a network as an ONNX model of opset 14:
 *
 * <pre>
 * x → Sub, Div → (LSTM or RNN → Squeeze or Transpose, Reshape)… → the rows → (MatMul, Add, f)… → Mul, Add → y
 * </pre>
 *
 * <p>Scalings and functions that change nothing are left out. {@link OnnxForm} says what the inputs
 * and outputs are. The same network gives the same bytes.
 */
final class OnnxWriter {
  private static final int OPSET = 14;

  private final Network network;
  private final boolean step;
  private final Path file;
  private final OnnxGraphBuilder graph = new OnnxGraphBuilder();

  private OnnxWriter(Network network, OnnxForm form, Path file) {
    this.network = network;
    this.step = form == OnnxForm.STEP;
    this.file = file;
  }

  /**
   * Writes a file's bytes.
   *
   * @param metadata more entries for the model's metadata_props
   * @param file what the file is called in messages
   * @param to receives nothing unless the network can be written
   * @throws ModelFormatException if ONNX cannot say what the network has, with its name, a key or
   *     value of the metadata is no valid Unicode, or the file would be beyond protobuf's 2 GiB
   * @throws IOException if writing fails
   */
  static void write(
      Network network,
      OnnxForm form,
      Map<String, String> metadata,
      Path file,
      WritableByteChannel to)
      throws IOException {
    OnnxWriter writer = new OnnxWriter(network, form, file);
    writer.check();
    ProtobufWriter message = writer.message(metadata);
    checkSize(file, message.size());
    message.writeTo(to);
  }

  /** No reader takes a message whose length does not fit a signed integer. */
  static void checkSize(Path file, long bytes) throws ModelFormatException {
    if (bytes > Integer.MAX_VALUE) {
      throw new ModelFormatException(
          file,
          "network",
          "takes "
              + bytes
              + " bytes as ONNX, which is beyond the 2 GiB of a protobuf message;"
              + " safetensors has no such limit");
    }
  }

  private void check() throws ModelFormatException {
    Optional<String> reason = network.whyNotStep();
    if (step && reason.isPresent()) {
      throw failure("it cannot be stepped: " + reason.get());
    }
    if (network.maskValue().isPresent()) {
      throw failure("it passes over masked timesteps (masking), which ONNX has no layer for");
    }
    for (int i = 0; i < network.layers().size(); i++) {
      if (network.layers().get(i).directions().getFirst().projects()) {
        throw failure(
            "recurrent layer "
                + i
                + " projects its hidden state (a projection), which ONNX's LSTM"
                + " does not have");
      }
    }
  }

  private ModelFormatException failure(String problem) {
    return new ModelFormatException(file, "network", "cannot be written as ONNX: " + problem);
  }

  private ProtobufWriter message(Map<String, String> more) throws ModelFormatException {
    Map<String, String> metadata = new TreeMap<>(more);
    RecurrentNodeWriter recurrent = new RecurrentNodeWriter(graph, network, step);
    String value =
        step
            ? graph.input("x", OnnxTensor.FLOAT, "batch", network.inputSize())
            : graph.input("xs", OnnxTensor.FLOAT, "time", "batch", network.inputSize());
    value = elementwise("Sub", value, "input_mean", network.inputScaling().mean(), 0);
    value = elementwise("Div", value, "input_std", network.inputScaling().std(), 1);
    if (step) {
      String axes = graph.integers("time_axis", 0);
      value = graph.node("Unsqueeze", List.of(value, axes), "x_timestep").add();
    }
    value = recurrent.add(value);
    for (int i = 0; i < network.head().size(); i++) {
      value = linear(i, value);
    }
    value = elementwise("Mul", value, "output_std", network.outputScaling().std(), 1);
    value = elementwise("Add", value, "output_mean", network.outputScaling().mean(), 0);
    String y = step ? "y" : "ys";
    graph.rename(value, y);
    if (step) {
      graph.output(y, "batch", network.outputSize());
      recurrent.addStateOutputs();
      metadata.putAll(recurrent.initialStates());
    } else if (network.rows() == Rows.EACH) {
      graph.output(y, "time", "batch", network.outputSize());
    } else {
      graph.output(y, "batch", network.outputSize());
    }
    for (Map.Entry<String, String> entry : metadata.entrySet()) {
      checkUnicode(entry.getKey());
      checkUnicode(entry.getValue());
    }
    return graph.model(OPSET, description(), metadata);
  }

  private void checkUnicode(String text) throws ModelFormatException {
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw new ModelFormatException(file, "metadata_props", "a name is not valid Unicode");
    }
  }

  private String description() {
    return "Quadgate network "
        + network.describe()
        + ". "
        + (step
            ? "One timestep: feed h_next_n and c_next_n back as h_n and c_n. A stream begins with"
                + " zeros, or with what the metadata calls quadgate.initial_h_n and"
                + " quadgate.initial_c_n."
            : "Whole sequences from the network's own initial states.");
  }

  /** An operation with a vector, or nothing where it would not change a number. */
  private String elementwise(String op, String value, String name, float[] vector, float neutral) {
    if (Neutral.isAll(neutral, vector)) {
      return value;
    }
    String constant = graph.floats(name, vector, vector.length);
    return graph.node(op, List.of(value, constant), name + "_applied").add();
  }

  /**
   * y = f(x·W + b); MatMul takes any number of dimensions before the last, where Gemm takes one.
   */
  private String linear(int index, String x) {
    LinearLayer layer = network.head().get(index);
    float[] weight = layer.weight();
    float[] transposed = new float[weight.length]; // [inputs][outputs]
    for (int o = 0; o < layer.outputs(); o++) {
      for (int k = 0; k < layer.inputs(); k++) {
        transposed[k * layer.outputs() + o] = weight[o * layer.inputs() + k];
      }
    }
    String name = "linear_" + index;
    String w = graph.floats(name + "_weight", transposed, layer.inputs(), layer.outputs());
    String b = graph.floats(name + "_bias", layer.bias(), layer.outputs());
    String product = graph.node("MatMul", List.of(x, w), name + "_product").add();
    String sum = graph.node("Add", List.of(product, b), name + "_sum").add();
    return function(layer.activation(), sum, name);
  }

  /**
   * A function as a node of its own name, or as its formula where ONNX has no such operator; {@link
   * OnnxFile} does not read formulas as functions. ONNX's ThresholdedRelu is 0 at alpha itself,
   * where ours is alpha.
   */
  private String function(Activation f, String x, String name) {
    if (f.equals(Activation.IDENTITY)) {
      return x;
    }
    String y = name + "_" + f.function().onnxName();
    return switch (f.function()) {
      case SIGMOID, TANH, RELU, SOFTSIGN, SOFTPLUS ->
          graph.node(f.function().onnxName(), List.of(x), y).add();
      case LEAKY_RELU, THRESHOLDED_RELU, ELU ->
          graph.node(f.function().onnxName(), List.of(x), y).with("alpha", f.alpha()).add();
      case HARD_SIGMOID ->
          graph
              .node("HardSigmoid", List.of(x), y)
              .with("alpha", f.alpha())
              .with("beta", f.beta())
              .add();
      case AFFINE -> {
        String scaled = scaled(f.alpha(), x, y + "_alpha");
        String beta = graph.floats(y + "_beta", new float[] {f.beta()});
        yield graph.node("Add", List.of(scaled, beta), y).add();
      }
      case SCALED_TANH -> {
        String tanh =
            graph.node("Tanh", List.of(scaled(f.beta(), x, y + "_beta")), y + "_tanh").add();
        yield scaled(f.alpha(), tanh, y + "_alpha");
      }
    };
  }

  private String scaled(float by, String x, String name) {
    String factor = graph.floats(name, new float[] {by});
    return graph.node("Mul", List.of(x, factor), name + "_applied").add();
  }
}
