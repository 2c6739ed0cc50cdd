// SPDX-License-Identifier: Apache-2.0
package org.quadgate.inspect;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.quadgate.GateTrace.Quantity;
import org.quadgate.Model;
import org.quadgate.RandomWeights;
import org.quadgate.StreamState;
import org.quadgate.network.Architecture;
import org.quadgate.network.WeightArrays;
import org.quadgate.options.Precision;

/** The figures of an inspection, on networks whose figures are known. */
@Tag("once")
class InspectTest {
  @Test
  void activityCountsWhatItSees() {
    Activity activity = new Activity(2, 0, 1);
    for (int step = 0; step < 10; step++) {
      activity.add(new float[] {9, step < 3 ? 0.05f : 0.95f, 0.5f}, 1);
    }
    assertEquals(10, activity.steps());
    assertEquals(0.3, activity.closed(0), 1e-12);
    assertEquals(0.7, activity.open(0), 1e-12);
    assertEquals(0, activity.open(1), 1e-12);
    assertEquals(0.35, activity.open(), 1e-12);
    assertEquals(0.5, activity.mean(1), 1e-6);
    assertEquals(0.05, activity.least(0), 1e-6);
    assertEquals(0.95, activity.most(0), 1e-6);
    double[] shares = activity.histogram();
    assertEquals(0.15, shares[2], 1e-12);
    assertEquals(0.35, shares[37] + shares[38], 1e-12);
    assertEquals(0.5, shares[20], 1e-12);
  }

  @Test
  void singularValuesOfKnownMatrices() {
    float[] diagonal = {3, 0, 0, 0, -5, 0, 0, 0, 0.5f};
    assertArrayEquals(new double[] {5, 3, 0.5}, Spectrum.singularValues(diagonal, 0, 3, 3), 1e-9);
    // rank one: the product of the vectors' lengths
    assertArrayEquals(
        new double[] {Math.sqrt(5 * 9), 0},
        Spectrum.singularValues(new float[] {9, 1, 2, 2, 2, 4, 4}, 1, 2, 3),
        1e-9);
    Random random = new Random(1);
    float[] any = new float[12 * 7];
    double squares = 0;
    for (int i = 0; i < any.length; i++) {
      any[i] = (float) random.nextGaussian();
      squares += (double) any[i] * any[i];
    }
    double[] values = Spectrum.singularValues(any, 0, 12, 7);
    double sum = 0;
    for (int i = 0; i < values.length; i++) {
      sum += values[i] * values[i];
      assertTrue(i == 0 || values[i] <= values[i - 1]);
    }
    assertEquals(squares, sum, 1e-9 * squares, "the Frobenius norm");
    float[] transposed = new float[any.length];
    for (int i = 0; i < any.length; i++) {
      transposed[i % 7 * 12 + i / 7] = any[i];
    }
    assertArrayEquals(values, Spectrum.singularValues(transposed, 0, 7, 12), 1e-9);
  }

  /** Forget gates set by their biases alone. */
  @Test
  void memoryFollowsFromTheForgetGate() {
    WeightArrays weights = new WeightArrays(Architecture.builder(1).lstm(3).linear(1).build());
    float[] bias = weights.layers().getFirst().bias; // i, f, g, o
    bias[3] = 0; // f = 1/2: half is left after a step, 1/e after 1.44
    bias[4] = (float) Math.log(99); // f = 0.99
    bias[5] = 40;
    Model model = Model.of(weights.toNetwork());
    GateInspection inspection = new GateInspection(model);
    StreamState state = model.newState();
    for (int t = 0; t < 20; t++) {
      inspection.step(state, new float[] {t}, new float[1]);
    }
    assertEquals(1 / Math.log(2), inspection.memory(0, 0), 1e-5);
    assertEquals(-1 / Math.log(0.99), inspection.memory(0, 1), 0.01);
    assertEquals(Double.POSITIVE_INFINITY, inspection.memory(0, 2));
    assertTrue(inspection.isDead(0, 1), "its candidate is 0");
    assertFalse(inspection.isStuck(0, 1));
    assertEquals(0.5, inspection.of(0, Quantity.INPUT_GATE).mean(), 1e-6);
    assertEquals(2.0 / 3, inspection.of(0, Quantity.FORGET_GATE).open(), 1e-6);
  }

