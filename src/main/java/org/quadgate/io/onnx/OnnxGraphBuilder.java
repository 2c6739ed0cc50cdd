// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx;

import java.util.List;

/** An ONNX model under construction; the field numbers are those of ONNX's onnx.proto. */
final class OnnxGraphBuilder {
  private static final int IR_VERSION = 8;

  // AttributeProto.AttributeType
  private static final int FLOAT = 1;
  private static final int INT = 2;
  private static final int STRING = 3;
  private static final int FLOATS = 6;
  private static final int INTS = 7;
  private static final int STRINGS = 8;

  private final ProtobufWriter nodes = new ProtobufWriter();
  private final ProtobufWriter tensors = new ProtobufWriter();
  private final ProtobufWriter inputs = new ProtobufWriter();
  private final ProtobufWriter outputs = new ProtobufWriter();
  private int nodeCount;

  /** A node under construction; its inputs and outputs are names, "" for one that is left out. */
  final class Node {
    private final ProtobufWriter node = new ProtobufWriter();
    private final List<String> outputNames;

    private Node(String op, List<String> inputNames, List<String> outputNames) {
      this.outputNames = outputNames;
      inputNames.forEach(name -> node.text(1, name));
      outputNames.forEach(name -> node.text(2, name));
      node.text(3, op + "_" + nodeCount++).text(4, op);
    }

    private Node attribute(ProtobufWriter value, int type) {
      node.message(5, value.integer(20, type));
      return this;
    }

    Node with(String name, long value) {
      return attribute(new ProtobufWriter().text(1, name).integer(3, value), INT);
    }

    Node with(String name, float value) {
      return attribute(new ProtobufWriter().text(1, name).real(2, value), FLOAT);
    }

    Node with(String name, String value) {
      return attribute(new ProtobufWriter().text(1, name).text(4, value), STRING);
    }

    Node withIntegers(String name, long... values) {
      ProtobufWriter attribute = new ProtobufWriter().text(1, name);
      for (long value : values) {
        attribute.integer(8, value);
      }
      return attribute(attribute, INTS);
    }

    Node withReals(String name, List<Float> values) {
      ProtobufWriter attribute = new ProtobufWriter().text(1, name);
      values.forEach(value -> attribute.real(7, value));
      return attribute(attribute, FLOATS);
    }

    Node withTexts(String name, List<String> values) {
      ProtobufWriter attribute = new ProtobufWriter().text(1, name);
      values.forEach(value -> attribute.text(9, value));
      return attribute(attribute, STRINGS);
    }

    /** Adds the node to the graph; returns the name of its first output. */
    String add() {
      nodes.message(1, node);
      return outputNames.getFirst();
    }
  }

  Node node(String op, List<String> inputNames, String... outputNames) {
    return new Node(op, inputNames, List.of(outputNames));
  }

  /** Adds an initializer; returns its name. */
  String floats(String name, float[] values, long... shape) {
    tensors.message(5, tensor(name, OnnxTensor.FLOAT, shape).rawFloats(9, values));
    return name;
  }

  /** Adds an initializer, a list; returns its name. */
  String integers(String name, long... values) {
    ProtobufWriter tensor = tensor(name, OnnxTensor.INT64, values.length);
    for (long value : values) {
      tensor.integer(7, value);
    }
    tensors.message(5, tensor);
    return name;
  }

  private static ProtobufWriter tensor(String name, int type, long... shape) {
    ProtobufWriter tensor = new ProtobufWriter();
    for (long size : shape) {
      tensor.integer(1, size);
    }
    return tensor.integer(2, type).text(8, name);
  }

  /** Adds an input; a dimension is a number or the name of an open size. */
  String input(String name, int type, Object... shape) {
    inputs.message(11, value(name, type, shape));
    return name;
  }

  /** Adds an output; a dimension is a number or the name of an open size. */
  void output(String name, Object... shape) {
    outputs.message(12, value(name, OnnxTensor.FLOAT, shape));
  }

  private static ProtobufWriter value(String name, int type, Object... shape) {
    ProtobufWriter dims = new ProtobufWriter();
    for (Object size : shape) {
      ProtobufWriter dim = new ProtobufWriter();
      dims.message(
          1,
          size instanceof Number known
              ? dim.integer(1, known.longValue())
              : dim.text(2, (String) size));
    }
    ProtobufWriter tensor = new ProtobufWriter().integer(1, type).message(2, dims);
    return new ProtobufWriter().text(1, name).message(2, new ProtobufWriter().message(1, tensor));
  }

  /** The file's bytes. */
  byte[] toBytes(int opset) {
    // repeated fields of one message may stand in any order, so the parts are simply joined
    ProtobufWriter graph = new ProtobufWriter();
    graph.append(nodes).text(2, "quadgate").append(tensors).append(inputs).append(outputs);
    return new ProtobufWriter()
        .integer(1, IR_VERSION)
        .text(2, "quadgate")
        .message(7, graph)
        .message(8, new ProtobufWriter().text(1, "").integer(2, opset))
        .toBytes();
  }
}
