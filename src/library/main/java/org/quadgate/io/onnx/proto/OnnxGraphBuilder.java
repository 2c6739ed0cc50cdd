// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx.proto;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * An ONNX model under construction. The field numbers are those of ONNX's onnx.proto; values, which
 * join nodes, are strings, and the empty one stands for an input that is left out.
 */
public final class OnnxGraphBuilder {
  /** Version 7 of the format was the newest when opset 14 came. */
  private static final int IR_VERSION = 7;

  private static final String NAME = "quadgate";

  // AttributeProto.AttributeType
  private static final int FLOAT = 1;
  private static final int INT = 2;
  private static final int STRING = 3;
  private static final int FLOATS = 6;
  private static final int INTS = 7;
  private static final int STRINGS = 8;

  private final List<Node> nodes = new ArrayList<>();
  private final List<ProtobufWriter> tensors = new ArrayList<>();
  private final List<ProtobufWriter> inputs = new ArrayList<>();
  private final List<ProtobufWriter> outputs = new ArrayList<>();

  /** A node under construction, to which attributes may be added. */
  public final class Node {
    private final String op;
    private final List<String> inputs;
    private final List<String> outputs;
    private final List<ProtobufWriter> attributes = new ArrayList<>();

    private Node(String op, List<String> inputs, List<String> outputs) {
      this.op = op;
      this.inputs = inputs;
      this.outputs = new ArrayList<>(outputs);
    }

    /** Adds the node behind those there are; returns its first output. */
    public String add() {
      nodes.add(this);
      return outputs.getFirst();
    }

    /** Adds an integer. */
    public Node with(String name, long value) {
      return attribute(named(name).integer(3, value), INT);
    }

    /** Adds a float. */
    public Node with(String name, float value) {
      return attribute(named(name).real(2, value), FLOAT);
    }

    /** Adds a string. */
    public Node with(String name, String value) {
      return attribute(named(name).text(4, value), STRING);
    }

    /** Adds a list of integers. */
    public Node withIntegers(String name, long... values) {
      ProtobufWriter attribute = named(name);
      for (long value : values) {
        attribute.integer(8, value);
      }
      return attribute(attribute, INTS);
    }

    /** Adds a list of floats. */
    public Node withReals(String name, List<Float> values) {
      ProtobufWriter attribute = named(name);
      values.forEach(value -> attribute.real(7, value));
      return attribute(attribute, FLOATS);
    }

    /** Adds a list of strings. */
    public Node withTexts(String name, List<String> values) {
      ProtobufWriter attribute = named(name);
      values.forEach(value -> attribute.text(9, value));
      return attribute(attribute, STRINGS);
    }

    private static ProtobufWriter named(String name) {
      return new ProtobufWriter().text(1, name);
    }

    private Node attribute(ProtobufWriter attribute, int type) {
      attributes.add(attribute.integer(20, type));
      return this;
    }

    private ProtobufWriter message() {
      ProtobufWriter message = new ProtobufWriter();
      inputs.forEach(input -> message.text(1, input));
      outputs.forEach(output -> message.text(2, output));
      message.text(3, "make_" + outputs.getFirst()).text(4, op);
      attributes.forEach(attribute -> message.message(5, attribute));
      return message;
    }
  }

  /** Begins a node. */
  public Node node(String op, List<String> inputs, String... outputs) {
    return new Node(op, List.copyOf(inputs), List.of(outputs));
  }

  /** Adds a constant of floats, of shape [] where no size is given. */
  public String floats(String name, float[] values, long... shape) {
    long count = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    assert count == values.length : name;
    tensors.add(tensor(name, OnnxTensor.FLOAT, shape).rawFloats(9, values));
    return name;
  }

  /** Adds a constant list of integers. */
  public String integers(String name, long... values) {
    tensors.add(tensor(name, OnnxTensor.INT64, values.length).rawLongs(9, values));
    return name;
  }

  /** Adds a constant integer, of shape []. */
  public String integer(String name, long value) {
    tensors.add(tensor(name, OnnxTensor.INT64).rawLongs(9, value));
    return name;
  }

  private static ProtobufWriter tensor(String name, int type, long... shape) {
    ProtobufWriter tensor = new ProtobufWriter();
    for (long size : shape) {
      tensor.integer(1, size);
    }
    return tensor.integer(2, type).text(8, name);
  }

  /** Adds an input of the graph; each size is a number, or the name of an open one. */
  public String input(String name, int type, Object... shape) {
    inputs.add(valueInfo(name, type, shape));
    return name;
  }

  /** Makes a node's output an output of the graph, with a shape as an input has. */
  public void output(String name, Object... shape) {
    outputs.add(valueInfo(name, OnnxTensor.FLOAT, shape));
  }

  /** Gives a node's output, which no node reads, another name. */
  public void rename(String value, String name) {
    assert nodes.stream().noneMatch(node -> node.inputs.contains(value)) : value;
    nodes.forEach(node -> node.outputs.replaceAll(each -> each.equals(value) ? name : each));
  }

  private static ProtobufWriter valueInfo(String name, int type, Object... shape) {
    ProtobufWriter sizes = new ProtobufWriter();
    for (Object size : shape) {
      ProtobufWriter dimension = new ProtobufWriter();
      sizes.message(
          1,
          size instanceof Number known
              ? dimension.integer(1, known.longValue())
              : dimension.text(2, (String) size));
    }
    ProtobufWriter tensor = new ProtobufWriter().integer(1, type).message(2, sizes);
    return new ProtobufWriter().text(1, name).message(2, new ProtobufWriter().message(1, tensor));
  }

  /** The whole file. */
  public ProtobufWriter model(int opset, String description, Map<String, String> metadata) {
    ProtobufWriter graph = new ProtobufWriter();
    nodes.forEach(node -> graph.message(1, node.message()));
    graph.text(2, NAME);
    tensors.forEach(tensor -> graph.message(5, tensor));
    graph.text(10, description);
    inputs.forEach(input -> graph.message(11, input));
    outputs.forEach(output -> graph.message(12, output));
    ProtobufWriter model = new ProtobufWriter().integer(1, IR_VERSION).text(2, NAME);
    model.message(7, graph);
    model.message(8, new ProtobufWriter().text(1, "").integer(2, opset));
    metadata.forEach(
        (key, value) -> model.message(14, new ProtobufWriter().text(1, key).text(2, value)));
    return model;
  }
}
