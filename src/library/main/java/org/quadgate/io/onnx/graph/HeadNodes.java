// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx.graph;

import java.util.Locale;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.io.onnx.graph.Value.Data;
import org.quadgate.network.Activation;

/** The operators that compute before and behind the recurrent layers. */
final class HeadNodes {
  private final OnnxNetwork network;
  private final ConstantFolding folding;

  HeadNodes(OnnxNetwork network, ConstantFolding folding) {
    this.network = network;
    this.folding = folding;
  }

  /** A linear layer with its bias. */
  Value gemm(NodeReader in) throws ModelFormatException {
    Data data = DataNodes.data(in, 0);
    Constant b = matrix(in, 1);
    Constant c = in.optionalConstant(2, "C");
    boolean turned = in.integer("transB", 0) != 0;
    float alpha = in.real("alpha", 1);
    float beta = in.real("beta", 1);
    if (in.integer("transA", 0) != 0 || data.rank() != 2) {
      throw in.failure("has transA, or reads " + data.shape());
    }
    Data product = product(in, data, times(in, b, alpha), turned);
    if (c == null) {
      return product;
    }
    return biased(in, product, features(in, times(in, c, beta)));
  }

  /** A constant times a factor; itself where that is 1. */
  private Constant times(NodeReader in, Constant constant, float factor)
      throws ModelFormatException {
    if (factor == 1) {
      return constant;
    }
    Constant by = Constant.ofFloats(new int[0], new boolean[0], factor);
    Constant scaled = folding.multiply(in, constant, by);
    checkFinite(in, scaled);
    return scaled;
  }

  private Data product(NodeReader in, Data data, Constant b, boolean turned)
      throws ModelFormatException {
    int inputs = b.dims[turned ? 1 : 0];
    int outputs = b.dims[turned ? 0 : 1];
    if (inputs < 1 || outputs < 1) {
      throw in.failure("has weights of shape " + b.shape());
    }
    folding.spend(in, b.size());
    float[] weight = turned ? b.floats.array() : b.floats.transposed(inputs, outputs);
    return network.linear(in, data, inputs, outputs, weight);
  }

  /** A linear layer without a bias, which may be added by the next node. */
  Value matmul(NodeReader in) throws ModelFormatException {
    return product(in, DataNodes.data(in, 0), matrix(in, 1), false);
  }

  private static Constant matrix(NodeReader in, int index) throws ModelFormatException {
    Constant matrix = in.constant(index, "weights");
    if (!matrix.isFloat() || matrix.rank() != 2 || matrix.anyOpen()) {
      throw in.failure("has weights of shape " + matrix.shape() + ", expected a matrix of floats");
    }
    checkFinite(in, matrix);
    return matrix;
  }

  private static void checkFinite(NodeReader in, Constant constant) throws ModelFormatException {
    for (int i = 0; i < constant.size(); i++) {
      if (!Float.isFinite(constant.floats.get(i))) {
        throw in.failure(
            "has a constant with " + constant.floats.get(i) + ", expected finite numbers");
      }
    }
  }

  private Data biased(NodeReader in, Data data, float[] bias) throws ModelFormatException {
    if (!network.addBias(in, data, bias)) {
      throw in.failure("has a bias that belongs to no linear layer");
    }
    return data.atStage(network.stage(), data.last().size());
  }

  /** A constant along the last dimension: one value for all, or one each. */
  private static float[] features(NodeReader in, Constant constant) throws ModelFormatException {
    int last = constant.rank() == 0 ? 1 : constant.dims[constant.rank() - 1];
    if (!constant.isFloat() || constant.anyOpen() || constant.size() != last || last < 1) {
      throw in.failure(
          "has a constant of shape " + constant.shape() + ", expected one value or one a feature");
    }
    checkFinite(in, constant);
    return constant.floats.array();
  }

  /** Data and a constant; a bias where that is what it is. */
  Value scaled(NodeReader in, String op) throws ModelFormatException {
    boolean constantFirst = in.input(0) instanceof Value.Fixed;
    if (constantFirst && (op.equals("Sub") || op.equals("Div"))) {
      throw in.failure("has a constant on its left, which is not understood");
    }
    int dataAt = constantFirst ? 1 : 0;
    Data data = DataNodes.data(in, dataAt);
    if (!(in.input(1 - dataAt) instanceof Value.Fixed(Constant constant))) {
      throw in.failure("joins two values; expected a straight chain, without residual connections");
    }
    if (constant.rank() > data.rank()) {
      throw in.failure(
          "has a constant of shape %s for %s".formatted(constant.shape(), data.shape()));
    }
    float[] by = features(in, constant);
    if (op.equals("Add") && network.addBias(in, data, by)) {
      return data.atStage(network.stage(), data.last().size());
    }
    return network.scale(in, data, op, by);
  }

  /** A function behind a linear layer. */
  Value activated(NodeReader in, String op) throws ModelFormatException {
    Data data = DataNodes.data(in, 0);
    Activation.Function function = Activation.Function.valueOf(constantName(op));
    float alpha = function.defaultAlpha();
    float beta = function.defaultBeta();
    if (function.numbers() >= 1) {
      alpha = in.real("alpha", alpha);
    }
    if (function.numbers() >= 2) {
      beta = in.real("beta", beta);
    }
    return network.activate(in, data, RecurrentNode.activation(in, function, alpha, beta));
  }

  /** HardSigmoid as HARD_SIGMOID. */
  private static String constantName(String op) {
    return op.replaceAll("(?<=[a-z])(?=[A-Z])", "_").toUpperCase(Locale.ROOT);
  }
}
