// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train.tape;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class DropoutMaskTest {
  @Test
  void masksKeepTheirShareAndTheMean() {
    DropoutMask source = new DropoutMask(0.3, 1, 0);
    source.step(5);
    float[] mask = new float[100_000];
    for (int row = 0; row < 1000; row++) {
      source.fill(row, mask, row * 100, 100);
    }
    int dropped = 0;
    for (float m : mask) {
      dropped += m == 0 ? 1 : 0;
      assertTrue(m == 0 || m == (float) (1 / 0.7));
    }
    assertEquals(0.3, dropped / 1e5, 0.006, "four standard deviations");
  }

  @Test
  void masksDependOnWhatTheyAreForAlone() {
    float[] first = mask(1, 0, 5, 3);
    assertArrayEquals(first, mask(1, 0, 5, 3));
    for (float[] other :
        List.of(mask(2, 0, 5, 3), mask(1, 1, 5, 3), mask(1, 0, 6, 3), mask(1, 0, 5, 4))) {
      assertFalse(Arrays.equals(first, other));
    }
  }

  private static float[] mask(long seed, int layer, long step, int row) {
    DropoutMask source = new DropoutMask(0.5, seed, layer);
    source.step(step);
    float[] mask = new float[64];
    source.fill(row, mask, 0, 64);
    return mask;
  }
}
