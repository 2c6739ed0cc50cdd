// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Where a last panel has an odd number of groups, each word of the last one has a row's weight in
 * its low half and none in its high half.
 */
class PackedBf16PaddingTest {
  @ParameterizedTest
  @CsvSource({"4,100", "4,20", "1,40", "4,3"})
  void noFmaOverPaddingIsSubnormal(int gates, int units) {
    Panels layout = new Panels(gates, units);
    int inputs = 2;
    Random random = new Random(units);
    float[] w = new float[gates * units * inputs];
    float[] r = new float[gates * units * units];
    for (int i = 0; i < w.length; i++) {
      w[i] = random.nextFloat() - 0.5f;
    }
    for (int i = 0; i < r.length; i++) {
      r[i] = random.nextFloat() - 0.5f;
    }
    PackedBf16 packed = new PackedBf16(Arena.ofAuto(), layout, inputs, units, w, r);
    int last = layout.count() - 1;
    int padded = 0;
    for (int k = 0; k < inputs + units; k++) {
      for (int word = 0; word < packed.stride(last) / Integer.BYTES; word++) {
        int slot = word / PanelShape.LANES * 2 * PanelShape.LANES + word % PanelShape.LANES;
        boolean low = layout.tightRow(last, slot) >= 0;
        if (layout.tightRow(last, slot + PanelShape.LANES) < 0) {
          padded++;
          float high = PackedBf16.high(packed.word(last, k, word));
          assertTrue(low ? Math.abs(high - 1) < 0.01 : high == 0, "the weight is " + high);
        }
      }
    }
    int words = packed.stride(last) / Integer.BYTES;
    int rowsInHigh = 0;
    for (int slot = 0; slot < PanelShape.ROWS; slot++) {
      if (slot / PanelShape.LANES % 2 == 1 && layout.tightRow(last, slot) >= 0) {
        rowsInHigh++;
      }
    }
    assertEquals((words - rowsInHigh) * (inputs + units), padded);
    assertTrue(padded > 0, "there is no padding");
  }
}
