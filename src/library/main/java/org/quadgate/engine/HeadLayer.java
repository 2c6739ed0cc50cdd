// SPDX-License-Identifier: Apache-2.0
package org.quadgate.engine;

import org.quadgate.kernel.Kernels;
import org.quadgate.kernel.PackedLinear;
import org.quadgate.kernel.PanelShape;
import org.quadgate.network.Activation;
import org.quadgate.network.LinearLayer;

/** One layer of the head, packed. */
final class HeadLayer {
  final PackedLinear linear;
  final Activation activation; // null: none

  /** Outputs with those added that the next layer's rows are padded by. */
  final int padded;

  HeadLayer(LinearLayer layer) {
    linear = PackedLinear.pack(layer.inputs(), layer.outputs(), layer.weight(), layer.bias());
    activation = layer.activation().equals(Activation.IDENTITY) ? null : layer.activation();
    padded = PanelShape.paddedToLanes(layer.outputs());
  }

  /** Bytes of its weights and biases. */
  long bytes() {
    return 4L * linear.outputs * (linear.stride + 1L);
  }

  /**
   * One row: y = f(W·v + b).
   *
   * @param partial scratch; shape [16]
   * @param y written; shape [padded]
   */
  void row(Kernels kernels, float[] v, int vAt, float[] partial, float[] y) {
    kernels.linear().row(linear, 0, linear.outputs, v, vAt, partial, y, 0);
    activate(kernels, y, 0);
  }

  /** The function alone, of one row's sums. */
  void activate(Kernels kernels, float[] y, int at) {
    if (activation != null) {
      kernels.activate(activation, y, at, linear.outputs);
    }
  }
}
