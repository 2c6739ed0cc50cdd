// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train.tape;

import org.quadgate.network.WeightArrays;

/** Where the parameters of one linear layer stand in the flat array. */
final class LinearLayout {
  final int inputs;
  final int outputs;
  final int columns; // inputs padded
  final int stride; // outputs padded
  final int weightAt; // W, [outputs][columns]
  final int biasAt; // b, [stride]
  final int end; // where the next layer's parameters begin

  LinearLayout(int inputs, int outputs, int at) {
    this.inputs = inputs;
    this.outputs = outputs;
    columns = Lanes.pad(inputs);
    stride = Lanes.pad(outputs);
    weightAt = at;
    biasAt = Math.addExact(at, Math.multiplyExact(outputs, columns));
    end = Math.addExact(biasAt, stride);
  }

  void pack(WeightArrays.Linear from, float[] parameters) {
    for (int o = 0; o < outputs; o++) {
      System.arraycopy(from.weight, o * inputs, parameters, weightAt + o * columns, inputs);
    }
    System.arraycopy(from.bias, 0, parameters, biasAt, outputs);
  }

  void unpack(float[] parameters, WeightArrays.Linear to) {
    for (int o = 0; o < outputs; o++) {
      System.arraycopy(parameters, weightAt + o * columns, to.weight, o * inputs, inputs);
    }
    System.arraycopy(parameters, biasAt, to.bias, 0, outputs);
  }
}
