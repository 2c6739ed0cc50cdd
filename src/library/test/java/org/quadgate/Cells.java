// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.quadgate.network.Activation;
import org.quadgate.network.CellType;
import org.quadgate.network.Direction;
import org.quadgate.network.DirectionWeights;
import org.quadgate.network.RecurrentLayer;

/** Recurrent layers of random weights and initial states, with anything that a layer can have. */
final class Cells {
  /**
   * What a layer has beside its sizes.
   *
   * @param projected what h is projected to; 0 for no projection
   * @param functions three of an LSTM, one of an RNN; none for the usual ones
   * @param gain weights are normal of this deviation, divided by √units
   */
  record Rare(
      float clip,
      boolean coupled,
      boolean peepholes,
      int projected,
      List<Activation> functions,
      float gain) {
    static final Rare NONE = new Rare(Float.POSITIVE_INFINITY, false, false, 0, List.of(), 1.5f);

    Rare clipped(float clip) {
      return new Rare(clip, coupled, peepholes, projected, functions, gain);
    }

    Rare withCoupledGates() {
      return new Rare(clip, true, peepholes, projected, functions, gain);
    }

    Rare withPeepholes() {
      return new Rare(clip, coupled, true, projected, functions, gain);
    }

    Rare projectedTo(int width) {
      return new Rare(clip, coupled, peepholes, width, functions, gain);
    }

    Rare with(Activation... functions) {
      return new Rare(clip, coupled, peepholes, projected, List.of(functions), gain);
    }

    /** Small enough for functions without a bound, which would soon give infinities. */
    Rare tame() {
      return new Rare(clip, coupled, peepholes, projected, functions, 0.3f);
    }
  }

  private Cells() {}

  static RecurrentLayer lstm(int inputs, int units, Rare rare, long seed) {
    return layer(CellType.LSTM, Direction.FORWARD, inputs, units, rare, seed);
  }

  static RecurrentLayer rnn(int inputs, int units, Rare rare, long seed) {
    return layer(CellType.RNN, Direction.FORWARD, inputs, units, rare, seed);
  }

  static RecurrentLayer layer(
      CellType cell, Direction direction, int inputs, int units, Rare rare, long seed) {
    List<DirectionWeights> weights = new ArrayList<>();
    for (int d = 0; d < direction.count(); d++) {
      weights.add(weights(cell, inputs, units, rare, seed + 100L * d));
    }
    return RecurrentLayer.builder(cell, inputs, units)
        .direction(direction)
        .clip(rare.clip)
        .coupled(rare.coupled)
        .weights(weights)
        .build();
  }

  private static DirectionWeights weights(
      CellType cell, int inputs, int units, Rare rare, long seed) {
    int rows = cell.gates() * units;
    int width = rare.projected > 0 ? rare.projected : units;
    int cells = cell.hasCellState() ? units : 0;
    float gain = (float) (rare.gain / Math.sqrt(units));
    return DirectionWeights.builder(
            random(rows * inputs, gain, seed),
            random(rows * width, gain, seed + 1),
            random(rows, gain, seed + 2))
        .peephole(random(rare.peepholes ? 3 * units : 0, gain, seed + 3))
        .projection(random(rare.projected * units, gain, seed + 4))
        .initialHidden(random(width, 0.5f, seed + 5))
        .initialCell(random(cells, 0.5f, seed + 6))
        .activations(rare.functions.isEmpty() ? cell.usualActivations() : rare.functions)
        .build();
  }

  static float[] random(int count, float deviation, long seed) {
    Random random = new Random(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian() * deviation;
    }
    return values;
  }
}
