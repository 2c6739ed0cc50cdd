// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx.graph;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.io.onnx.proto.OnnxAttribute;
import org.quadgate.io.onnx.proto.OnnxNode;
import org.quadgate.io.onnx.proto.OnnxSource;
import org.quadgate.io.onnx.proto.OnnxTensor;

/**
 * One node while it is imported: its attributes and the values of its inputs. It remembers what was
 * asked for, so that {@link #finish} can refuse a node of which something was left unread.
 */
final class NodeReader {
  private final OnnxSource source;
  private final OnnxNode node;
  private final Map<String, Value> values;
  private final Set<String> unread;
  private int inputsRead;

  NodeReader(OnnxSource source, OnnxNode node, Map<String, Value> values) {
    this.source = source;
    this.node = node;
    this.values = values;
    unread = new HashSet<>(node.attributes().keySet());
  }

  OnnxNode node() {
    return node;
  }

  ModelFormatException failure(String problem) {
    return source.node(node, problem);
  }

  /** The value of an input, or null if it is left out. */
  Value optional(int index) throws ModelFormatException {
    inputsRead = Math.max(inputsRead, index + 1);
    String name = node.input(index);
    if (name.isEmpty()) {
      return null;
    }
    Value value = values.get(name);
    if (value == null) {
      throw failure("input " + ModelFormatException.quote(name) + " is not computed before it");
    }
    return value;
  }

  Value input(int index) throws ModelFormatException {
    Value value = optional(index);
    if (value == null) {
      throw failure("input " + index + " is missing");
    }
    return value;
  }

  /** The value of an input that must be known before the network runs, or null if left out. */
  Constant optionalConstant(int index, String what) throws ModelFormatException {
    return switch (optional(index)) {
      case null -> null;
      case Value.Fixed fixed -> fixed.constant();
      default ->
          throw failure(
              what
                  + " ("
                  + ModelFormatException.quote(node.input(index))
                  + ") is not a constant; export with the weights in the file");
    };
  }

  /** The value of an input that must be known before the network runs. */
  Constant constant(int index, String what) throws ModelFormatException {
    Constant constant = optionalConstant(index, what);
    if (constant == null) {
      throw failure("has no " + what);
    }
    return constant;
  }

  /** A list of integers that is an input, or null if left out; none of them is open. */
  long[] optionalList(int index, String what) throws ModelFormatException {
    Constant list = optionalConstant(index, what);
    if (list == null) {
      return null;
    }
    if (list.isFloat() || list.rank() > 1) {
      throw failure(what + " has shape " + list.shape() + ", expected a list of integers");
    }
    for (long each : list.longs) {
      if (each == Constant.OPEN) {
        throw failure(what + " depends on a size that the file leaves open");
      }
    }
    return list.longs;
  }

  /** As {@link #optionalList}, which must be there and may have {@link Constant#OPEN} in it. */
  long[] openList(int index, String what) throws ModelFormatException {
    Constant list = constant(index, what);
    if (list.isFloat() || list.rank() > 1) {
      throw failure(what + " has shape " + list.shape() + ", expected a list of integers");
    }
    return list.longs;
  }

  /** Whether every input is known before the network runs, and there is no other use of it. */
  boolean allFixed() {
    for (String name : node.inputs()) {
      if (!name.isEmpty() && !(values.get(name) instanceof Value.Fixed)) {
        return false;
      }
    }
    return true;
  }

  /** For a node of which the details do not matter. */
  void readAll() {
    unread.clear();
    inputsRead = node.inputs().size();
  }

  boolean has(String attribute) {
    return node.attributes().containsKey(attribute);
  }

  long integer(String attribute, long otherwise) throws ModelFormatException {
    return switch (read(attribute)) {
      case null -> otherwise;
      case OnnxAttribute.Int(long value) -> value;
      default -> throw kind(attribute, "an integer");
    };
  }

  float real(String attribute, float otherwise) throws ModelFormatException {
    return switch (read(attribute)) {
      case null -> otherwise;
      case OnnxAttribute.Real(float value) -> value;
      default -> throw kind(attribute, "a float");
    };
  }

  String text(String attribute, String otherwise) throws ModelFormatException {
    return switch (read(attribute)) {
      case null -> otherwise;
      case OnnxAttribute.Text(String value) -> value;
      default -> throw kind(attribute, "a string");
    };
  }

  /** A list of strings; empty if there is no such attribute. */
  List<String> texts(String attribute) throws ModelFormatException {
    return switch (read(attribute)) {
      case null -> List.of();
      case OnnxAttribute.Texts(List<String> value) -> value;
      default -> throw kind(attribute, "strings");
    };
  }

  /** A list of floats; empty if there is no such attribute. */
  List<Float> reals(String attribute) throws ModelFormatException {
    return switch (read(attribute)) {
      case null -> List.of();
      case OnnxAttribute.Reals(List<Float> value) -> value;
      default -> throw kind(attribute, "floats");
    };
  }

  /** A list of integers, or null if there is no such attribute. */
  long[] integers(String attribute) throws ModelFormatException {
    return switch (read(attribute)) {
      case null -> null;
      case OnnxAttribute.Ints(List<Long> value) ->
          value.stream().mapToLong(Long::longValue).toArray();
      default -> throw kind(attribute, "integers");
    };
  }

  /** A tensor, or null if there is no such attribute. */
  Constant tensor(String attribute) throws ModelFormatException {
    return switch (read(attribute)) {
      case null -> null;
      case OnnxAttribute.Tensor(OnnxTensor value) -> Constant.of(value);
      default -> throw kind(attribute, "a tensor");
    };
  }

  /** An axis, counted from behind if below 0. */
  int axis(long axis, int rank) throws ModelFormatException {
    if (axis < -rank || axis >= rank) {
      throw failure("axis " + axis + " of a value with " + rank + " dimensions");
    }
    return (int) (axis < 0 ? axis + rank : axis);
  }

  /** Refuses the node if it has an input or attribute that was not asked for. */
  void finish() throws ModelFormatException {
    if (!unread.isEmpty()) {
      throw failure(
          "attribute " + ModelFormatException.quote(unread.iterator().next()) + " not understood");
    }
    if (node.inputs().size() > inputsRead) {
      throw failure(
          node.inputs().size() + " inputs, of which only " + inputsRead + " are understood");
    }
  }

  private OnnxAttribute read(String attribute) {
    unread.remove(attribute);
    return node.attributes().get(attribute);
  }

  private ModelFormatException kind(String attribute, String expected) {
    return failure("attribute " + ModelFormatException.quote(attribute) + " is not " + expected);
  }
}
