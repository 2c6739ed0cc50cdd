// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.quadgate.network.Architecture;
import org.quadgate.network.CellType;
import org.quadgate.network.WeightArrays;
import org.quadgate.train.tape.SplitMix;

/** Optimizers against what PyTorch 1.13's gave, clipping, schedules, and how weights begin. */
class OptimizerTest {
  /** Five steps on four parameters, decay on all, by a formula a PyTorch script repeats. */
  private static float[] fiveSteps(Optimizer optimizer) {
    float[] p = {1, -2, 0.5f, 3};
    float[][] moments = new float[optimizer.moments()][4];
    for (int t = 1; t <= 5; t++) {
      float[] g = {0.1f * t, -0.3f, 0.02f * t * t, t % 2 == 0 ? 1 : -1};
      optimizer.update(p, g, moments, new int[] {0, 4}, 0.1, t);
    }
    return p;
  }

  private static void assertGives(Optimizer optimizer, double... expected) {
    float[] found = fiveSteps(optimizer);
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], found[i], 2e-6 * Math.abs(expected[i]), optimizer + ", " + i);
    }
  }

  @Test
  void givesWhatPyTorchGives() {
    assertGives(Optimizer.sgd(), 0.84999996, -1.85000014, 0.38999999, 3.0999999);
    assertGives(
        Optimizer.sgd(0.9).withWeightDecay(0.05), 0.6205439, -1.48041153, 0.27327594, 3.04632711);
    assertGives(Optimizer.adam(), 0.5149169, -1.49999988, 0.050662413, 3.14349461);
    assertGives(
        Optimizer.adam().withWeightDecay(0.05), 0.50728464, -1.50058615, 0.032524533, 3.08356380);
    assertGives(
        Optimizer.adamW().withWeightDecay(0.05), 0.49502707, -1.45547247, 0.04288861, 3.0670259);
    assertGives(Optimizer.rmsProp(), -3.10882926, 1.24460483, -4.03310156, 3.81930876);
    assertGives(
        new Optimizer.RmsProp(0.99, 1e-8, 0.9, 0.05),
        -9.06244659,
        6.28928804,
        -10.25199509,
        4.79879427);
  }

  @Test
  void arraysThatDoNotFitAreRefusedAndNothingIsChanged() {
    for (Optimizer optimizer :
        new Optimizer[] {
          Optimizer.sgd(0.9), Optimizer.adam(), Optimizer.adamW(), Optimizer.rmsProp()
        }) {
      float[] p = {1, 2, 3};
      float[] g = {1, 1, 1};
      float[][] moments = new float[optimizer.moments()][3];
      int[] all = {0, 3};
      refused(() -> optimizer.update(p, new float[2], moments, all, 0.1, 1));
      refused(() -> optimizer.update(p, g, new float[3][3], all, 0.1, 1));
      refused(() -> optimizer.update(p, g, new float[moments.length][2], all, 0.1, 1));
      refused(() -> optimizer.update(p, g, moments, new int[] {0, 4}, 0.1, 1));
      refused(() -> optimizer.update(p, g, moments, new int[] {-1, 2}, 0.1, 1));
      refused(() -> optimizer.update(p, g, moments, new int[] {0, 1, 2}, 0.1, 1));
      refused(() -> optimizer.update(p, g, moments, all, 0.1, 0));
      assertArrayEquals(new float[] {1, 2, 3}, p);
      assertArrayEquals(new float[] {1, 1, 1}, g);
      assertArrayEquals(new float[moments.length][3], moments);
    }
  }

  private static void refused(Executable call) {
    assertThrows(IllegalArgumentException.class, call);
  }

  @Test
  void weightDecayReachesOnlyItsRanges() {
    for (Optimizer optimizer :
        new Optimizer[] {
          Optimizer.sgd(), Optimizer.adam(), Optimizer.adamW(), Optimizer.rmsProp()
        }) {
      float[] p = {1, 1, 1, 1, 1};
      Optimizer decaying = optimizer.withWeightDecay(0.1);
      decaying.update(
          p, new float[5], new float[decaying.moments()][5], new int[] {1, 2, 3, 5}, 0.1, 1);
      assertEquals(1, p[0]);
      assertTrue(p[1] < 1);
      assertEquals(1, p[2]);
      assertTrue(p[3] < 1 && p[4] < 1);
    }
  }

  @Test
  void clippingBoundsTheNormOrEachElement() {
    float[] g = new float[19];
    Arrays.fill(g, 2);
    double norm = Clipping.norm(g);
    assertEquals(2 * Math.sqrt(19), norm, 1e-12);
    new Clipping.Norm(100).apply(g, norm);
    assertEquals(2, g[0]);
    new Clipping.Norm(1).apply(g, norm);
    assertEquals(1, Clipping.norm(g), 1e-5);
    float[] h = {-3, 0.5f, 7};
    new Clipping.None().apply(h, 1e9);
    assertArrayEquals(new float[] {-3, 0.5f, 7}, h);
    new Clipping.Value(1).apply(h, 9);
    assertArrayEquals(new float[] {-1, 0.5f, 1}, h);
    assertThrows(IllegalArgumentException.class, () -> new Clipping.Norm(0));
    assertFalse(Double.isFinite(Clipping.norm(new float[] {1, Float.NaN})));
  }

  @Test
  void schedules() {
    Schedule halving = new Schedule.EachEpochAfter(4, 0.5);
    assertEquals(1, halving.factor(1, 4, 9));
    assertEquals(0.5, halving.factor(1, 5, 9));
    assertEquals(0.125, halving.factor(1, 7, 9));
    Schedule cosine = new Schedule.Cosine(0.1);
    assertEquals(1, cosine.factor(1, 1, 100));
    assertEquals(0.55, cosine.factor(51, 1, 100), 1e-12);
    assertEquals(0.1, cosine.factor(101, 1, 100), 1e-12);
    Schedule warm = new Schedule.WarmUp(4, halving);
    assertEquals(0.25, warm.factor(1, 1, 9));
    assertEquals(0.25, warm.factor(9, 6, 9));
    assertTrue(cosine.dependsOnLength() && !warm.dependsOnLength());
    refused(() -> new Schedule.WarmUp(0, halving));
    assertThrows(NullPointerException.class, () -> new Schedule.WarmUp(1, null));
  }

  @Test
  void initialWeights() {
    Architecture architecture =
        Architecture.builder(3).lstm(7).layer(CellType.RNN, 5).linear(2).build();
    WeightArrays w = Initializer.glorotOrthogonal().weights(architecture, 1);
    for (int gate = 0; gate < 4; gate++) {
      for (int a = 0; a < 7; a++) {
        for (int b = 0; b < 7; b++) {
          double dot = 0;
          for (int k = 0; k < 7; k++) {
            float[] r = w.layers().getFirst().recurrent;
            dot += (double) r[(gate * 7 + a) * 7 + k] * r[(gate * 7 + b) * 7 + k];
          }
          assertEquals(a == b ? 1 : 0, dot, 1e-6);
        }
      }
    }
    for (int i = 0; i < 28; i++) {
      assertEquals(i >= 7 && i < 14 ? 1 : 0, w.layers().getFirst().bias[i], "forget gates");
    }
    double limit = Math.sqrt(6.0 / 10);
    float largest = 0;
    for (float value : w.layers().getFirst().input) {
      largest = Math.max(largest, Math.abs(value));
    }
    assertTrue(largest <= limit && largest > 0.9 * limit, "Glorot's bound: " + largest);
    float[] same = Initializer.glorotOrthogonal().weights(architecture, 1).layers().getLast().input;
    assertArrayEquals(same, w.layers().getLast().input);
    float[] other =
        Initializer.glorotOrthogonal().weights(architecture, 2).layers().getLast().input;
    assertFalse(Arrays.equals(other, same));
    refused(() -> Initializer.uniform(1e39));
    refused(() -> Initializer.uniform(Double.NaN));
    WeightArrays uniform = Initializer.uniform(0.1).weights(architecture, 1);
    double sum = 0;
    for (float value : uniform.layers().getFirst().recurrent) {
      assertTrue(Math.abs(value) <= 0.1);
      sum += Math.abs(value);
    }
    assertEquals(0.05, sum / (28 * 7), 0.006);
  }

  @Test
  void chronoBeginsWithMemoriesOfUpToSoManySteps() {
    Architecture architecture = Architecture.builder(3).lstm(200).layer(CellType.RNN, 5).build();
    WeightArrays w = Initializer.chrono(100).weights(architecture, 1);
    float[] bias = w.layers().getFirst().bias; // i, f, g, o
    double sum = 0;
    for (int unit = 0; unit < 200; unit++) {
      double memory = Math.exp(bias[200 + unit]);
      assertTrue(memory >= 1 && memory <= 99, "unit " + unit + " begins with " + memory);
      sum += memory;
      assertEquals(-bias[200 + unit], bias[unit]);
      assertEquals(0, bias[400 + unit]);
      assertEquals(0, bias[600 + unit]);
    }
    assertEquals(50, sum / 200, 7);
    assertArrayEquals(new float[5], w.layers().getLast().bias);
    assertThrows(IllegalArgumentException.class, () -> Initializer.chrono(2));
  }

  @Test
  void theRandomNumbersAreThoseOfSplitMix64() {
    // the first numbers of seed 1234567, as the algorithm's reference implementation prints them
    SplitMix random = new SplitMix(1234567);
    assertEquals(6457827717110365317L, random.nextLong());
    assertEquals(3203168211198807973L, random.nextLong());
    int[] counts = new int[10];
    double squares = 0;
    for (int i = 0; i < 20000; i++) {
      counts[random.nextInt(10)]++;
      double normal = random.nextGaussian();
      squares += normal * normal;
    }
    assertEquals(1, squares / 20000, 0.05);
    for (int count : counts) {
      assertEquals(2000, count, 200);
    }
  }
}
