// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx.graph;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.io.onnx.graph.Value.Axis;
import org.quadgate.io.onnx.graph.Value.Data;
import org.quadgate.io.onnx.graph.Value.Dim;
import org.quadgate.io.onnx.proto.OnnxTensor;
import org.quadgate.network.CellType;
import org.quadgate.network.Rows;

/** The operators that data flows through. */
final class DataNodes {
  static final String NOT_UNDERSTOOD =
      "is not understood; expected LSTM or RNN nodes one after the other, the shape operations"
          + " around them, linear layers behind them, and scaling. Export whole recurrent layers"
          + " (nn.LSTM, keras.layers.LSTM), not a loop over cells";

  private final OnnxNetwork network;
  private final HeadNodes head;
  private final ConstantFolding folding;
  private final long opset;
  private final Set<String> givenStates;

  /** Inputs of the graph that turn out to be states or lengths are added to {@code givenStates}. */
  DataNodes(OnnxNetwork network, ConstantFolding folding, long opset, Set<String> givenStates) {
    this.network = network;
    head = new HeadNodes(network, folding);
    this.folding = folding;
    this.opset = opset;
    this.givenStates = givenStates;
  }

  List<Value> compute(NodeReader in) throws ModelFormatException {
    String op = in.node().op();
    return switch (op) {
      case "LSTM", "RNN" -> recurrent(in);
      case "Split" -> split(in);
      case "Dropout" -> List.of(dropout(in));
      default -> List.of(single(in, op));
    };
  }

  private Value single(NodeReader in, String op) throws ModelFormatException {
    return switch (op) {
      case "Identity" -> in.input(0);
      case "Cast" -> cast(in);
      case "Shape" -> shape(in);
      case "Transpose", "Squeeze", "Unsqueeze", "Reshape", "Flatten", "Slice", "Gather" ->
          reshaped(in, op);
      case "Concat" -> concat(in);
      case "Gemm" -> head.gemm(in);
      case "MatMul" -> head.matmul(in);
      case "Add", "Sub", "Mul", "Div" -> head.scaled(in, op);
      case "Relu",
          "Sigmoid",
          "Tanh",
          "HardSigmoid",
          "LeakyRelu",
          "ThresholdedRelu",
          "Elu",
          "Softsign",
          "Softplus" ->
          head.activated(in, op);
      case "Softmax", "LogSoftmax" ->
          throw in.failure(
              "is not supported; export the network without it and apply it to the outputs");
      default -> throw in.failure(NOT_UNDERSTOOD);
    };
  }

  private List<Value> recurrent(NodeReader in) throws ModelFormatException {
    Data x = data(in, 0);
    if (opset < 14 && in.has("layout")) {
      throw in.failure("has the attribute layout, which there is from opset 14 on");
    }
    RecurrentNode node = RecurrentNode.read(in, folding, x);
    for (int state = 4; state <= 6; state++) {
      switch (in.optional(state)) {
        case Value.GivenState given -> givenStates.add(given.input());
        case Value.Lengths lengths -> givenStates.add(lengths.input());
        case Data data -> givenStates.add(data.input());
        case null, default -> {}
      }
    }
    int timeAt = node.layout();
    network.recur(in, x, timeAt, 1 - timeAt, node.layer());
    Dim time = new Dim(Axis.TIME, x.dims().get(timeAt).size());
    Dim batch = new Dim(Axis.BATCH, x.dims().get(1 - timeAt).size());
    Dim direction = new Dim(Axis.DIRECTION, node.layer().direction().count());
    Dim features = new Dim(Axis.FEATURE, node.layer().hiddenSize());
    List<Dim> each =
        node.layout() == 0
            ? List.of(time, direction, batch, features)
            : List.of(batch, time, direction, features);
    List<Dim> last =
        node.layout() == 0
            ? List.of(direction, batch, features)
            : List.of(batch, direction, features);
    int stage = network.stage();
    Value y = new Data("", stage, Rows.EACH, Data.WHOLE, false, each);
    Value h = new Data("", stage, Rows.FINAL, Data.WHOLE, true, last);
    return node.layer().cell() == CellType.LSTM
        ? List.of(y, h, new Value.CellState())
        : List.of(y, h);
  }

  static Data data(NodeReader in, int index) throws ModelFormatException {
    return switch (in.input(index)) {
      case Data data -> data;
      case Value.GivenState given ->
          throw in.failure(
              "computes with a part of the input "
                  + ModelFormatException.quote(given.input())
                  + "; if this is a loop over timesteps written out, export nn.LSTM instead");
      case Value.CellState cell ->
          throw in.failure("computes with a cell state, which no layer but its own reads");
      case Value.Stack stack ->
          throw in.failure("computes with the states of several layers at once");
      case Value.Lengths lengths ->
          throw in.failure(
              "computes with " + ModelFormatException.quote(lengths.input()) + " as integers");
      case Value.Fixed fixed -> throw in.failure(NOT_UNDERSTOOD);
    };
  }

  private static Value cast(NodeReader in) throws ModelFormatException {
    long to = in.integer("to", 0);
    boolean toInteger = to == OnnxTensor.INT32 || to == OnnxTensor.INT64;
    if (to != OnnxTensor.FLOAT && to != OnnxTensor.DOUBLE && !toInteger) {
      throw in.failure("casts data to type " + to + ", expected float");
    }
    if (toInteger) {
      return switch (in.input(0)) {
        // the operators want another kind of integer than exporters give
        case Data data when data.isInput() -> new Value.Lengths(data.input());
        case Value.Lengths lengths -> lengths;
        default -> throw in.failure("casts data to integers");
      };
    }
    return in.input(0);
  }

