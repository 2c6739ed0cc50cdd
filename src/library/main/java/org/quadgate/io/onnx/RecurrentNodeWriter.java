// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.Function;
import org.quadgate.io.metadata.Neutral;
import org.quadgate.io.onnx.proto.OnnxGraphBuilder;
import org.quadgate.io.onnx.proto.OnnxTensor;
import org.quadgate.network.Activation;
import org.quadgate.network.CellType;
import org.quadgate.network.Direction;
import org.quadgate.network.DirectionWeights;
import org.quadgate.network.Network;
import org.quadgate.network.RecurrentLayer;
import org.quadgate.network.Rows;

/**
 * A network's recurrent layers as nodes of an ONNX graph. Ours and ONNX's differ in this:
 *
 * <pre>
 *              ours                           ONNX
 * gates        i, f, g, o                     i, o, f, c (its c is our g)
 * peepholes    i, f, o                        i, o, f
 * bias         b                              Wb and Rb, of which only the sum counts
 * output       [time][batch][directions·hidden]   Y [time][directions][batch][hidden]
 * final state  [batch][directions·hidden]         Y_h [directions][batch][hidden]
 * </pre>
 */
final class RecurrentNodeWriter {
  /** Where ONNX's gates stand in our order. */
  private static final int[] LSTM_GATES = {0, 3, 1, 2};

  private static final int[] RNN_GATES = {0};

  /** Where ONNX's peepholes stand in our order. */
  private static final int[] PEEPHOLES = {0, 2, 1};

  private final OnnxGraphBuilder graph;
  private final List<RecurrentLayer> layers;
  private final Rows rows;
  private final boolean step;
  private String stateShape; // [1, batch, 1], where a layer has needed it

  RecurrentNodeWriter(OnnxGraphBuilder graph, Network network, boolean step) {
    this.graph = graph;
    this.layers = network.layers();
    this.rows = step ? Rows.LAST : network.rows();
    this.step = step;
  }

  /**
   * Adds all layers.
   *
   * @param x the first one's input, [time][batch][input]
   * @return the rows of the last one: [time][batch][output], or [batch][output]
   */
  String add(String x) {
    String value = x;
    for (int i = 0; i < layers.size(); i++) {
      node(i, value);
      boolean below = i < layers.size() - 1;
      value = !below && rows == Rows.FINAL ? finalState(i) : each(i);
    }
    return rows == Rows.LAST ? last(value) : value;
  }

  private static boolean isLstm(RecurrentLayer layer) {
    return layer.cell() == CellType.LSTM;
  }

  private void node(int index, String x) {
    RecurrentLayer layer = layers.get(index);
    int hidden = layer.hiddenSize();
    int gateRows = layer.cell().gates() * hidden;
    int directions = layer.direction().count();
    int[] order = isLstm(layer) ? LSTM_GATES : RNN_GATES;
    float[] w = ofAll(layer, weights -> reordered(weights.input(), order));
    float[] r = ofAll(layer, weights -> reordered(weights.recurrent(), order));
    List<String> inputs = new ArrayList<>(List.of(x));
    inputs.add(graph.floats("W_" + index, w, directions, gateRows, layer.inputSize()));
    inputs.add(graph.floats("R_" + index, r, directions, gateRows, hidden));
    inputs.add(bias(index));
    inputs.add(""); // sequence_lens: all are whole
    inputs.add(state("h_" + index, layer, DirectionWeights::initialHidden));
    if (isLstm(layer)) {
      inputs.add(state("c_" + index, layer, DirectionWeights::initialCell));
      inputs.add(peepholes(index));
    }
    while (inputs.getLast().isEmpty()) {
      inputs.removeLast();
    }
    List<String> outputs = new ArrayList<>(List.of("Y_" + index));
    if (step || (rows == Rows.FINAL && index == layers.size() - 1)) {
      outputs.add("h_next_" + index);
    }
    if (step && isLstm(layer)) {
      outputs.add("c_next_" + index);
    }
    OnnxGraphBuilder.Node node =
        graph.node(isLstm(layer) ? "LSTM" : "RNN", inputs, outputs.toArray(String[]::new));
    attributes(node.with("hidden_size", (long) hidden), layer);
    node.add();
  }

  private static void attributes(OnnxGraphBuilder.Node node, RecurrentLayer layer) {
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
    List<Activation> usual = layer.cell().usualActivations();
    if (layer.directions().stream().allMatch(weights -> weights.activations().equals(usual))) {
      return;
    }
    List<Activation> all =
        layer.directions().stream().flatMap(p -> p.activations().stream()).toList();
    node.withTexts("activations", all.stream().map(a -> a.function().onnxName()).toList());
    List<Float> alphas = withNumbers(1, all).stream().map(Activation::alpha).toList();
    List<Float> betas = withNumbers(2, all).stream().map(Activation::beta).toList();
    if (!alphas.isEmpty()) {
      node.withReals("activation_alpha", alphas);
    }
    if (!betas.isEmpty()) {
      node.withReals("activation_beta", betas);
    }
  }

  /** Functions with at least so many numbers; in ONNX's lists the others have no entry. */
  private static List<Activation> withNumbers(int atLeast, List<Activation> all) {
    return all.stream().filter(a -> a.function().numbers() >= atLeast).toList();
  }

