// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.quadgate.kernel.provider.KernelProvider;
import org.quadgate.network.Activation;

/** Blocks of rows: the bits of single steps, and the order in which panels are gone through. */
class RowBlockTest {
  private static final int ROWS = 7;

  private final Kernels kernels = KernelProvider.chosen().kernels();
  private final Kernels scalar = KernelProvider.scalar("test").kernels();
  private final Arena arena = Arena.ofAuto();

  private static float[] random(Random random, int length) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private List<PackedGates> packed(Panels layout, int inputs, int recurrent, Random random) {
    int rows = layout.gates() * layout.units();
    float[] w = random(random, rows * inputs);
    float[] r = random(random, rows * recurrent);
    return List.of(
        new PackedFp32(arena, layout, inputs, recurrent, w, r),
        new PackedBf16(arena, layout, inputs, recurrent, w, r),
        new PackedInt8(arena, layout, inputs, recurrent, w, r));
  }

  /** Usual and rare cells; as many recurrent columns as units, and fewer, as after a projection. */
  @ParameterizedTest
  @CsvSource({"4,32,32", "4,20,20", "4,20,7", "4,50,3", "1,64,64", "1,70,70", "1,70,10"})
  void aBlockGivesTheBitsOfSteps(int gates, int units, int recurrent) {
    int inputs = 5;
    Random random = new Random(units + recurrent);
    Panels layout = new Panels(gates, units);
    Activation hard = Activation.of(Activation.Function.HARD_SIGMOID);
    Activation affine = new Activation(Activation.Function.AFFINE, 0.5f, 2);
    float[] peephole = random(random, 3 * units);
    CellFunctions rare =
        gates == 4
            ? CellFunctions.lstm(layout, hard, affine, affine, 1.5f, false, peephole)
            : CellFunctions.rnn(layout, affine, 1.5f);
    float[] bias = layout.packTight(random(random, gates * units));
    for (PackedGates w : packed(layout, inputs, recurrent, random)) {
      for (CellFunctions functions : Arrays.asList(null, rare)) {
        // states as the engine has them: c and what R sees of each row in one array
        int stride = units + recurrent + 3;
        float[] states = random(random, ROWS * stride);
        float[] x = random(random, ROWS * inputs);
        LayerRows p = new LayerRows();
        p.rows = ROWS;
        p.x = x;
        p.xAt = places(0, inputs);
        p.hAt = places(1, stride);
        p.cAt = places(2 + recurrent, stride);
        for (Kernels each : List.of(scalar, kernels)) {
          p.h = states.clone();
          p.c = p.h;
          p.next = new float[ROWS * layout.paddedUnits() + 4];
          p.nextAt = 4;
          RowBlock block = new RowBlock(each.batch(), arena);
          if (gates == 4) {
            block.lstm(w, bias, functions, p);
          } else {
            block.rnn(w, bias, functions, p);
          }
          for (int row = 0; row < ROWS; row++) {
            assertRow(w, bias, functions, p, row, states, stride);
          }
        }
      }
    }
  }

  private static int[] places(int first, int stride) {
    int[] places = new int[RowBlock.roomFor(ROWS)];
    Arrays.setAll(places, row -> first + Math.min(row, ROWS - 1) * stride);
    return places;
  }

  private void assertRow(
      PackedGates w,
      float[] bias,
      CellFunctions functions,
      LayerRows p,
      int row,
      float[] before,
      int stride) {
    Panels layout = w.layout;
    int units = layout.units();
    int panels = layout.count();
    int padded = layout.paddedUnits();
    float[] sums = new float[layout.rows()];
    w.sums(scalar, p.x, p.xAt[row], before, p.hAt[row], bias, sums);
    layout.spread(sums);
    float[] c = new float[padded];
    float[] h = new float[padded];
    System.arraycopy(before, p.cAt[row], c, 0, units);
    if (layout.gates() == 1 && functions == null) {
      scalar.tanhCell(sums, 0, panels, h, 0);
    } else if (layout.gates() == 1) {
      scalar.rareRnnCell(functions, sums, 0, panels, h, 0);
    } else if (functions == null) {
      scalar.lstmCell(sums, 0, panels, c, 0, h, 0);
    } else {
      scalar.rareLstmCell(functions, sums, 0, panels, c, 0, h, 0);
    }
    int next = p.nextAt + row * padded;
    assertArrayEquals(
        Arrays.copyOf(h, units), Arrays.copyOfRange(p.next, next, next + units), "h of " + row);
    if (functions != null) {
      for (int unit = units; unit < padded; unit++) {
        assertEquals(0f, p.next[next + unit], "padding");
      }
    }
    float[] expected = Arrays.copyOfRange(before, row * stride, (row + 1) * stride);
    if (layout.gates() == 4) {
      System.arraycopy(c, 0, expected, p.cAt[row] - row * stride, units);
    }
    float[] found = Arrays.copyOfRange(p.h, row * stride, (row + 1) * stride);
    assertArrayEquals(expected, found, "the rest of the state stays");
  }

  /** What a projection needs: products with R alone, in order from the bias. */
  @ParameterizedTest
  @CsvSource({"3,40", "64,20", "70,33"})
  void projectionsOfManyRowsAreThoseOfOne(int projected, int units) {
    Random random = new Random(projected);
    Panels layout = new Panels(1, projected);
    float[] zeros = new float[layout.rows()];
    float[] h = random(random, ROWS * units + 1);
    int[] hAt = places(1, units);
    float[] p = random(random, projected * units);
    for (PackedGates w :
        List.of(
            new PackedFp32(arena, layout, 0, units, new float[0], p),
            new PackedBf16(arena, layout, 0, units, new float[0], p),
            new PackedInt8(arena, layout, 0, units, new float[0], p))) {
      for (Kernels each : List.of(scalar, kernels)) {
        float[] found = new float[ROWS * layout.rows()];
        new RowBlock(each.batch(), arena).recurrentSums(w, ROWS, h, hAt, zeros, found);
        for (int row = 0; row < ROWS; row++) {
          float[] one = new float[layout.rows()];
          w.recurrentSums(each, h, hAt[row], zeros, one);
          layout.spread(one);
          int at = row * layout.rows();
          assertArrayEquals(one, Arrays.copyOfRange(found, at, at + one.length));
          for (int j = 0; j < projected && w instanceof PackedFp32; j++) {
            float sum = 0;
            for (int u = 0; u < units; u++) {
              sum = Math.fma(p[j * units + u], h[hAt[row] + u], sum);
            }
            assertEquals(sum, one[j]);
          }
        }
      }
    }
  }

  @Test
  void roomForWidenedWeightsIsMadeWhenTheyCome() {
    Panels layout = new Panels(4, 16);
    List<PackedGates> packed = packed(layout, 2, 16, new Random(1));
    RowBlock block = new RowBlock(kernels.batch(), arena);
    long before = block.bytes();
    float[] sums = new float[6 * layout.rows()];
    block.inputSums(packed.getFirst(), 1, new float[2], new int[6], sums);
    assertEquals(before, block.bytes());
    block.inputSums(packed.getLast(), 1, new float[2], new int[6], sums);
    assertTrue(block.bytes() > before);
  }

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
            (BatchKernels) Proxy.newProxyInstance(getClass().getClassLoader(), types, spy), arena);
    PackedGates gates =
        new PackedFp32(arena, new Panels(4, 32), 2, 32, new float[4 * 32 * 2], new float[4096]);
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
