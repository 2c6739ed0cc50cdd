// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

import java.util.Arrays;
import org.quadgate.network.Activation;

/**
 * What makes a cell rare: its functions, a limit for its sums, coupled gates, peepholes.
 *
 * <pre>
 *   LSTM   i = gate(clip(fma(p_i, c, z_i)))     f = gate(clip(fma(p_f, c, z_f))), coupled 1 − i
 *          g = candidate(clip(z_g))             c' = fma(f, c, i·g)
 *          o = gate(clip(fma(p_o, c', z_o)))    h' = o·output(c')
 *   RNN    h' = candidate(clip(z))
 * </pre>
 *
 * Without peepholes z is taken as it is.
 */
public final class CellFunctions {
  private static final int PEEPHOLES = 3;

  /** The function of i, f and o. */
  public final Activation gate;

  /** The function of g, or that of a vanilla RNN. */
  public final Activation candidate;

  /** The function of the cell state. */
  public final Activation output;

  /** Sums are limited to ±clip; infinite: they are not. */
  public final float clip;

  /** Whether f is 1 − i. */
  public final boolean coupled;

  /** p_i, p_f and p_o, shape [panel][3][16] with zeros for padding; empty: there are none. */
  public final float[] peephole;

  private final Panels layout;

  private CellFunctions(
      Panels layout,
      Activation gate,
      Activation candidate,
      Activation output,
      float clip,
      boolean coupled,
      float[] peephole) {
    this.layout = layout;
    this.gate = gate;
    this.candidate = candidate;
    this.output = output;
    this.clip = clip;
    this.coupled = coupled;
    this.peephole = peephole;
  }

  /**
   * Those of an LSTM.
   *
   * @param clip infinite: none
   * @param peephole of i, f and o, shape [3][units]; empty: none
   */
  public static CellFunctions lstm(
      Panels layout,
      Activation gate,
      Activation candidate,
      Activation output,
      float clip,
      boolean coupled,
      float[] peephole) {
    float[] packed = packPeephole(layout, peephole);
    return new CellFunctions(layout, gate, candidate, output, clip, coupled, packed);
  }

  /** Those of a vanilla RNN. */
  public static CellFunctions rnn(Panels layout, Activation function, float clip) {
    return new CellFunctions(layout, function, function, function, clip, false, new float[0]);
  }

  private static float[] packPeephole(Panels layout, float[] peephole) {
    if (peephole.length == 0) {
      return peephole;
    }
    int units = layout.units();
    float[] packed = new float[PEEPHOLES * layout.paddedUnits()];
    for (int gate = 0; gate < PEEPHOLES; gate++) {
      for (int unit = 0; unit < units; unit++) {
        int panel = unit / PanelShape.LANES;
        int lane = unit % PanelShape.LANES;
        packed[peepholeAt(panel) + gate * PanelShape.LANES + lane] = peephole[gate * units + unit];
      }
    }
    return packed;
  }

  /** Whether the cell looks at its own state. */
  public boolean hasPeepholes() {
    return peephole.length > 0;
  }

  /** Whether sums are limited. */
  public boolean clips() {
    return Float.isFinite(clip);
  }

  /** Where a panel's peepholes begin: 16 of i, 16 of f, 16 of o. */
  public static int peepholeAt(int panel) {
    return panel * PEEPHOLES * PanelShape.LANES;
  }

  /**
   * Clears the units of padding after panels {@code from … to-1}, where a function that is not 0 at
   * 0 has left something that the next step might make infinite.
   *
   * @param state shape [panel][units of a panel] from {@code at}
   */
  public void clearPadding(int from, int to, float[] state, int at) {
    if (from < to && to == layout.count()) {
      Arrays.fill(state, at + layout.units(), at + layout.paddedUnits(), 0);
    }
  }

  /** As {@link #clearPadding}, of one panel whose units begin at {@code at}. */
  public void clearPaddingOf(int panel, float[] state, int at) {
    int first = panel * layout.unitsPerPanel();
    clearPadding(panel, panel + 1, state, at - first);
  }
}
