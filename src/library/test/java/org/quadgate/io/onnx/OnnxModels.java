// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.quadgate.network.Activation;
import org.quadgate.network.Activation.Function;
import org.quadgate.network.Architecture;
import org.quadgate.network.CellType;
import org.quadgate.network.Direction;
import org.quadgate.network.DirectionWeights;
import org.quadgate.network.LinearLayer;
import org.quadgate.network.Network;
import org.quadgate.network.RecurrentLayer;
import org.quadgate.network.Rows;
import org.quadgate.network.Scaling;
import org.quadgate.network.WeightArrays;

/** Networks of distinct random numbers with every feature that a file has to carry. */
final class OnnxModels {
  private static final float NO_CLIP = Float.POSITIVE_INFINITY;

  private OnnxModels() {}

  /** What a layer has beyond its sizes. */
  private record Rare(float clip, boolean coupled, boolean peepholes, List<Activation> functions) {
    static Rare usual(CellType cell) {
      return new Rare(NO_CLIP, false, false, cell.usualActivations());
    }
  }

  static float[] random(int count, long seed) {
    Random random = new Random(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian() * 0.5f;
    }
    return values;
  }

  /**
   * A matrix whose products are about as large as what is multiplied, [rows][columns]. With larger
   * ones a recurrent layer is chaotic: a last bit of the first input becomes 1e-5 within twenty
   * timesteps, and no two ways of rounding agree.
   */
  private static float[] matrix(int rows, int columns, long seed) {
    float[] values = random(rows * columns, seed);
    for (int i = 0; i < values.length; i++) {
      values[i] *= (float) (1.5 / Math.sqrt(columns));
    }
    return values;
  }

  /** Numbers from a half to three halves. */
  static float[] factors(int count, long seed) {
    Random random = new Random(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = 0.5f + random.nextFloat();
    }
    return values;
  }

  private static RecurrentLayer layer(
      CellType cell, Direction direction, int inputs, int hidden, Rare rare) {
    List<DirectionWeights> weights = new ArrayList<>();
    int gateRows = cell.gates() * hidden;
    for (int d = 0; d < direction.count(); d++) {
      long seed = 1000L * d + 10L * hidden + inputs;
      weights.add(
          DirectionWeights.builder(
                  matrix(gateRows, inputs, seed),
                  matrix(gateRows, hidden, seed + 1),
                  random(gateRows, seed + 2))
              .peephole(rare.peepholes ? random(3 * hidden, seed + 3) : new float[0])
              .initialHidden(random(hidden, seed + 4))
              .initialCell(cell == CellType.LSTM ? random(hidden, seed + 5) : new float[0])
              .activations(rare.functions)
              .build());
    }
    return RecurrentLayer.builder(cell, inputs, hidden)
        .direction(direction)
        .clip(rare.clip)
        .coupled(rare.coupled)
        .weights(weights)
        .build();
  }

  static RecurrentLayer usual(CellType cell, Direction direction, int inputs, int hidden) {
    return layer(cell, direction, inputs, hidden, Rare.usual(cell));
  }

  static LinearLayer linear(int inputs, int outputs, Activation function) {
    return new LinearLayer(
        inputs, outputs, matrix(outputs, inputs, inputs), random(outputs, outputs), function);
  }

  /** Fills every array of a plain network's weights. */
  static WeightArrays plain(Architecture config) {
    WeightArrays weights = new WeightArrays(config);
    long seed = config.inputSize();
    for (WeightArrays.Recurrent layer : weights.layers()) {
      int rows = layer.bias.length;
      put(matrix(rows, layer.input.length / rows, ++seed), layer.input);
      put(matrix(rows, layer.recurrent.length / rows, ++seed), layer.recurrent);
      put(random(rows, ++seed), layer.bias);
      put(random(layer.initialHidden.length, ++seed), layer.initialHidden);
      put(random(layer.initialCell.length, ++seed), layer.initialCell);
    }
    for (WeightArrays.Linear layer : weights.head()) {
      int rows = layer.bias.length;
      put(matrix(rows, layer.weight.length / rows, ++seed), layer.weight);
      put(random(rows, ++seed), layer.bias);
    }
    put(random(config.inputSize(), ++seed), weights.inputMean);
    put(factors(config.inputSize(), ++seed), weights.inputStd);
    put(random(config.outputSize(), ++seed), weights.outputMean);
    put(factors(config.outputSize(), ++seed), weights.outputStd);
    return weights;
  }

  private static void put(float[] from, float[] to) {
    System.arraycopy(from, 0, to, 0, to.length);
  }

  private static Network.Builder scaled(Network.Builder builder, int in, int out) {
    return builder
        .inputScaling(new Scaling(random(in, 71), factors(in, 72)))
        .outputScaling(new Scaling(random(out, 73), factors(out, 74)));
  }

  /** A network with everything at once that one direction can have. */
  static Network everything() {
    List<Activation> functions =
        List.of(
            new Activation(Function.HARD_SIGMOID, 0.4f, 0.5f),
            new Activation(Function.SCALED_TANH, 1.3f, 1.2f),
            new Activation(Function.ELU, 0.7f, 0));
    Rare rare = new Rare(1.5f, false, true, functions);
    return scaled(
            Network.builder()
                .layer(layer(CellType.LSTM, Direction.FORWARD, 3, 17, rare))
                .layer(usual(CellType.RNN, Direction.FORWARD, 17, 3))
                .linear(linear(3, 5, new Activation(Function.SCALED_TANH, 1.5f, 0.7f)))
                .linear(linear(5, 2, new Activation(Function.LEAKY_RELU, 0.3f, 0))),
            3,
            2)
        .build();
  }

