// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx.graph;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.io.onnx.graph.Value.Axis;
import org.quadgate.io.onnx.graph.Value.Data;
import org.quadgate.io.onnx.graph.Value.Dim;
import org.quadgate.io.onnx.proto.OnnxGraph;
import org.quadgate.io.onnx.proto.OnnxModel;
import org.quadgate.io.onnx.proto.OnnxNode;
import org.quadgate.io.onnx.proto.OnnxSource;
import org.quadgate.io.onnx.proto.OnnxTensor;
import org.quadgate.io.onnx.proto.OnnxValueInfo;
import org.quadgate.network.Network;
import org.quadgate.network.Rows;

/**
 * Makes a network of a graph. The nodes are gone through once in their order: what is known before
 * the network runs is computed ({@link ConstantNodes}), what flows through it is followed ({@link
 * DataNodes}), and everything in the graph has to be understood.
 */
public final class OnnxImporter {
  private static final int OLDEST_OPSET = 7;
  private static final Axis[] INPUT_AXES = {Axis.FIRST, Axis.SECOND, Axis.THIRD};

  private final OnnxSource source;
  private final OnnxGraph graph;
  private final Map<String, Value> values = new HashMap<>();
  private final OnnxNetwork network = new OnnxNetwork();
  private final Set<String> givenStates = new HashSet<>();

  private OnnxImporter(OnnxSource source, OnnxGraph graph) {
    this.source = source;
    this.graph = graph;
  }

  /**
   * Imports a model.
   *
   * @param given tensors for inputs of the graph, by name: these become constants
   * @param budget how many elements may be made of constants
   * @throws ModelFormatException if something in the graph is not understood
   */
  public static Network read(
      OnnxSource source, OnnxModel model, Collection<OnnxTensor> given, long budget)
      throws ModelFormatException {
    Long opset = model.opsets().get("");
    if (opset == null || opset < OLDEST_OPSET) {
      throw source.graph(
          "opset %s, expected %d or newer".formatted(opset == null ? "none" : opset, OLDEST_OPSET));
    }
    OnnxImporter importer = new OnnxImporter(source, model.graph());
    return importer.read(given, opset, budget);
  }

  private Network read(Collection<OnnxTensor> given, long opset, long budget)
      throws ModelFormatException {
    Set<String> unread = new TreeSet<>();
    for (OnnxTensor tensor : graph.initializers()) {
      define(tensor.name, new Value.Fixed(Constant.of(tensor)));
      unread.add(tensor.name);
    }
    Set<String> fixed = new HashSet<>(values.keySet());
    for (OnnxTensor tensor : given) {
      values.put(tensor.name, new Value.Fixed(Constant.of(tensor)));
      fixed.add(tensor.name);
    }
    for (OnnxValueInfo input : graph.inputs()) {
      // up to version 3 of the format initializers are listed as inputs too
      if (!fixed.contains(input.name())) {
        define(input.name(), input(input));
        unread.add(input.name());
      }
    }
    ConstantFolding folding = new ConstantFolding(budget);
    ConstantNodes constants = new ConstantNodes(folding, opset);
    DataNodes data = new DataNodes(network, folding, opset, givenStates);
    for (OnnxNode node : graph.nodes()) {
      NodeReader in = new NodeReader(source, node, values);
      node.inputs().forEach(unread::remove);
      if (!node.domain().isEmpty()) {
        throw in.failure("is not one of ONNX's own operators; export without custom operators");
      }
      List<Value> results = in.allFixed() ? constants.compute(in) : data.compute(in);
      in.finish();
      for (int i = 0; i < node.outputs().size(); i++) {
        if (!node.output(i).isEmpty()) {
          if (i >= results.size()) {
            throw in.failure("output %d is not understood".formatted(i));
          }
          define(node.output(i), results.get(i));
        }
      }
    }
    if (!unread.isEmpty()) {
      throw source.tensor(unread.iterator().next(), "is read by no node; take it out of the file");
    }
    checkAllRead();
    if (network.isEmpty()) {
      throw source.graph("has no LSTM or RNN node");
    }
    checkInputs(fixed);
    return network.build(source, output(), givenStates.isEmpty());
  }

  /** A node that nobody reads is a part of the network that would be lost. */
  private void checkAllRead() throws ModelFormatException {
    Set<String> read = new HashSet<>();
    graph.nodes().forEach(node -> read.addAll(node.inputs()));
    graph.outputs().forEach(output -> read.add(output.name()));
    for (OnnxNode node : graph.nodes()) {
      if (node.outputs().stream().noneMatch(read::contains)) {
        throw source.node(node, "gives what no node reads; take it out of the file");
      }
    }
  }

  private void define(String name, Value value) throws ModelFormatException {
    if (values.put(name, value) != null) {
      throw source.tensor(name, "is defined twice");
    }
  }

  private Value input(OnnxValueInfo info) throws ModelFormatException {
    if (info.type() != OnnxTensor.FLOAT
        && info.type() != OnnxTensor.DOUBLE
        && info.type() != OnnxTensor.FLOAT16
        && info.type() != OnnxTensor.INT32
        && info.type() != OnnxTensor.INT64) {
      throw source.tensor(
          info.name(), "is an input of element type " + info.type() + ", expected float");
    }
    if (info.dims() == null || info.dims().size() > INPUT_AXES.length) {
      throw source.tensor(
          info.name(), "is an input of unknown shape, or of more than 3 dimensions");
    }
    List<Dim> dims = new ArrayList<>();
    for (int i = 0; i < info.dims().size(); i++) {
      long size = info.dims().get(i);
      dims.add(new Dim(INPUT_AXES[i], size < 0 ? Constant.OPEN : size));
    }
    return new Data(info.name(), 0, Rows.EACH, Data.WHOLE, false, dims);
  }

  /** Every input of the graph is the data, or a state or the lengths that a caller gives. */
  private void checkInputs(Set<String> fixed) throws ModelFormatException {
    for (OnnxValueInfo input : graph.inputs()) {
      String name = input.name();
      if (!fixed.contains(name) && !name.equals(network.input()) && !givenStates.contains(name)) {
        throw source.tensor(name, "is an input of the graph that no layer reads");
      }
    }
  }

  /** The output that is the network's; the others may be states. */
  private Data output() throws ModelFormatException {
    Data state = null;
    Data found = null;
    for (OnnxValueInfo output : graph.outputs()) {
      switch (values.get(output.name())) {
        case null -> throw source.tensor(output.name(), "is an output that no node computes");
        case Data data when data.state() -> {
          if (network.isNewest(data) && state == null) {
            state = data;
          }
        }
        case Data data when network.isNewest(data) -> {
          if (found != null && (found.rows() != data.rows() || found.part() != data.part())) {
            throw source.tensor(
                output.name(), "is a second output, of other timesteps than the first");
          }
          found = data;
        }
        case Value.Stack stack -> {}
        case Value.CellState cell -> {}
        default ->
            throw source.tensor(
                output.name(),
                "is an output from the middle of the network, an input or a constant");
      }
    }
    if (found == null && state == null) {
      throw source.graph("has no output that its last layer computes");
    }
    return found == null ? state : found;
  }
}
