// SPDX-License-Identifier: Apache-2.0
package org.quadgate.engine;

import org.quadgate.kernel.LinearRows;

/** The head and the scaling of outputs for many rows at once; the scratch of one thread. */
final class RowHead {
  private final LinearRows linear = new LinearRows();

  /** Outputs of each layer, zero-padded for the next; shape [head layers][rows][padded]. */
  private final float[][] outputs;

  RowHead(PackedNetwork network, int rows) {
    outputs = new float[network.head.length][];
    for (int i = 0; i < outputs.length; i++) {
      outputs[i] = new float[Math.multiplyExact(rows, network.head[i].padded)];
    }
  }

  /**
   * From hidden states to outputs.
   *
   * @param h the last layer's, zero-padded; row r begins at {@code hAt + r·stride}
   * @param ys receives the outputs from row {@code first}; shape [rows of all blocks][output]
   */
  void run(PackedNetwork network, int rows, float[] h, int hAt, int stride, float[] ys, int first) {
    float[] in = h;
    int at = hAt;
    int inRow = stride;
    for (int i = 0; i < outputs.length; i++) {
      HeadLayer layer = network.head[i];
      linear.layer = layer.linear;
      linear.v = in;
      linear.vAt = at;
      linear.vRow = inRow;
      linear.y = outputs[i];
      linear.yAt = 0;
      linear.yRow = layer.padded;
      linear.rows = rows;
      network.kernels.linear().rows(linear);
      for (int row = 0; row < rows && layer.activation != null; row++) {
        layer.activate(network.kernels, outputs[i], row * layer.padded);
      }
      in = outputs[i];
      at = 0;
      inRow = layer.padded;
    }
    int size = network.outputSize;
    for (int row = 0; row < rows; row++) {
      network.output.give(in, at + row * inRow, ys, (first + row) * size);
    }
  }

  /** Bytes of scratch. */
  long bytes() {
    long floats = 0;
    for (float[] layer : outputs) {
      floats += layer.length;
    }
    return 4 * floats;
  }
}