  private static void putPlain(Map<String, Network> all) {
    List<Architecture> configs = new ArrayList<>();
    for (int hidden : new int[] {1, 3, 17, 33}) {
      configs.add(Architecture.builder(hidden == 1 ? 1 : 20 - hidden / 2).lstm(hidden).build());
      configs.add(Architecture.builder(hidden).rnn(hidden).linear(1).build());
    }
    configs.add(Architecture.builder(5).lstm(33).lstm(17).lstm(3).linear(4).linear(1).build());
    configs.add(Architecture.builder(3).rnn(17).rnn(1).rnn(33).linear(3).build());
    configs.add(Architecture.builder(4).lstm(17).rnn(3).lstm(1).build());
    for (Architecture config : configs) {
      all.put("plain " + config.describe(), plain(config).toNetwork());
    }
    Architecture small = Architecture.builder(3).lstm(4).linear(2).build();
    WeightArrays noInitialStates = new WeightArrays(small);
    WeightArrays.Recurrent from = plain(small).layers().getFirst();
    WeightArrays.Recurrent to = noInitialStates.layers().getFirst();
    put(from.input, to.input);
    put(from.recurrent, to.recurrent);
    noInitialStates.head().getFirst().weight[3] = 0.7f;
    all.put("plain without bias, initial states, scaling", noInitialStates.toNetwork());
  }

  private static void putFunctions(Map<String, Network> all) {
    for (Function function : Function.values()) {
      Activation odd =
          switch (function.numbers()) {
            case 0 -> Activation.of(function);
            case 1 -> new Activation(function, 0.31f, 0);
            default -> new Activation(function, 0.77f, 0.53f);
          };
      // in the middle: of the three, the first and last take numbers of their own
      List<Activation> lstm =
          List.of(
              new Activation(Function.HARD_SIGMOID, 0.3f, 0.4f),
              odd,
              new Activation(Function.SCALED_TANH, 0.9f, 1.1f));
      String name = function.onnxName();
      all.put(
          "both ways with " + name,
          Network.builder()
              .layer(
                  layer(
                      CellType.LSTM,
                      Direction.BIDIRECTIONAL,
                      3,
                      5,
                      new Rare(2, false, false, lstm)))
              .linear(linear(10, 4, odd))
              .build());
      all.put(
          "RNN with " + name,
          Network.builder()
              .layer(
                  layer(
                      CellType.RNN,
                      Direction.FORWARD,
                      3,
                      4,
                      new Rare(1.5f, false, false, List.of(odd))))
              .linear(linear(4, 3, odd))
              .build());
    }
    List<Activation> gates =
        List.of(new Activation(Function.AFFINE, 0.2f, 0.5f), Activation.RELU, Activation.TANH);
    all.put(
        "Affine gates",
        Network.builder()
            .layer(layer(CellType.LSTM, Direction.FORWARD, 3, 4, new Rare(1, false, true, gates)))
            .build());
  }

  private static void putDirections(Map<String, Network> all) {
    Rare coupled = new Rare(NO_CLIP, true, true, CellType.LSTM.usualActivations());
    for (Direction direction : Direction.values()) {
      for (Rows rows : Rows.values()) {
        for (CellType cell : CellType.values()) {
          int width = 17 * direction.count();
          all.put(
              "%s %s %s".formatted(direction, cell, rows),
              scaled(
                      Network.builder()
                          .layer(usual(cell, direction, 3, 17))
                          .layer(
                              layer(
                                  cell,
                                  direction,
                                  width,
                                  3,
                                  cell == CellType.LSTM ? coupled : Rare.usual(cell)))
                          .rows(rows)
                          .linear(linear(3 * direction.count(), 2, Activation.SIGMOID)),
                      3,
                      2)
                  .build());
        }
      }
      Rare clipped = new Rare(0.6f, false, false, CellType.LSTM.usualActivations());
      all.put(
          direction + " clipped",
          Network.builder().layer(layer(CellType.LSTM, direction, 1, 33, clipped)).build());
      Rare clippedPeepholes = new Rare(0.6f, true, true, CellType.LSTM.usualActivations());
      all.put(
          direction + " clipped and coupled with peepholes",
          Network.builder()
              .layer(layer(CellType.LSTM, direction, 5, 3, clippedPeepholes))
              .rows(Rows.FINAL)
              .build());
    }
    DirectionWeights with =
        layer(CellType.LSTM, Direction.FORWARD, 3, 4, coupled).directions().getFirst();
    DirectionWeights without =
        usual(CellType.LSTM, Direction.FORWARD, 3, 4).directions().getFirst();
    all.put(
        "peepholes in one direction",
        Network.builder()
            .layer(
                RecurrentLayer.builder(CellType.LSTM, 3, 4)
                    .direction(Direction.BIDIRECTIONAL)
                    .weights(with, without)
                    .build())
            .build());
  }

  /** All of them, by name. */
  static Map<String, Network> all() {
    Map<String, Network> all = new TreeMap<>();
    putPlain(all);
    putFunctions(all);
    putDirections(all);
    all.put("everything", everything());
    return all;
  }
}
