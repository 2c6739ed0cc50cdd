// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.quadgate.kernel.provider.KernelProvider;

/** σ and tanh against double precision, over every exponent of a float. */
class ActivationsTest {
  /** Coprime to every power of two: the sweep meets all patterns of low mantissa bits. */
  private static final int STRIDE = 613;

  private interface FloatFunction {
    float of(float x);
  }

  private static double exactSigmoid(double x) {
    return x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x));
  }

  /** The largest error in ulp of the exact result, wherever that is a normal number. */
  private static double worstUlp(FloatFunction f, DoubleUnaryOperator exact, int stride) {
    double worst = 0;
    for (int sign = 0; sign < 2; sign++) {
      // the loop ends before the addition can overflow
      for (int bits = 0; bits <= 0x7f800000 - stride; bits += stride) {
        float x = Float.intBitsToFloat(bits | sign << 31);
        double expected = exact.applyAsDouble(x);
        if (Math.abs(expected) >= Float.MIN_NORMAL) {
          double error = Math.abs(f.of(x) - expected) / Math.ulp((float) expected);
          if (Double.isNaN(error)) {
            return error;
          }
          worst = Math.max(worst, error);
        }
      }
    }
    return worst;
  }

  @Test
  @Tag("once")
  void sigmoidIsWithinThreeUlp() {
    double worst = worstUlp(Activations::sigmoid, ActivationsTest::exactSigmoid, STRIDE);
    assertTrue(worst <= 2.5, "largest error " + worst + " ulp");
  }

  @Test
  @Tag("once")
  void tanhIsWithinThreeUlp() {
    double worst = worstUlp(Activations::tanh, Math::tanh, STRIDE);
    assertTrue(worst <= 2.6, "largest error " + worst + " ulp");
  }

  @Test
  void theSweepSeesAnErrorOfOneFloat() {
    FloatFunction wrong = x -> x == 1.0f ? 0.7f : Activations.sigmoid(x);
    assertTrue(worstUlp(wrong, ActivationsTest::exactSigmoid, 0x200000) > 1000);
    FloatFunction nan = x -> x == 1.0f ? Float.NaN : Activations.sigmoid(x);
    assertTrue(Double.isNaN(worstUlp(nan, ActivationsTest::exactSigmoid, 0x200000)));
  }

  @Test
  void exactAtZeroAndSaturatingAtTheEnds() {
    assertEquals(0.5f, Activations.sigmoid(0f));
    assertEquals(0.5f, Activations.sigmoid(-0f));
    assertTrue(Activations.tanh(0f) == 0f && Activations.tanh(-0f) == 0f);
    assertEquals(Float.MIN_VALUE, Activations.tanh(Float.MIN_VALUE));
    for (float far : new float[] {1e3f, Float.MAX_VALUE, Float.POSITIVE_INFINITY}) {
      assertEquals(1f, Activations.sigmoid(far));
      assertEquals(0f, Activations.sigmoid(-far));
      assertEquals(1f, Activations.tanh(far));
      assertEquals(-1f, Activations.tanh(-far));
    }
    assertTrue(Float.isNaN(Activations.sigmoid(Float.NaN)));
    assertTrue(Float.isNaN(Activations.tanh(Float.NaN)));
  }

  @Test
  void neverLeaveTheirRangeAndTinyResultsAreNotNegative() {
    for (int bits = 0; bits <= 0x7f800000 - 1021; bits += 1021) {
      float x = Float.intBitsToFloat(bits);
      float up = Activations.sigmoid(x);
      float down = Activations.sigmoid(-x);
      assertTrue(up >= 0.5f && up <= 1f, () -> "sigmoid(" + x + ")");
      // a sign bit on zero would show here
      assertTrue(Float.floatToRawIntBits(down) >= 0 && down <= 0.5f, () -> "sigmoid(-" + x + ")");
      assertTrue(Activations.tanh(x) >= 0 && Activations.tanh(x) <= 1, () -> "tanh(" + x + ")");
      assertTrue(Activations.tanh(-x) <= 0 && Activations.tanh(-x) >= -1, () -> "tanh(-" + x + ")");
    }
  }

  /**
   * The kernels in use against the scalar definition, bit by bit, through the RNN and LSTM cell.
   */
  @Test
  void theChosenKernelGivesTheSameBits() {
    Kernels kernels = KernelProvider.chosen().kernels();
    Kernels scalar = KernelProvider.scalar("test").kernels();
    int panels = 64;
    float[] sums = new float[panels * PanelShape.ROWS];
    float[] expected = new float[sums.length];
    float[] found = new float[sums.length];
    float[] c = new float[panels * PanelShape.LANES];
    float[] h = new float[c.length];
    long next = 0;
    for (int round = 0; round < 512; round++) {
      for (int i = 0; i < sums.length; i++, next += 2_097_143) {
        sums[i] = Float.intBitsToFloat((int) next);
      }
      kernels.tanhCell(sums, 0, panels, found, 0);
      scalar.tanhCell(sums, 0, panels, expected, 0);
      assertSameBits(expected, found);

      for (int i = 0; i < c.length; i++) {
        c[i] = (i % 41 - 20) / 4f;
      }
      float[] gates = sums.clone();
      float[] otherGates = sums.clone();
      float[] otherC = c.clone();
      float[] otherH = new float[h.length];
      float[] state = new float[2 * c.length + 3];
      System.arraycopy(c, 0, state, 3, c.length);
      float[] gatesOfState = sums.clone();
      kernels.lstmCell(gatesOfState, 0, panels, state, 3, state, 3 + c.length);
      kernels.lstmCell(gates, 0, panels, c, 0, h, 0);
      scalar.lstmCell(otherGates, 0, panels, otherC, 0, otherH, 0);
      assertSameBits(otherGates, gates);
      assertSameBits(otherC, c);
      assertSameBits(otherH, h);
      assertSameBits(otherGates, gatesOfState);
      assertSameBits(otherC, Arrays.copyOfRange(state, 3, 3 + c.length));
      assertSameBits(otherH, Arrays.copyOfRange(state, 3 + c.length, state.length));
    }
  }

  /** NaN is NaN whatever its payload; everything else must agree in every bit. */
  private static void assertSameBits(float[] expected, float[] found) {
    int[] a = new int[expected.length];
    int[] b = new int[found.length];
    for (int i = 0; i < a.length; i++) {
      a[i] = Float.floatToIntBits(expected[i]);
      b[i] = Float.floatToIntBits(found[i]);
    }
    assertArrayEquals(a, b);
  }
}
