// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.quadgate.kernel.provider.KernelProvider;

/** Whichever way the panels are walked over, the sums have the bits of one piece. */
class PanelWalkTest {
  private static final int INPUTS = 3;

  private final Kernels kernels = KernelProvider.chosen().kernels();
  private final Kernels scalar = KernelProvider.scalar("test").kernels();
  private final Random random = new Random(1);

  private float[] random(int length) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private List<PackedGates> packed(Panels layout) {
    int units = layout.units();
    float[] w = random(4 * units * INPUTS);
    float[] r = random(4 * units * units);
    return List.of(
        new PackedFp32(Arena.ofAuto(), layout, INPUTS, units, w, r),
        new PackedBf16(Arena.ofAuto(), layout, INPUTS, units, w, r),
        new PackedInt8(Arena.ofAuto(), layout, INPUTS, units, w, r));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 33, 72, 129, 272, 920})
  void everyWalkGivesTheBitsOfOnePiece(int units) {
    Panels layout = new Panels(4, units);
    float[] bias = layout.packTight(random(4 * units));
    for (PackedGates gates : packed(layout)) {
      PanelWalk steps = new PanelWalk(gates.piecesOfSteps());
      PanelWalk sequences = new PanelWalk(gates.pieces());
      for (int walk = 0; walk < 3; walk++) {
        float[] x = random(INPUTS);
        float[] h = random(units);
        float[] recurrent = new float[layout.rows()];
        float[] expected = new float[layout.rows()];
        gates.recurrentSums(scalar, h, 0, bias, recurrent);
        gates.inputSums(scalar, x, 0, recurrent, expected);
        for (PanelWalk each : List.of(steps, sequences)) {
          float[] found = new float[layout.rows()];
          each.sums(kernels, x, 0, h, 0, bias, found);
          assertRows(layout, expected, found);
          float[] begun = new float[layout.rows()];
          each.recurrentSums(kernels, h, 0, bias, begun);
          assertRows(layout, recurrent, begun);
          found = new float[layout.rows()];
          each.inputSums(kernels, x, 0, begun, found);
          assertRows(layout, expected, found);
        }
      }
    }
  }

  private static void assertRows(Panels layout, float[] expected, float[] found) {
    assertArrayEquals(spread(layout, expected), spread(layout, found));
  }

  /** Padding may hold anything until it is cleared. */
  private static float[] spread(Panels layout, float[] sums) {
    float[] cleared = sums.clone();
    layout.spread(cleared);
    return cleared;
  }

  @Test
  void everySecondWalkGoesTheOtherWay() {
    Panels layout = new Panels(4, 64);
    PanelWalk walk = new PanelWalk(packed(layout).getFirst().pieces());
    List<Integer> firstPanels = new ArrayList<>();
    InvocationHandler spy =
        (proxy, method, arguments) -> {
          firstPanels.add(((PackedGates) arguments[0]).from);
          return null;
        };
    Class<?>[] types = {Kernels.class};
    Kernels spied = (Kernels) Proxy.newProxyInstance(getClass().getClassLoader(), types, spy);
    float[] none = {};
    walk.sums(spied, none, 0, none, 0, none, none);
    walk.recurrentSums(spied, none, 0, none, none);
    walk.inputSums(spied, none, 0, none, none);
    walk.sums(spied, none, 0, none, 0, none, none);
    assertEquals(List.of(2, 0, 0, 2, 0, 2, 2, 0), firstPanels);
  }

  @Test
  void whatIsNearStaysInOnePiece() {
    for (PackedGates gates : packed(new Panels(4, 920))) {
      assertTrue(gates.isFar());
      assertFalse(gates.part(0, 2).isFar());
    }
    for (PackedGates gates : packed(new Panels(4, 128))) {
      assertFalse(gates.isFar());
    }
  }
}