  @Test
  void aUnitThatNothingSeesCanGo() {
    Architecture config = Architecture.builder(2).lstm(6).lstm(5).linear(1).build();
    WeightArrays weights = RandomWeights.of(config, 3);
    for (int gate = 0; gate < 4; gate++) {
      for (int unit = 0; unit < 6; unit++) {
        weights.layers().getFirst().recurrent[(gate * 6 + unit) * 6 + 4] = 0;
      }
      for (int unit = 0; unit < 5; unit++) {
        weights.layers().getLast().input[(gate * 5 + unit) * 6 + 4] = 0;
      }
    }
    float[] targets = new float[200];
    Arrays.fill(targets, Float.NaN);
    targets[7] = 1;
    ModelVariants variants =
        new ModelVariants(
            weights.toNetwork(), RandomWeights.inputs(2 * 200, 1), new int[200], targets);
    double[] changes = new double[6];
    for (int unit = 0; unit < 6; unit++) {
      changes[unit] = variants.without(0, unit).outputs();
      assertEquals(unit == 4, changes[unit] == 0, "unit " + unit + ": " + changes[unit]);
    }
    int[] expendable = variants.expendable(0, changes, 1e-9, n -> {});
    assertArrayEquals(new int[] {4}, expendable);
    assertTrue(variants.without(1, 0).outputs() > 0);
    assertTrue(variants.without(1, 0, 1).outputs() > 0);
    assertTrue(variants.packed(Precision.INT8).outputs() > 0);
    assertTrue(variants.unchanged().error() > 0);
    assertTrue(variants.unchanged().error() != variants.without(1, 0).error());
  }

  @Test
  void changesAreInEachOutputsOwnDeviations() {
    Architecture config = Architecture.builder(2).lstm(6).linear(2).build();
    WeightArrays weights = RandomWeights.of(config, 3);
    float[] xs = RandomWeights.inputs(2 * 200, 1);
    float[] targets = new float[200];
    double plain =
        new ModelVariants(weights.toNetwork(), xs, new int[200], targets).without(0, 0).outputs();
    weights.outputMean[1] = 1000;
    double shifted =
        new ModelVariants(weights.toNetwork(), xs, new int[200], targets).without(0, 0).outputs();
    assertEquals(plain, shifted, 0.01 * plain, "where the outputs stand changes nothing");
    Architecture bare = Architecture.builder(2).lstm(6).build();
    ModelVariants variants =
        new ModelVariants(RandomWeights.of(bare, 3).toNetwork(), xs, new int[200], targets);
    assertFalse(variants.canLeaveOut(0));
    assertThrows(IllegalArgumentException.class, () -> variants.without(0, 0));
  }

  @Test
  void influenceIsOfWeightsAndData() {
    Architecture config = Architecture.builder(3).lstm(2).linear(1).build();
    WeightArrays weights = new WeightArrays(config);
    float[] w = weights.layers().getFirst().input; // [gate][unit][input]
    w[0] = 1; // i, unit 0, input 0
    w[3] = -3; // i, unit 1, input 0
    w[7] = 2; // f, unit 0, input 1
    weights.inputStd[1] = 4;
    InputInfluence influence = new InputInfluence(weights.toNetwork(), new double[] {2, 8, 5});
    assertEquals(4, influence.of(0, 0), 1e-12);
    assertEquals(0, influence.of(1, 0), 1e-12);
    assertEquals(2, influence.of(1, 1), 1e-12);
    assertEquals(1, influence.of(0), 1e-12);
    assertEquals(0, influence.of(2), 1e-12);
    assertFalse(influence.of(1) == 0);
  }
}
