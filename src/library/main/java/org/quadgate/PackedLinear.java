// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

/** One linear layer, its rows padded to whole groups of lanes. */
final class PackedLinear {
  final org.quadgate.kernel.PackedLinear packed;
  final int outputs;
  final int stride;
  final float[] weight; // [output][stride], then the bias once more, as many rows want it
  final float[] bias; // [output]

  PackedLinear(int inputs, int outputs, LstmWeights.Linear w) {
    this.outputs = outputs;
    stride = LstmModel.padToLanes(inputs);
    weight = new float[Math.addExact(Math.multiplyExact(outputs, stride), outputs)];
    for (int row = 0; row < outputs; row++) {
      System.arraycopy(w.weight, row * inputs, weight, row * stride, inputs);
    }
    bias = w.bias.clone();
    System.arraycopy(bias, 0, weight, outputs * stride, outputs);
    packed = new org.quadgate.kernel.PackedLinear(weight, 0, outputs, stride, bias, 0);
  }
}
