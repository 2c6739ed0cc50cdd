// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import org.quadgate.kernel.LinearKernels;
import org.quadgate.kernel.LinearRows;

/** The head and the scaling of outputs for many rows at once; the scratch of one thread. */
final class RowHead {
  private final LstmModel model;
  private final LinearKernels kernels;

  /** Outputs of each layer, zero-padded for the next; shape [head layers][rows][padded]. */
  private final float[][] outputs;

  private final LinearRows linearRows = new LinearRows();

  RowHead(LstmModel model, int rows) {
    this.model = model;
    kernels = model.linearKernels;
    outputs = new float[model.head.length][];
    for (int i = 0; i < outputs.length; i++) {
      outputs[i] = new float[rows * LstmModel.padToLanes(model.head[i].outputs)];
    }
  }

  /**
   * From hidden states to outputs.
   *
   * @param h the last layer's, zero-padded; row r begins at {@code r·stride}
   * @param ys receives the outputs from row {@code first}; shape [rows of all blocks][output]
   */
  void run(int rows, float[] h, int stride, float[] ys, int first) {
    float[] in = h;
    int inRow = stride;
    for (int i = 0; i < outputs.length; i++) {
      PackedLinear linear = model.head[i];
      int row = LstmModel.padToLanes(linear.outputs);
      linearRows.layer = linear.packed;
      linearRows.v = in;
      linearRows.vRow = inRow;
      linearRows.y = outputs[i];
      linearRows.yRow = row;
      linearRows.rows = rows;
      kernels.rows(linearRows);
      in = outputs[i];
      inRow = row;
    }
    int size = model.config().outputSize();
    for (int row = 0; row < rows; row++) {
      model.output.give(in, row * inRow, ys, (first + row) * size);
    }
  }

  /** Bytes of scratch. */
  long bytes() {
    long floats = linearRows.partial.length;
    for (float[] layer : outputs) {
      floats += layer.length;
    }
    return 4 * floats;
  }
}
