// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.quadgate.Model;
import org.quadgate.RandomWeights;
import org.quadgate.network.Network;
import org.quadgate.options.ModelOptions;

/** The networks whose steps are compared are what their names say, and give other outputs. */
class CellVariantTest {
  private static final Shape SHAPE = new Shape(6, 20);

  @ParameterizedTest
  @EnumSource
  void onlyTheUsualOnesArePlain(CellVariant variant) {
    Network network = variant.network(SHAPE);
    assertTrue(network.whyNotStep().isEmpty());
    assertEquals(variant == variant.usual(), network.whyNotPlain().isEmpty(), network + "");
    assertEquals(SHAPE.hidden(), network.layers().getFirst().directionSize());
  }

  @ParameterizedTest
  @EnumSource
  void vectorsGiveTheBitsOfScalarsAndNotThoseOfTheUsualCell(CellVariant variant) {
    Model model = Model.of(variant.network(SHAPE));
    float[][] x = {RandomWeights.inputs(6, 1), RandomWeights.inputs(6, 2)};
    StepBenchmark.check(
        model, Model.of(variant.network(SHAPE), ModelOptions.DEFAULT.withScalarKernels()), x);
    if (variant != variant.usual()) {
      Model usual = Model.of(variant.usual().network(SHAPE));
      assertFalse(Arrays.equals(last(model, x), last(usual, x)));
    }
  }

  private static float[] last(Model model, float[][] x) {
    float[] ys = new float[2 * model.outputSize()];
    float[] xs = new float[12];
    System.arraycopy(x[0], 0, xs, 0, 6);
    System.arraycopy(x[1], 0, xs, 6, 6);
    model.run(model.newState(), xs, 2, ys);
    return ys;
  }
}
