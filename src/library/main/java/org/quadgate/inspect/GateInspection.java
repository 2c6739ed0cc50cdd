// SPDX-License-Identifier: Apache-2.0
package org.quadgate.inspect;

import java.util.EnumMap;
import java.util.Map;
import org.quadgate.CellType;
import org.quadgate.GateTrace;
import org.quadgate.GateTrace.Quantity;
import org.quadgate.LstmConfig;
import org.quadgate.LstmModel;
import org.quadgate.LstmState;

/**
 * Steps a model and keeps count of what its gates do. It takes as many streams as there are states;
 * the counts are of all of them.
 */
public final class GateInspection {
  /** A unit's cell or hidden state that moved less than this did not move. */
  public static final double STILL = 0.01;

  private static final double CELL_RANGE = 4;

  private final LstmModel model;
  private final GateTrace trace;
  private final Map<Quantity, Activity>[] layers;
  private final float[] values; // of one layer's units

  /** Before the first timestep. */
  @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type
  public GateInspection(LstmModel model) {
    this.model = model;
    trace = model.newTrace(1);
    layers = new Map[model.config().layers().size()];
    int most = 0;
    for (int i = 0; i < layers.length; i++) {
      LstmConfig.Layer layer = model.config().layers().get(i);
      most = Math.max(most, layer.hiddenSize());
      layers[i] = new EnumMap<>(Quantity.class);
      for (Quantity quantity : Quantity.values()) {
        if (layer.cell() == CellType.LSTM || quantity == Quantity.HIDDEN) {
          layers[i].put(quantity, activity(quantity, layer.hiddenSize()));
        }
      }
    }
    values = new float[most];
  }

  private static Activity activity(Quantity quantity, int units) {
    return switch (quantity) {
      case INPUT_GATE, FORGET_GATE, OUTPUT_GATE -> new Activity(units, 0, 1);
      case CANDIDATE, HIDDEN -> new Activity(units, -1, 1);
      case CELL -> new Activity(units, -CELL_RANGE, CELL_RANGE);
    };
  }

  /**
   * As {@link LstmModel#step(LstmState, float[], float[])}, and counts.
   *
   * @return the timestep's gates and states, until the next call
   */
  public GateTrace step(LstmState state, float[] x, float[] y) {
    trace.clear();
    model.step(state, x, y, trace);
    for (int i = 0; i < layers.length; i++) {
      for (Map.Entry<Quantity, Activity> entry : layers[i].entrySet()) {
        trace.copy(0, i, entry.getKey(), values, 0);
        entry.getValue().add(values, 0);
      }
    }
    return trace;
  }

  /**
   * What a gate or a state of a layer did.
   *
   * @throws IllegalArgumentException if a vanilla RNN has none
   */
  public Activity of(int layer, Quantity quantity) {
    Activity activity = layers[layer].get(quantity);
    if (activity == null) {
      throw new IllegalArgumentException("layer " + layer + " is a vanilla RNN without gates");
    }
    return activity;
  }

  /** Whether a layer has gates. */
  public boolean hasGates(int layer) {
    return layers[layer].size() > 1;
  }

  /**
   * How many timesteps a unit's cell state keeps what it holds: −1 / ln f with the unit's mean
   * forget gate f, after so many a share of 1/e is left. Infinite where the mean rounds to 1.
   */
  public double memory(int layer, int unit) {
    double kept = of(layer, Quantity.FORGET_GATE).mean(unit);
    return kept < 1 ? -1 / Math.log(kept) : Double.POSITIVE_INFINITY;
  }

  /** Whether a unit's output stayed near zero. */
  public boolean isDead(int layer, int unit) {
    Activity hidden = of(layer, Quantity.HIDDEN);
    return Math.max(hidden.most(unit), -hidden.least(unit)) < STILL;
  }

  /** Whether a unit's output stayed where it was, away from zero. */
  public boolean isStuck(int layer, int unit) {
    Activity hidden = of(layer, Quantity.HIDDEN);
    return !isDead(layer, unit) && hidden.most(unit) - hidden.least(unit) < STILL;
  }
}
