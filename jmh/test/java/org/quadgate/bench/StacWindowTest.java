// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.quadgate.Model;
import org.quadgate.RandomWeights;
import org.quadgate.network.Architecture;

/** That sliding windows are whole ones, however they are stepped. */
class StacWindowTest {
  private static final int WINDOW = 7;
  private static final Model MODEL =
      Model.of(
          RandomWeights.of(Architecture.builder(5).lstm(33).lstm(17).linear(1).build(), 1)
              .toNetwork());

  private static float[][] inputs() {
    float[][] inputs = new float[40][];
    for (int t = 0; t < inputs.length; t++) {
      inputs[t] = RandomWeights.inputs(5, t);
    }
    return inputs;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aSlidingWindowGivesTheBitsOfAWholeOne(int cores) {
    float[][] inputs = inputs();
    for (int results : new int[] {3, 30}) {
      try (StacSteps alone = StacSteps.of(MODEL, 1);
          StacSteps steps = StacSteps.of(MODEL, cores)) {
        StacWindow whole = StacWindow.whole(alone, MODEL, inputs, WINDOW);
        StacWindow sliding = StacWindow.sliding(steps, MODEL, inputs, WINDOW, WINDOW - 1, results);
        for (int i = 0; i < results; i++) {
          int last = WINDOW - 1 + i;
          assertEquals(whole.result(last), sliding.result(last), "result " + i);
          sliding.prepare();
        }
      }
    }
  }

  @Test
  void anotherWindowGivesAnotherResult() {
    float[][] inputs = inputs();
    try (StacSteps steps = StacSteps.of(MODEL, 1)) {
      StacWindow whole = StacWindow.whole(steps, MODEL, inputs, WINDOW);
      StacWindow longer = StacWindow.whole(steps, MODEL, inputs, WINDOW + 1);
      assertNotEquals(whole.result(WINDOW), longer.result(WINDOW));
      assertNotEquals(whole.result(WINDOW), whole.result(WINDOW + 1));
    }
  }
}
