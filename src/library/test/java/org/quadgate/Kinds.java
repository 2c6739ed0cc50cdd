// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.quadgate.Cells.Rare;
import org.quadgate.network.Activation;
import org.quadgate.network.Activation.Function;
import org.quadgate.network.Architecture;
import org.quadgate.network.CellType;
import org.quadgate.network.Direction;
import org.quadgate.network.LinearLayer;
import org.quadgate.network.Network;
import org.quadgate.network.RecurrentLayer;
import org.quadgate.network.Rows;
import org.quadgate.network.Scaling;

/** A network of every kind, each with initial states that are not zero. */
final class Kinds {
  /** What marks a timestep that is passed over, after the scaling. */
  static final float MASK = -1;

  private static final Activation HARD = Activation.of(Function.HARD_SIGMOID);

  /** The functions that no usual cell has; those without a bound where they stay small. */
  private static final List<Activation> FUNCTIONS =
      List.of(
          Activation.RELU,
          new Activation(Function.HARD_SIGMOID, 0.3f, 0.4f),
          new Activation(Function.AFFINE, 0.5f, 0.1f),
          Activation.of(Function.LEAKY_RELU),
          new Activation(Function.THRESHOLDED_RELU, 0.05f, 0),
          Activation.of(Function.ELU),
          Activation.of(Function.SOFTSIGN),
          Activation.of(Function.SOFTPLUS),
          new Activation(Function.SCALED_TANH, 1.2f, 0.7f));

  /** A network and what it is called. */
  record Kind(String name, Network network) {
    @Override
    public String toString() {
      return name;
    }
  }

  private Kinds() {}

  /** Those whose streams can be stepped. */
  static List<Kind> steppable() {
    List<Kind> kinds = new ArrayList<>();
    kinds.add(plain("plain", Architecture.builder(20).lstm(20).lstm(33).linear(3)));
    kinds.add(plain("in place", Architecture.builder(32).lstm(32)));
    kinds.add(plain("RNN", Architecture.builder(20).rnn(20).rnn(65).linear(2)));
    kinds.add(plain("mixed", Architecture.builder(7).lstm(16).rnn(5).lstm(3)));
    kinds.add(kind("peepholes", start(20, 32, Rare.NONE.withPeepholes())));
    kinds.add(kind("hard_sigmoid", start(20, 20, hard()).linear(linear(20, 2, HARD))));
    kinds.add(kind("coupled, clipped", start(20, 20, Rare.NONE.withCoupledGates().clipped(0.7f))));
    kinds.add(kind("projected", start(20, 33, Rare.NONE.projectedTo(7))));
    kinds.add(
        kind(
            "projected below",
            start(9, 20, Rare.NONE.projectedTo(5))
                .layer(Cells.rnn(5, 20, Rare.NONE.clipped(1), 7))
                .linear(linear(20, 3, Activation.IDENTITY))));
    kinds.add(
        kind(
            "all that is rare",
            start(20, 19, hard().withPeepholes().withCoupledGates().clipped(1).projectedTo(3))
                .layer(Cells.lstm(3, 16, Rare.NONE, 7))));
    kinds.add(
        kind(
            "functions in the head",
            start(8, 16, Rare.NONE)
                .linear(linear(16, 40, Activation.RELU))
                .linear(linear(40, 5, Activation.of(Function.SOFTSIGN)))
                .linear(linear(5, 3, Activation.SIGMOID))
                .outputScaling(scaling(3))));
    kinds.add(masked("masked", start(3, 16, Rare.NONE).layer(Cells.lstm(16, 9, Rare.NONE, 7)), 9));
    kinds.add(masked("masked RNN", start(20, 5, hard()).layer(Cells.rnn(5, 64, Rare.NONE, 7)), 64));
    kinds.add(
        kind(
            "masked, no head",
            start(4, 32, Rare.NONE.withPeepholes().projectedTo(4)).masking(MASK)));
    for (int i = 0; i < FUNCTIONS.size(); i++) {
      kinds.add(functions(i));
    }
    return kinds;
  }

