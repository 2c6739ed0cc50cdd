// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel.scalar;

import org.quadgate.kernel.LinearKernels;
import org.quadgate.kernel.LinearRows;
import org.quadgate.kernel.PackedLinear;
import org.quadgate.kernel.PanelShape;
import org.quadgate.kernel.PartialSums;

/** The reference of {@link LinearKernels}, one number at a time. */
final class ScalarLinear implements LinearKernels {
  private static final int LANES = PanelShape.LANES;

  @Override
  public void row(
      PackedLinear layer,
      int from,
      int to,
      float[] v,
      int vAt,
      float[] partial,
      float[] y,
      int yAt) {
    for (int o = from; o < to; o++) {
      for (int j = 0; j < LANES; j++) {
        float sum = 0;
        for (int k = j; k < layer.stride; k += LANES) {
          sum = Math.fma(layer.weights[layer.at + o * layer.stride + k], v[vAt + k], sum);
        }
        partial[j] = sum;
      }
      y[yAt + o] = PartialSums.halve(partial, 0) + layer.bias[layer.biasAt + o];
    }
  }

  @Override
  public void rows(LinearRows p) {
    for (int row = 0; row < p.rows; row++) {
      int v = p.vAt + row * p.vRow;
      row(p.layer, 0, p.layer.outputs, p.v, v, p.partial, p.y, p.yAt + row * p.yRow);
    }
  }
}
