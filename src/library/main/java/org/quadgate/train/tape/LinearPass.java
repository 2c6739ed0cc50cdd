// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train.tape;

import org.quadgate.kernel.LinearRows;
import org.quadgate.kernel.PackedLinear;
import org.quadgate.kernel.PanelShape;
import org.quadgate.kernel.Product;

/**
 * One linear layer of the head in training, Y = V·Wᵀ + b. With dY = dL/dY: dV = dY·W, dW = dYᵀ·V,
 * db = Σ dY. W is kept row-major, which is the order that all three products read; no transpose.
 */
final class LinearPass {
  private static final float[] ZEROS = new float[PanelShape.ROWS];

  /** Outputs of one part of the gradient. */
  private static final int TASK = PanelShape.ROWS;

  private final float[] parameters;
  private final PackedLinear packed; // the layer, as the kernels see it in the parameters
  private final int outputs;
  private final int columns; // inputs padded
  private final int weightAt; // W, [outputs][columns]
  private final int biasAt; // b, [stride]
  final int stride; // outputs padded

  private int rows;
  float[] y = {}; // outputs; [rows][stride]
  float[] dy = {}; // dL/dy; [rows][stride]; for the last layer it is y, overwritten by the loss

  LinearPass(LinearLayout layout, float[] parameters) {
    this.parameters = parameters;
    outputs = layout.outputs;
    columns = layout.columns;
    weightAt = layout.weightAt;
    biasAt = layout.biasAt;
    stride = layout.stride;
    packed = new PackedLinear(parameters, weightAt, outputs, columns, parameters, biasAt);
  }

  void reshape(int rows, boolean last) {
    this.rows = rows;
    y = Lanes.room(y, (long) rows * stride);
    dy = last ? y : Lanes.room(dy, (long) rows * stride);
  }

  /**
   * @param v rows {@code vRow} apart from {@code vAt}
   */
  void forward(Share share, float[] v, int vAt, int vRow, int firstRow, int count) {
    LinearRows linear = share.linearRows;
    linear.layer = packed;
    linear.v = v;
    linear.vAt = vAt + firstRow * vRow;
    linear.vRow = vRow;
    linear.y = y;
    linear.yAt = firstRow * stride;
    linear.yRow = stride;
    linear.rows = count;
    share.linear.rows(linear);
  }

  /**
   * dV = dY·W.
   *
   * @param dv rows {@code dvRow} apart
   */
  void inputGradient(Share share, float[] dv, int dvRow, int firstRow, int count) {
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