  /** Those that need whole sequences, of each kind of rows. */
  static List<Kind> backwards() {
    List<Kind> kinds = new ArrayList<>();
    for (Rows rows : Rows.values()) {
      kinds.add(
          kind(
              "bidirectional, " + rows,
              Network.builder()
                  .layer(both(CellType.LSTM, Direction.BIDIRECTIONAL, 5, 20, Rare.NONE))
                  .layer(Cells.lstm(40, 16, Rare.NONE, 7))
                  .rows(rows)
                  .linear(linear(16, 3, Activation.IDENTITY))
                  .inputScaling(scaling(5))
                  .outputScaling(scaling(3))));
      kinds.add(
          kind(
              "reverse, " + rows,
              Network.builder()
                  .layer(both(CellType.RNN, Direction.BIDIRECTIONAL, 4, 20, Rare.NONE))
                  .layer(both(CellType.LSTM, Direction.REVERSE, 40, 9, hard().withPeepholes()))
                  .rows(rows)));
      kinds.add(
          kind(
              "bidirectional and masked, " + rows,
              Network.builder()
                  .layer(both(CellType.LSTM, Direction.REVERSE, 3, 17, Rare.NONE.projectedTo(6)))
                  .layer(
                      both(CellType.LSTM, Direction.BIDIRECTIONAL, 6, 9, Rare.NONE.clipped(0.7f)))
                  .rows(rows)
                  .linear(linear(18, 2, Activation.RELU))
                  .inputScaling(scaling(3))
                  .masking(MASK)));
    }
    return kinds;
  }

  private static RecurrentLayer both(
      CellType cell, Direction direction, int inputs, int units, Rare rare) {
    return Cells.layer(cell, direction, inputs, units, rare, 3);
  }

  private static Kind plain(String name, Architecture.Builder architecture) {
    return new Kind(name, Shapes.weights(architecture.build()).toNetwork());
  }

  private static Kind kind(String name, Network.Builder builder) {
    return new Kind(name, builder.build());
  }

  private static Kind masked(String name, Network.Builder builder, int width) {
    return kind(
        name,
        builder
            .masking(MASK)
            .inputScaling(scaling(builder.build().inputSize()))
            .linear(linear(width, 2, Activation.of(Function.ELU))));
  }

  /** Function i and the two behind it as gate, candidate and output, and in an RNN above. */
  private static Kind functions(int i) {
    Activation[] three = new Activation[3];
    Arrays.setAll(three, n -> FUNCTIONS.get((i + n) % FUNCTIONS.size()));
    String name = Stream.of(three).map(f -> f.function().onnxName()).toList().toString();
    return kind(
        name,
        start(20, i % 2 == 0 ? 20 : 32, Rare.NONE.with(three).tame())
            .layer(Cells.rnn(i % 2 == 0 ? 20 : 32, 20, Rare.NONE.with(three[0]).tame(), 7))
            .linear(linear(20, 20, three[0])));
  }

  private static Rare hard() {
    return Rare.NONE.with(HARD, Activation.TANH, Activation.TANH);
  }

  private static Network.Builder start(int inputs, int units, Rare rare) {
    return Network.builder().layer(Cells.lstm(inputs, units, rare, 3));
  }

  private static LinearLayer linear(int inputs, int outputs, Activation function) {
    float gain = (float) (1 / Math.sqrt(inputs));
    float[] weight = Cells.random(inputs * outputs, gain, 11);
    return new LinearLayer(inputs, outputs, weight, Cells.random(outputs, gain, 12), function);
  }

  /** Of powers of two, so that the value that marks a timestep comes out exactly. */
  private static Scaling scaling(int size) {
    float[] mean = new float[size];
    float[] std = new float[size];
    for (int k = 0; k < size; k++) {
      mean[k] = k % 3 - 1;
      std[k] = k % 2 == 0 ? 2 : 0.5f;
    }
    return new Scaling(mean, std);
  }

  /**
   * Inputs of a sequence: every third timestep is mostly zero. Of a network that masks, sequence 0
   * has no masked timestep, 1 some at both ends and in the middle, 2 nothing else, and the others
   * some here and there.
   */
  static float[] inputs(Network network, int steps, int sequence) {
    int size = network.inputSize();
    float[] xs = Cells.random(steps * size, 0.8f, 1000 + sequence);
    float[] mean = network.inputScaling().mean();
    float[] std = network.inputScaling().std();
    for (int t = 0; t < steps; t++) {
      if (t % 3 == 2) {
        Arrays.fill(xs, t * size, t * size + size * 3 / 4, 0);
      }
      if (network.maskValue().isPresent() && isMasked(t, steps, sequence)) {
        for (int k = 0; k < size; k++) {
          xs[t * size + k] = MASK * std[k] + mean[k];
        }
      }
    }
    return xs;
  }

  private static boolean isMasked(int t, int steps, int sequence) {
    return switch (sequence) {
      case 0 -> false;
      case 1 -> t < 3 || t > steps - 4 || (t >= steps / 3 && t < steps / 2);
      case 2 -> true;
      default -> (7 * t + sequence) % 4 == 0;
    };
  }
}
