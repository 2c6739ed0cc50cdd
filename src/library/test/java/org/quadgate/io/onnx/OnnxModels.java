// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.quadgate.LstmConfig;
import org.quadgate.LstmWeights;
import org.quadgate.network.Activation;
import org.quadgate.network.Activation.Function;
import org.quadgate.sequence.LinearLayer;
import org.quadgate.sequence.SequenceLayer;
import org.quadgate.sequence.SequenceLayer.Cell;
import org.quadgate.sequence.SequenceLayer.Direction;
import org.quadgate.sequence.SequenceLayer.Pass;
import org.quadgate.sequence.SequenceModel;
import org.quadgate.sequence.SequenceModel.Rows;

/** Networks of distinct random numbers with every feature that a file has to carry. */
final class OnnxModels {
  private static final float NO_CLIP = Float.POSITIVE_INFINITY;

  private OnnxModels() {}

  /** What a layer has beyond its sizes. */
  private record Rare(float clip, boolean coupled, boolean peepholes, List<Activation> functions) {
    static Rare usual(Cell cell) {
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

  private static SequenceLayer layer(
      Cell cell, Direction direction, int inputs, int hidden, Rare rare) {
    List<Pass> passes = new ArrayList<>();
    int gateRows = cell.gates() * hidden;
    for (int d = 0; d < direction.count(); d++) {
      long seed = 1000L * d + 10L * hidden + inputs;
      passes.add(
          new Pass(
              matrix(gateRows, inputs, seed),
              matrix(gateRows, hidden, seed + 1),
              random(gateRows, seed + 2),
              rare.peepholes ? random(3 * hidden, seed + 3) : new float[0],
              new float[0],
              random(hidden, seed + 4),
              cell == Cell.LSTM ? random(hidden, seed + 5) : new float[0],
              rare.functions));
    }
    return new SequenceLayer(cell, direction, inputs, hidden, rare.clip, rare.coupled, passes);
  }

  static SequenceLayer usual(Cell cell, Direction direction, int inputs, int hidden) {
    return layer(cell, direction, inputs, hidden, Rare.usual(cell));
  }

  static LinearLayer linear(int inputs, int outputs, Activation function) {
    return new LinearLayer(
        inputs, outputs, matrix(outputs, inputs, inputs), random(outputs, outputs), function);
  }

  /** Fills every array of the engine's weights. */
  static LstmWeights engine(LstmConfig config) {
    LstmWeights weights = new LstmWeights(config);
    long seed = config.inputSize();
    for (LstmWeights.Recurrent layer : weights.layers()) {
      int rows = layer.bias.length;
      put(matrix(rows, layer.input.length / rows, ++seed), layer.input);
      put(matrix(rows, layer.recurrent.length / rows, ++seed), layer.recurrent);
      put(random(rows, ++seed), layer.bias);
      put(random(layer.initialHidden.length, ++seed), layer.initialHidden);
      put(random(layer.initialCell.length, ++seed), layer.initialCell);
    }
    for (LstmWeights.Linear layer : weights.head()) {
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

  private static SequenceModel.Builder scaled(SequenceModel.Builder builder, int in, int out) {
    return builder
        .inputScaling(random(in, 71), factors(in, 72))
        .outputScaling(random(out, 73), factors(out, 74));
  }

  /** A network with everything at once that one direction can have. */
  static SequenceModel everything() {
    List<Activation> functions =
        List.of(
            new Activation(Function.HARD_SIGMOID, 0.4f, 0.5f),
            new Activation(Function.SCALED_TANH, 1.3f, 1.2f),
            new Activation(Function.ELU, 0.7f, 0));
    Rare rare = new Rare(1.5f, false, true, functions);
    return scaled(
            SequenceModel.builder()
                .layer(layer(Cell.LSTM, Direction.FORWARD, 3, 17, rare))
                .layer(usual(Cell.RNN, Direction.FORWARD, 17, 3))
                .linear(linear(3, 5, new Activation(Function.SCALED_TANH, 1.5f, 0.7f)))
                .linear(linear(5, 2, new Activation(Function.LEAKY_RELU, 0.3f, 0))),
            3,
            2)
        .build();
  }

  private static void putEngines(Map<String, SequenceModel> all) {
    List<LstmConfig> configs = new ArrayList<>();
    for (int hidden : new int[] {1, 3, 17, 33}) {
      configs.add(LstmConfig.builder(hidden == 1 ? 1 : 20 - hidden / 2).lstm(hidden).build());
      configs.add(LstmConfig.builder(hidden).rnn(hidden).linear(1).build());
    }
    configs.add(LstmConfig.builder(5).lstm(33).lstm(17).lstm(3).linear(4).linear(1).build());
    configs.add(LstmConfig.builder(3).rnn(17).rnn(1).rnn(33).linear(3).build());
    configs.add(LstmConfig.builder(4).lstm(17).rnn(3).lstm(1).build());
    for (LstmConfig config : configs) {
      all.put("engine " + config.describe(), SequenceModel.of(engine(config)));
    }
    LstmConfig plain = LstmConfig.builder(3).lstm(4).linear(2).build();
    LstmWeights noInitialStates = new LstmWeights(plain);
    LstmWeights.Recurrent from = engine(plain).layers().getFirst();
    LstmWeights.Recurrent to = noInitialStates.layers().getFirst();
    put(from.input, to.input);
    put(from.recurrent, to.recurrent);
    noInitialStates.head().getFirst().weight[3] = 0.7f;
    all.put("engine without bias, initial states, scaling", SequenceModel.of(noInitialStates));
  }

  private static void putFunctions(Map<String, SequenceModel> all) {
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
          SequenceModel.builder()
              .layer(
                  layer(Cell.LSTM, Direction.BIDIRECTIONAL, 3, 5, new Rare(2, false, false, lstm)))
              .linear(linear(10, 4, odd))
              .build());
      all.put(
          "RNN with " + name,
          SequenceModel.builder()
              .layer(
                  layer(
                      Cell.RNN,
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
        SequenceModel.builder()
            .layer(layer(Cell.LSTM, Direction.FORWARD, 3, 4, new Rare(1, false, true, gates)))
            .build());
  }

  private static void putDirections(Map<String, SequenceModel> all) {
    Rare coupled = new Rare(NO_CLIP, true, true, Cell.LSTM.usualActivations());
    for (Direction direction : Direction.values()) {
      for (Rows rows : Rows.values()) {
        for (Cell cell : Cell.values()) {
          int width = 17 * direction.count();
          all.put(
              "%s %s %s".formatted(direction, cell, rows),
              scaled(
                      SequenceModel.builder()
                          .layer(usual(cell, direction, 3, 17))
                          .layer(
                              layer(
                                  cell,
                                  direction,
                                  width,
                                  3,
                                  cell == Cell.LSTM ? coupled : Rare.usual(cell)))
                          .rows(rows)
                          .linear(linear(3 * direction.count(), 2, Activation.SIGMOID)),
                      3,
                      2)
                  .build());
        }
      }
      Rare clipped = new Rare(0.6f, false, false, Cell.LSTM.usualActivations());
      all.put(
          direction + " clipped",
          SequenceModel.builder().layer(layer(Cell.LSTM, direction, 1, 33, clipped)).build());
      Rare clippedPeepholes = new Rare(0.6f, true, true, Cell.LSTM.usualActivations());
      all.put(
          direction + " clipped and coupled with peepholes",
          SequenceModel.builder()
              .layer(layer(Cell.LSTM, direction, 5, 3, clippedPeepholes))
              .rows(Rows.FINAL)
              .build());
    }
    Pass with = layer(Cell.LSTM, Direction.FORWARD, 3, 4, coupled).passes().getFirst();
    Pass without = usual(Cell.LSTM, Direction.FORWARD, 3, 4).passes().getFirst();
    all.put(
        "peepholes in one direction",
        SequenceModel.builder()
            .layer(
                new SequenceLayer(
                    Cell.LSTM,
                    Direction.BIDIRECTIONAL,
                    3,
                    4,
                    NO_CLIP,
                    false,
                    List.of(with, without)))
            .build());
  }

  /** All of them, by name. */
  static Map<String, SequenceModel> all() {
    Map<String, SequenceModel> all = new TreeMap<>();
    putEngines(all);
    putFunctions(all);
    putDirections(all);
    all.put("everything", everything());
    return all;
  }
}
