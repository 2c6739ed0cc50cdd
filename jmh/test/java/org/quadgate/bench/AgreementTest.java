// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.quadgate.Model;
import org.quadgate.RandomWeights;
import org.quadgate.StreamState;
import org.quadgate.network.Architecture;
import org.quadgate.network.WeightArrays;

/** The comparison that every peer has to pass is itself shown to notice what it is for. */
class AgreementTest {
  private static final int HIDDEN = 20;
  private static final Architecture CONFIG = Architecture.builder(3).lstm(HIDDEN).build();

  @Test
  void theSameWeightsAgreeInSequencesAndBatches() throws Exception {
    WeightArrays weights = RandomWeights.of(CONFIG, 1);
    Agreement.check(weights, 1, 1, peer(weights, 1, 0));
    Agreement.check(weights, 10, 4, peer(weights, 4, 0));
  }

  @Test
  void swappedGatesDiffer() {
    WeightArrays weights = RandomWeights.of(CONFIG, 1);
    WeightArrays swapped = RandomWeights.of(CONFIG, 1);
    float[] from = weights.layers().getFirst().input;
    float[] to = swapped.layers().getFirst().input;
    int gate = HIDDEN * CONFIG.inputSize();
    System.arraycopy(from, 0, to, gate, gate);
    System.arraycopy(from, gate, to, 0, gate);
    assertDiffer(weights, peer(swapped, 1, 0));
  }

  @Test
  void aStateThatIsNotCarriedDiffers() {
    WeightArrays weights = RandomWeights.of(CONFIG, 1);
    Model model = Model.of(weights.toNetwork());
    assertDiffer(weights, (x, y) -> model.step(model.newState(), x, y));
  }

  @Test
  void anErrorOfThreeTolerancesAndNaNDiffer() {
    WeightArrays weights = RandomWeights.of(CONFIG, 1);
    assertDiffer(weights, peer(weights, 1, 3e-5f));
    assertDiffer(weights, peer(weights, 1, Float.NaN));
  }

  private static void assertDiffer(WeightArrays weights, Agreement.Peer peer) {
    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> Agreement.check(weights, 1, 1, peer));
    assertTrue(e.getMessage().contains("differ from ours"), e.getMessage());
  }

  /** Our own engine in the part of a peer, with an error added to each output. */
  private static Agreement.Peer peer(WeightArrays weights, int batch, float error) {
    Model model = Model.of(weights.toNetwork());
    StreamState[] states = new StreamState[batch];
    for (int i = 0; i < batch; i++) {
      states[i] = model.newState();
    }
    return (x, y) -> {
      for (int row = 0; row < y.length / HIDDEN; row++) {
        model.step(states[row % batch], x, row * CONFIG.inputSize(), y, row * HIDDEN);
      }
      for (int i = 0; i < y.length; i++) {
        y[i] += error;
      }
    };
  }
}
