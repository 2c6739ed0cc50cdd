// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

/**
 * The inner loops that only training needs, over many rows at once; a row is one timestep of one
 * sequence. As {@link Kernels}, implementations are stateless and agree in every bit; forward sums
 * and cells give the bits of {@link Kernels}.
 */
public interface TrainingKernels {
  /** C = S + A·B; every sum runs over ascending k by fma. */
  void multiply(Product product);

  /**
   * The LSTM cell: z = gates + sums; gates becomes i, f, g, o; c' = fma(f, c, i·g) and tanh(c') are
   * kept; h' = o·tanh(c').
   */
  void lstmForward(CellTape tape);

  /**
   * The LSTM cell backwards:
   *
   * <pre>
   *   dc ← fma(dh·o, 1 − tanh²(c'), dc)
   *   dz_i = (dc·g)·(i·(1 − i))     dz_f = (dc·c)·(f·(1 − f))
   *   dz_g = (dc·i)·(1 − g²)        dz_o = (dh·tanh(c'))·(o·(1 − o))
   *   dc ← dc·f
   * </pre>
   *
   * where 1 − v² is fma(−v, v, 1), and v·(1 − v) is fma(−v, v, v).
   */
  void lstmBackward(CellTape tape);

  /** The vanilla RNN cell: h' = tanh(gates + sums). */
  void tanhForward(CellTape tape);

  /** The vanilla RNN cell backwards: gates = dh·(1 − h'²), with fma(−h', h', 1). */
  void tanhBackward(CellTape tape);

  /**
   * Turns y into e^(y − max) and returns the sum: 16 partial sums as in a linear layer, then
   * halved. The maximum is written to {@code scratch[0]}.
   *
   * @param y {@code count} values from {@code at}; changed in place
   * @param scratch at least 16 long
   */
  float exponentials(float[] y, int at, int count, float[] scratch);
}
