// SPDX-License-Identifier: Apache-2.0
package org.quadgate.inspect;

import java.util.EnumMap;
import java.util.Map;
import org.quadgate.GateTrace;
import org.quadgate.GateTrace.Quantity;
import org.quadgate.Model;
import org.quadgate.StreamState;
import org.quadgate.network.Activation;
import org.quadgate.network.DirectionWeights;
import org.quadgate.network.RecurrentLayer;

/**
 * Steps a model and keeps count of what its gates do. It takes as many streams as there are states;
 * the counts are of all of them.
 */
public final class GateInspection {
  /** A unit's cell or hidden state that moved less than this did not move. */
  public static final double STILL = 0.01;

  /** What is drawn of values that have no bound of their own, such as cell states. */
  private static final double UNBOUNDED = 4;

  private final Model model;
  private final GateTrace trace;
  private final Map<Quantity, Activity>[] layers;
  private final float[] values; // of one layer's units

  /**
   * Before the first timestep.
   *
   * @throws UnsupportedOperationException if the model cannot be stepped
   */
  @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type
  public GateInspection(Model model) {
    this.model = model;
    trace = model.newTrace(1);
    layers = new Map[model.network().layers().size()];
    int most = 0;
    for (int i = 0; i < layers.length; i++) {
      RecurrentLayer layer = model.network().layers().get(i);
      most = Math.max(most, Math.max(layer.hiddenSize(), layer.directionSize()));
      layers[i] = new EnumMap<>(Quantity.class);
      for (Quantity quantity : Quantity.values()) {
        if (trace.has(i, quantity)) {
          layers[i].put(quantity, activity(layer, quantity));
        }
      }
    }
    values = new float[most];
  }

  private static Activity activity(RecurrentLayer layer, Quantity quantity) {
    DirectionWeights weights = layer.directions().getFirst();
    int units = quantity == Quantity.HIDDEN ? layer.directionSize() : layer.hiddenSize();
    Activation last = weights.activations().getLast();
    return switch (quantity) {
      case INPUT_GATE, FORGET_GATE, OUTPUT_GATE ->
          activity(units, weights.activations().getFirst());
      case CANDIDATE -> activity(units, weights.activations().get(1));
      case CELL -> activity(units, Activation.IDENTITY);
      case HIDDEN -> activity(units, weights.projects() ? Activation.IDENTITY : last);
    };
  }

  /** Over the range of a function's values. */
  private static Activity activity(int units, Activation function) {
    return switch (function.function()) {
      case SIGMOID, HARD_SIGMOID -> new Activity(units, 0, 1);
      case TANH, SOFTSIGN -> new Activity(units, -1, 1);
      default -> new Activity(units, -UNBOUNDED, UNBOUNDED);
    };
  }

  /**
   * As {@link Model#step(StreamState, float[], float[])}, and counts.
   *
   * @return the timestep's gates and states, until the next call
   */
  public GateTrace step(StreamState state, float[] x, float[] y) {
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
    if (!(kept > 0)) {
      return 0; // also of a gate whose function falls below 0
    }
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
