// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import org.quadgate.LstmWeights;
import org.quadgate.kernel.LinearRows;
import org.quadgate.kernel.PackedLinear;
import org.quadgate.kernel.PanelShape;
import org.quadgate.kernel.Product;

/**
 * One linear layer of the head in training, Y = V·Wᵀ + b. With dY = dL/dY: dV = dY·W, dW = dYᵀ·V,
 * db = Σ dY. W is kept row-major, which is the order that all three products read; no transpose.
 */
final class LinearLayer {
  private static final float[] ZEROS = new float[PanelShape.ROWS];

  /** Outputs of one part of the gradient. */
  private static final int TASK = PanelShape.ROWS;

  final int inputs;
  final int outputs;
  final int columns; // inputs padded
  final int stride; // outputs padded
  final int weightAt; // W, [outputs][columns]
  final int biasAt; // b, [stride]
  final int end; // where the next layer's parameters begin

  private int rows;
  float[] y = {}; // outputs; [rows][stride]
  float[] dy = {}; // dL/dy; [rows][stride]; for the last layer it is y, overwritten by the loss

  LinearLayer(int inputs, int outputs, int at) {
    this.inputs = inputs;
    this.outputs = outputs;
    columns = Lanes.pad(inputs);
    stride = Lanes.pad(outputs);
    weightAt = at;
    biasAt = Math.addExact(at, Math.multiplyExact(outputs, columns));
    end = Math.addExact(biasAt, stride);
  }

  void pack(LstmWeights.Linear from, float[] parameters) {
    for (int o = 0; o < outputs; o++) {
      System.arraycopy(from.weight, o * inputs, parameters, weightAt + o * columns, inputs);
    }
    System.arraycopy(from.bias, 0, parameters, biasAt, outputs);
  }

  void unpack(float[] parameters, LstmWeights.Linear to) {
    for (int o = 0; o < outputs; o++) {
      System.arraycopy(parameters, weightAt + o * columns, to.weight, o * inputs, inputs);
    }
    System.arraycopy(parameters, biasAt, to.bias, 0, outputs);
  }

  void reshape(int rows, boolean last) {
    this.rows = rows;
    y = Lanes.room(y, (long) rows * stride);
    dy = last ? y : Lanes.room(dy, (long) rows * stride);
  }

  /**
   * @param v rows {@code vRow} apart from {@code vAt}
   */
  void forward(
      Share share, float[] parameters, float[] v, int vAt, int vRow, int firstRow, int count) {
    LinearRows p = share.linearRows;
    p.layer = new PackedLinear(parameters, weightAt, outputs, columns, parameters, biasAt);
    p.v = v;
    p.vAt = vAt + firstRow * vRow;
    p.vRow = vRow;
    p.y = y;
    p.yAt = firstRow * stride;
    p.yRow = stride;
    p.rows = count;
    share.linear.rows(p);
  }

  /**
   * dV = dY·W.
   *
   * @param dv rows {@code dvRow} apart
   */
  void inputGradient(
      Share share, float[] parameters, float[] dv, int dvRow, int firstRow, int count) {
    for (int column = 0; column < columns; column += PanelShape.ROWS) {
      share
          .product
          .left(dy, firstRow * stride, stride, 1)
          .right(parameters, weightAt + column, columns)
          .from(ZEROS, 0, 0)
          .to(dv, firstRow * dvRow + column, dvRow)
          .run(share.kernels, count, Math.min(PanelShape.ROWS, columns - column), outputs);
    }
  }

  int gradientTasks() {
    return (outputs + TASK - 1) / TASK;
  }

  /** dW and db of some outputs, over all rows in order. */
  void gradient(Share share, int task, float[] v, int vAt, int vRow, float[] gradient) {
    int first = task * TASK;
    int count = Math.min(TASK, outputs - first);
    Product product = share.product;
    for (int column = 0; column < columns; column += PanelShape.ROWS) {
      product
          .left(dy, first, 1, stride)
          .right(v, vAt + column, vRow)
          .from(ZEROS, 0, 0)
          .to(gradient, weightAt + first * columns + column, columns)
          .run(share.kernels, count, Math.min(PanelShape.ROWS, columns - column), rows);
    }
    product
        .ones()
        .right(dy, first, stride)
        .to(gradient, biasAt + first, stride)
        .run(share.kernels, 1, Lanes.pad(count), rows);
  }
}