  /** Wb and Rb, [directions][2·gates·hidden]. Rb is −0, the zero that changes no sum. */
  private String bias(int index) {
    RecurrentLayer layer = layers.get(index);
    if (layer.directions().stream().allMatch(weights -> Neutral.isAll(0, weights.bias()))) {
      return "";
    }
    int[] order = isLstm(layer) ? LSTM_GATES : RNN_GATES;
    float[] both =
        ofAll(
            layer,
            weights -> {
              float[] bias = reordered(weights.bias(), order);
              float[] sum = Arrays.copyOf(bias, 2 * bias.length);
              Arrays.fill(sum, bias.length, sum.length, -0f);
              return sum;
            });
    int directions = layer.direction().count();
    return graph.floats("B_" + index, both, directions, both.length / directions);
  }

  /** P, [directions][3·hidden]; zero for a direction without. */
  private String peepholes(int index) {
    RecurrentLayer layer = layers.get(index);
    if (layer.directions().stream().allMatch(weights -> !weights.hasPeepholes())) {
      return "";
    }
    int size = 3 * layer.hiddenSize();
    float[] p =
        ofAll(
            layer,
            weights ->
                !weights.hasPeepholes()
                    ? new float[size]
                    : reordered(weights.peephole(), PEEPHOLES));
    return graph.floats("P_" + index, p, layer.direction().count(), size);
  }

  /** [directions][batch][hidden]: the caller's if stepped, else the layer's, for every sequence. */
  private String state(
      String name, RecurrentLayer layer, Function<DirectionWeights, float[]> part) {
    if (step) {
      return graph.input(name, OnnxTensor.FLOAT, 1, "batch", layer.hiddenSize());
    }
    float[] own = ofAll(layer, part);
    if (Neutral.isAll(0, own)) {
      return "";
    }
    String one =
        graph.floats("initial_" + name, own, layer.direction().count(), 1, layer.hiddenSize());
    return graph.node("Expand", List.of(one, stateShape()), name).add();
  }

  private String stateShape() {
    if (stateShape == null) {
      String shape = graph.node("Shape", List.of("xs"), "xs_shape").add();
      String at = graph.integers("batch_axis", 1);
      String batch = graph.node("Gather", List.of(shape, at), "batch_size").add();
      String one = graph.integers("one", 1);
      stateShape =
          graph.node("Concat", List.of(one, batch, one), "state_shape").with("axis", 0L).add();
    }
    return stateShape;
  }

  /** Y as the next layer reads it, [time][batch][directions·hidden]. */
  private String each(int index) {
    RecurrentLayer layer = layers.get(index);
    String name = "rows_" + index;
    String y = "Y_" + index;
    if (layer.direction() != Direction.BIDIRECTIONAL) {
      return graph.node("Squeeze", List.of(y, graph.integers(name + "_axis", 1)), name).add();
    }
    String turned =
        graph
            .node("Transpose", List.of(y), name + "_turned")
            .withIntegers("perm", 0, 2, 1, 3)
            .add();
    // 0 keeps a size as it is
    String shape = graph.integers(name + "_shape", 0, 0, layer.outputSize());
    return graph.node("Reshape", List.of(turned, shape), name).add();
  }

  /** Y_h as rows, [batch][directions·hidden]. */
  private String finalState(int index) {
    RecurrentLayer layer = layers.get(index);
    String h = "h_next_" + index;
    if (layer.direction() != Direction.BIDIRECTIONAL) {
      return graph.node("Squeeze", List.of(h, graph.integers("final_axis", 0)), "final").add();
    }
    String turned =
        graph.node("Transpose", List.of(h), "final_turned").withIntegers("perm", 1, 0, 2).add();
    String shape = graph.integers("final_shape", 0, layer.outputSize());
    return graph.node("Reshape", List.of(turned, shape), "final").add();
  }

  /** The last timestep of [time][batch][output]. */
  private String last(String each) {
    if (step) {
      return graph.node("Squeeze", List.of(each, "time_axis"), "last").add();
    }
    String at = graph.integer("last_timestep", -1);
    return graph.node("Gather", List.of(each, at), "last").with("axis", 0L).add();
  }

  /** Makes the states after the step outputs of the graph. */
  void addStateOutputs() {
    for (int i = 0; i < layers.size(); i++) {
      RecurrentLayer layer = layers.get(i);
      graph.output("h_next_" + i, 1, "batch", layer.hiddenSize());
      if (isLstm(layer)) {
        graph.output("c_next_" + i, 1, "batch", layer.hiddenSize());
      }
    }
  }

  /** Metadata with the initial states of a model that is stepped, where they are not zero. */
  Map<String, String> initialStates() {
    Map<String, String> metadata = new LinkedHashMap<>();
    for (int i = 0; i < layers.size(); i++) {
      DirectionWeights weights = layers.get(i).directions().getFirst();
      put(metadata, OnnxMetadata.INITIAL_HIDDEN + i, weights.initialHidden());
      put(metadata, OnnxMetadata.INITIAL_CELL + i, weights.initialCell());
    }
    return metadata;
  }

  /** A JSON array; a float's own text is a JSON number, and gives the float's bits back. */
  private static void put(Map<String, String> metadata, String key, float[] state) {
    if (Neutral.isAll(0, state)) {
      return;
    }
    StringJoiner json = new StringJoiner(",", "[", "]");
    for (float each : state) {
      json.add(Float.toString(each));
    }
    metadata.put(key, json.toString());
  }

  /** The same part of each direction, one behind the other. */
  private static float[] ofAll(RecurrentLayer layer, Function<DirectionWeights, float[]> part) {
    float[] first = part.apply(layer.directions().getFirst());
    if (layer.directions().size() == 1) {
      return first;
    }
    float[] second = part.apply(layer.directions().getLast());
    float[] all = Arrays.copyOf(first, Math.addExact(first.length, second.length));
    System.arraycopy(second, 0, all, first.length, second.length);
    return all;
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
}
