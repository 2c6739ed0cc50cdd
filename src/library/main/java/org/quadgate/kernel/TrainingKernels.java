// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

/**
 * The inner loops of training, over many rows at once; a row is one timestep of one sequence. As
 * {@link Kernels}, implementations are stateless and agree in every bit; forward sums and cells
 * give the bits of {@link Kernels}.
 *
 * <p>Sums and gates of one panel are a matrix {@code [row][4][16]}, rows contiguous. Cell and
 * hidden states are matrices whose rows stand {@code stride} apart.
 */
public interface TrainingKernels {
  /** C = S + A·B; every sum runs over ascending k by fma. */
  void multiply(Product product);

  /**
   * The LSTM cell of one panel, for {@code rows} rows: z = gates + sums; gates becomes i, f, g, o;
   * c' = fma(f, c, i·g) and tanh(c') are kept; h' = o·tanh(c').
   *
   * @param gates in: input sums; out: activated gates; shape [rows][4][16] from {@code gatesAt}
   * @param sums recurrent sums; shape [rows][4][16] from {@code sumsAt}
   * @param cells c from {@code before}, c' to {@code after}; rows of 16 units, {@code stride} apart
   * @param tanhCells tanh(c') to {@code tanhAt}
   * @param hidden h' to {@code after}
   */
  void lstmForward(
      float[] gates,
      int gatesAt,
      float[] sums,
      int sumsAt,
      float[] cells,
      int before,
      int after,
      float[] tanhCells,
      int tanhAt,
      float[] hidden,
      int stride,
      int rows);

  /**
   * The LSTM cell of one panel backwards. With dh = ∂L/∂h' and dc = ∂L/∂c' as it comes from the
   * timestep above:
   *
   * <pre>
   *   dc ← fma(dh·o, 1 − tanh²(c'), dc)
   *   dz_i = (dc·g)·(i·(1 − i))     dz_f = (dc·c)·(f·(1 − f))
   *   dz_g = (dc·i)·(1 − g²)        dz_o = (dh·tanh(c'))·(o·(1 − o))
   *   dc ← dc·f
   * </pre>
   *
   * where 1 − v² is fma(−v, v, 1), and v·(1 − v) is fma(−v, v, v).
   *
   * @param gates in: activated gates; out: dz; shape [rows][4][16] from {@code gatesAt}
   * @param cells c from {@code before}
   * @param tanhCells tanh(c') from {@code tanhAt}
   * @param dh from {@code at}; rows of 16 units, {@code stride} apart
   * @param dc in and out, from {@code at}
   */
  void lstmBackward(
      float[] gates,
      int gatesAt,
      float[] cells,
      int before,
      float[] tanhCells,
      int tanhAt,
      float[] dh,
      float[] dc,
      int at,
      int stride,
      int rows);

  /**
   * The vanilla RNN cell of one panel: h' = tanh(inputs + sums).
   *
   * @param inputs input sums; shape [rows][64] from {@code inputsAt}
   * @param sums recurrent sums, used up; shape [rows][64] from {@code sumsAt}
   * @param hidden h' to {@code after}; rows of 64 units, {@code stride} apart
   */
  void tanhForward(
      float[] inputs,
      int inputsAt,
      float[] sums,
      int sumsAt,
      float[] hidden,
      int after,
      int stride,
      int rows);

  /**
   * The vanilla RNN cell of one panel backwards: dz = dh·(1 − h'²), with fma(−h', h', 1).
   *
   * @param dz written; shape [rows][64] from {@code dzAt}
   * @param hidden h' from {@code after}; rows of 64 units, {@code stride} apart
   * @param dh from {@code at}
   */
  void tanhBackward(
      float[] dz, int dzAt, float[] hidden, int after, float[] dh, int at, int stride, int rows);

  /**
   * {@link Kernels#linear} of many rows: y[row][o] = Σ_k weights[o][k]·v[row][k] + bias[o], with
   * the same order of sums.
   *
   * @param weights shape [outputs][stride] from {@code weightsAt}
   * @param stride columns with those added that make them a multiple of 16, zero in the weights
   * @param biasAt where in {@code weights} the bias stands; shape [outputs]
   * @param v rows of {@code stride} values, {@code vRow} apart, from {@code vAt}
   * @param y rows of {@code outputs} values, {@code yRow} apart, from {@code yAt}
   * @param scratch of this thread; at least {@link #LINEAR_SCRATCH} long
   */
  void linear(
      float[] weights,
      int weightsAt,
      int outputs,
      int stride,
      int biasAt,
      float[] v,
      int vAt,
      int vRow,
      float[] y,
      int yAt,
      int yRow,
      int rows,
      float[] scratch);

  /** Partial sums of a block of four rows and four outputs. */
  int LINEAR_SCRATCH = 4 * 4 * Panels.LANES;

  /**
   * Turns y into e^(y − max) and returns the sum: 16 partial sums as in {@link Kernels#linear},
   * then halved. The maximum is written to {@code scratch[0]}.
   *
   * @param y {@code count} values from {@code at}; changed in place
   * @param scratch at least 17 long
   */
  float exponentials(float[] y, int at, int count, float[] scratch);
}
