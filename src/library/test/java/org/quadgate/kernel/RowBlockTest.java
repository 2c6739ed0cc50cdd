// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The order in which a block goes through panels: the sums do not show it. */
class RowBlockTest {
  @Test
  void everyLayerTurnsRoundWithTheBlock() {
    List<Integer> begins = new ArrayList<>();
    InvocationHandler spy =
        (proxy, method, arguments) -> {
          begins.add(((RowProduct) arguments[0]).bAt);
          return null;
        };
    Class<?>[] types = {BatchKernels.class};
    RowBlock block =
        new RowBlock(
            (BatchKernels) Proxy.newProxyInstance(getClass().getClassLoader(), types, spy),
            Arena.ofAuto());
    PackedGates gates =
        new PackedFp32(
            Arena.ofAuto(), new Panels(4, 32), 2, 32, new float[4 * 32 * 2], new float[4096]);
    int second = gates.offset(1);
    float[] x = new float[2];
    int[] xAt = new int[6];
    float[] sums = new float[6 * 128];
    for (int step = 0; step < 2; step++) {
      block.turn();
      for (int layer = 0; layer < 2; layer++) {
        block.inputSums(gates, 1, x, xAt, sums);
      }
    }
    assertEquals(List.of(second, 0, second, 0, 0, second, 0, second), begins);
  }
}
