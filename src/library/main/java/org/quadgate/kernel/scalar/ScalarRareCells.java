// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel.scalar;

import org.quadgate.kernel.ActivationFunctions;
import org.quadgate.kernel.CellFunctions;
import org.quadgate.kernel.PanelShape;

/** The cells of {@link CellFunctions}, one panel at a time: their definition. */
final class ScalarRareCells {
  private static final int ROWS = PanelShape.ROWS;
  private static final int LANES = PanelShape.LANES;

  private ScalarRareCells() {}

  /**
   * One panel of an LSTM.
   *
   * @param z in: its sums; out: i, f, g, o; shape [4][16] from {@code at}
   */
  static void lstm(
      CellFunctions functions,
      int panel,
      float[] z,
      int at,
      float[] c,
      int cAt,
      float[] h,
      int hAt) {
    float[] p = functions.peephole;
    boolean peepholes = functions.hasPeepholes();
    for (int lane = 0; lane < LANES; lane++) {
      int j = at + lane;
      int pj = CellFunctions.peepholeAt(panel) + lane;
      float before = c[cAt + lane];
      float zi = peepholes ? Math.fma(p[pj], before, z[j]) : z[j];
      float zf = peepholes ? Math.fma(p[pj + LANES], before, z[j + LANES]) : z[j + LANES];
      float i = gate(functions, zi);
      float f = functions.coupled ? 1 - i : gate(functions, zf);
      float g =
          ActivationFunctions.apply(
              functions.candidate, ActivationFunctions.clip(z[j + 2 * LANES], functions.clip));
      float next = Math.fma(f, before, i * g);
      float zo = z[j + 3 * LANES];
      float o = gate(functions, peepholes ? Math.fma(p[pj + 2 * LANES], next, zo) : zo);
      z[j] = i;
      z[j + LANES] = f;
      z[j + 2 * LANES] = g;
      z[j + 3 * LANES] = o;
      c[cAt + lane] = next;
      h[hAt + lane] = o * ActivationFunctions.apply(functions.output, next);
    }
    functions.clearPaddingOf(panel, c, cAt);
    functions.clearPaddingOf(panel, h, hAt);
  }

  private static float gate(CellFunctions functions, float z) {
    return ActivationFunctions.apply(functions.gate, ActivationFunctions.clip(z, functions.clip));
  }

  /**
   * One panel of a vanilla RNN.
   *
   * @param z its sums, from {@code at}; shape [64]
   */
  static void rnn(CellFunctions functions, int panel, float[] z, int at, float[] h, int hAt) {
    for (int slot = 0; slot < ROWS; slot++) {
      float clipped = ActivationFunctions.clip(z[at + slot], functions.clip);
      h[hAt + slot] = ActivationFunctions.apply(functions.candidate, clipped);
    }
    functions.clearPaddingOf(panel, h, hAt);
  }
}
