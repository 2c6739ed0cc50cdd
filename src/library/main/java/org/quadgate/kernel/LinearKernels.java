// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

/**
 * The linear layer, y = weights·v + bias: of one row for a step, of many for all else. The sum of
 * an output does not depend on how many others are computed beside it, so both give the same bits.
 */
public interface LinearKernels {
  /**
   * Some outputs of one row: {@code y[yAt + o]} for outputs o from {@code from} to {@code to - 1}.
   * Takes its operands one by one, for the reason that {@link Kernels} gives.
   *
   * @param v as many finite values as the layer's stride, from {@code vAt}
   * @param partial scratch of this thread; shape [16]
   */
  void row(
      PackedLinear layer,
      int from,
      int to,
      float[] v,
      int vAt,
      float[] partial,
      float[] y,
      int yAt);

  /** All outputs of many rows. */
  void rows(LinearRows rows);
}
