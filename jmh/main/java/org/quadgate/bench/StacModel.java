// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import org.quadgate.RandomWeights;
import org.quadgate.network.Architecture;
import org.quadgate.network.WeightArrays;

/** The shapes of STAC-ML's models, each with one linear output. The weights are drawn by us. */
enum StacModel {
  A(2, 100, 100, 50, 10_000),
  B(3, 200, 250, 100, 1_000),
  C(4, 1000, 500, 100, 200);

  /** Of the drawn weights. */
  private static final long SEED = 2026;

  final int layers;
  final int units;
  final int features;

  /** Timesteps in a window. */
  final int window;

  /** How many results are timed, so that a row takes a minute at most. */
  final int results;

  StacModel(int layers, int units, int features, int window, int results) {
    this.layers = layers;
    this.units = units;
    this.features = features;
    this.window = window;
    this.results = results;
  }

  Architecture architecture() {
    Architecture.Builder builder = Architecture.builder(features);
    for (int i = 0; i < layers; i++) {
      builder.lstm(units);
    }
    return builder.linear(1).build();
  }

  WeightArrays weights() {
    return RandomWeights.of(architecture(), SEED);
  }

  /** Input {@code tick} of the stream; shape [features]. */
  float[] input(int tick) {
    return RandomWeights.inputs(features, SEED + 1 + tick);
  }

  /** Such as {@code LSTM_A 2×100, 100 features, window 50}. */
  String describe() {
    return "LSTM_%s %d×%d, %d features, window %d"
        .formatted(name(), layers, units, features, window);
  }
}