  private static Value dropout(NodeReader in) throws ModelFormatException {
    in.real("ratio", 0);
    in.optionalConstant(1, "ratio");
    Constant training = in.optionalConstant(2, "training_mode");
    if (training != null
        && (training.isFloat() || training.size() != 1 || training.longs[0] != 0)) {
      throw in.failure("is in training mode; export the model for inference");
    }
    return in.input(0);
  }

  private static Value shape(NodeReader in) throws ModelFormatException {
    if (in.input(0) instanceof Data data) {
      long[] sizes = data.dims().stream().mapToLong(Dim::size).toArray();
      return new Value.Fixed(Axes.part(in, sizes));
    }
    throw in.failure("of a state; expected the shape of data");
  }

  /**
   * A shape operation; on a state that the caller gives or keeps it changes nothing that matters.
   */
  private Value reshaped(NodeReader in, String op) throws ModelFormatException {
    Value value = in.input(0);
    if (value instanceof Value.CellState || value instanceof Value.GivenState) {
      in.readAll();
      return value;
    }
    if (value instanceof Value.Stack stack) {
      return ofStack(in, op, stack);
    }
    if (!(value instanceof Data data)) {
      throw in.failure(NOT_UNDERSTOOD); // its arguments depend on data
    }
    return switch (op) {
      case "Transpose" -> ShapeOps.transpose(data, Axes.order(in, data.rank()));
      case "Squeeze" -> ShapeOps.squeeze(in, data, Axes.listed(in, opset));
      case "Unsqueeze" -> {
        long[] axes = Axes.listed(in, opset);
        if (axes == null) {
          throw in.failure("has no axes");
        }
        yield ShapeOps.unsqueeze(in, data, axes);
      }
      case "Reshape" ->
          ShapeOps.reshape(in, data, in.openList(1, "shape"), in.integer("allowzero", 0) == 0);
      case "Flatten" -> flatten(in, data);
      case "Slice" -> {
        Value sliced = data;
        for (Axes.Range range : Axes.ranges(in, opset)) {
          if (!(sliced instanceof Data now)) {
            break; // of a state any part will do
          }
          int axis = in.axis(range.axis(), now.rank());
          long size = now.dims().get(axis).size();
          Axes.Range known = size == Constant.OPEN ? range : range.within(in, size);
          sliced = ShapeOps.slice(in, now, axis, known.from(), known.to(), known.step());
        }
        yield sliced;
      }
      default -> gather(in, data);
    };
  }

  private static Data flatten(NodeReader in, Data data) throws ModelFormatException {
    long axis = in.integer("axis", 1);
    if (axis == 1 && data.rank() == 3 && data.dims().get(1).axis() == Axis.DIRECTION) {
      return ShapeOps.reshape(in, data, new long[] {0, -1}, true);
    }
    if (axis != data.rank() - 1 && axis != -1) {
      throw in.failure("merges dimensions of " + data.shape() + " with the features");
    }
    return data.rank() == 2
        ? data
        : ShapeOps.reshape(in, data, new long[] {-1, data.last().size()}, false);
  }

  private static Value gather(NodeReader in, Data data) throws ModelFormatException {
    int axis = in.axis(in.integer("axis", 0), data.rank());
    Constant at = in.constant(1, "indices");
    if (at.isFloat() || at.size() != 1 || at.rank() > 1) {
      throw in.failure("takes several places of " + data.shape());
    }
    Value picked = ShapeOps.pick(in, data, axis, at.longs[0]);
    return at.rank() == 1 && picked instanceof Data one
        ? ShapeOps.unsqueeze(in, one, new long[] {axis})
        : picked;
  }

  private Value ofStack(NodeReader in, String op, Value.Stack stack) throws ModelFormatException {
    switch (op) {
      case "Gather" -> {
        Constant at = in.constant(1, "indices");
        if (in.integer("axis", 0) == 0 && !at.isFloat() && at.size() == 1 && at.rank() == 0) {
          return ShapeOps.pick(in, stack, at.longs[0]);
        }
      }
      case "Slice" -> {
        List<Axes.Range> ranges = Axes.ranges(in, opset);
        if (ranges.size() == 1 && ranges.getFirst().axis() == 0 && ranges.getFirst().step() == 1) {
          Axes.Range range = ranges.getFirst();
          long from = range.from();
          boolean one =
              range.to() == from + 1 || (from == -1 && range.to() > Integer.MAX_VALUE - 1L);
          if (one && ShapeOps.pick(in, stack, from) instanceof Data picked) {
            return ShapeOps.unsqueeze(in, picked, new long[] {0});
          }
        }
      }
      default -> {}
    }
    throw in.failure("of the states of several layers; expected one of them to be picked");
  }

  private List<Value> split(NodeReader in) throws ModelFormatException {
    Value value = in.input(0);
    Value part =
        switch (value) {
          case Value.GivenState given -> given;
          case Value.CellState cell -> cell;
          case Data data when data.isInput() -> new Value.GivenState(data.input());
          default -> throw in.failure(NOT_UNDERSTOOD);
        };
    in.readAll();
    return Collections.nCopies(in.node().outputs().size(), part);
  }

  private static Value concat(NodeReader in) throws ModelFormatException {
    List<Value> values = new ArrayList<>();
    for (int i = 0; i < in.node().inputs().size(); i++) {
      values.add(in.input(i));
    }
    long axis = in.integer("axis", 0);
    if (values.stream().allMatch(value -> value instanceof Value.CellState)) {
      return values.getFirst();
    }
    return ShapeOps.concat(in, values, axis);
  }
}
