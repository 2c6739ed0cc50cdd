// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.quadgate.io.ModelFiles;
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

/** Networks for the commands to run, with random weights. */
public final class Networks {
  private final Random random;

  private Networks(long seed) {
    random = new Random(seed);
  }

  /** A plain network. */
  public static WeightArrays plain(Architecture architecture, long seed) {
    Networks draws = new Networks(seed);
    WeightArrays weights = new WeightArrays(architecture);
    for (WeightArrays.Recurrent layer : weights.layers()) {
      for (float[] array : List.of(layer.input, layer.recurrent, layer.bias)) {
        System.arraycopy(draws.numbers(array.length), 0, array, 0, array.length);
      }
    }
    for (WeightArrays.Linear linear : weights.head()) {
      for (float[] array : List.of(linear.weight, linear.bias)) {
        System.arraycopy(draws.numbers(array.length), 0, array, 0, array.length);
      }
    }
    return weights;
  }

  /** Inputs a, b, c; outputs p, q; standardised, so that order and scaling matter. */
  public static WeightArrays named() {
    WeightArrays weights =
        plain(
            Architecture.builder(3)
                .lstm(13)
                .linear(2)
                .inputNames(List.of("a", "b", "c"))
                .outputNames(List.of("p", "q"))
                .build(),
            7);
    weights.inputMean[1] = 2;
    weights.inputStd[2] = 3;
    weights.outputStd[0] = 100;
    return weights;
  }

  /** Three inputs and two outputs without names. */
  public static Network unnamed() {
    return plain(Architecture.builder(3).lstm(13).linear(2).build(), 7).toNetwork();
  }

  /**
   * Networks with three inputs and two outputs that can be stepped and are not plain, each by what
   * it has.
   */
  public static Map<String, Network> rare() {
    Networks draws = new Networks(11);
    Map<String, Network> rare = new TreeMap<>();
    LinearLayer linear = draws.linear(21, Activation.IDENTITY);
    rare.put(
        "ReLU head",
        builder(draws.lstm(3, 21, List.of()))
            .linear(draws.linear(21, 9, Activation.RELU))
            .linear(draws.linear(9, Activation.of(Function.SOFTPLUS)))
            .inputScaling(new Scaling(new float[] {1, 0, -1}, new float[] {2, 1, 0.5f}))
            .build());
    List<Activation> hard =
        List.of(Activation.of(Function.HARD_SIGMOID), Activation.TANH, Activation.TANH);
    rare.put("hard gates", builder(draws.lstm(3, 21, hard)).linear(linear).build());
    rare.put("ReLU RNN", builder(draws.rnn(3, 21, Activation.RELU)).linear(linear).build());
    DirectionWeights.Builder peepholes = draws.weights(3, 21, 21, 4);
    rare.put(
        "peepholes",
        builder(
                RecurrentLayer.builder(CellType.LSTM, 3, 21)
                    .weights(peepholes.peephole(draws.numbers(3 * 21)).build())
                    .build())
            .linear(linear)
            .build());
    rare.put(
        "clipped and coupled",
        builder(
                RecurrentLayer.builder(CellType.LSTM, 3, 21)
                    .clip(0.5f)
                    .coupled(true)
                    .weights(draws.weights(3, 21, 21, 4).build())
                    .build())
            .linear(linear)
            .build());
    DirectionWeights.Builder projected = draws.weights(3, 21, 2, 4);
    rare.put(
        "projection",
        builder(
                RecurrentLayer.builder(CellType.LSTM, 3, 21)
                    .weights(projected.projection(draws.numbers(2 * 21)).build())
                    .build())
            .build());
    rare.put(
        "last row", builder(draws.lstm(3, 21, List.of())).rows(Rows.LAST).linear(linear).build());
    return rare;
  }

  /** A network with three inputs and two outputs that needs whole sequences. */
  public static Network bidirectional() {
    Networks draws = new Networks(12);
    return builder(
            RecurrentLayer.builder(CellType.LSTM, 3, 10)
                .direction(Direction.BIDIRECTIONAL)
                .weights(draws.weights(3, 10, 10, 4).build(), draws.weights(3, 10, 10, 4).build())
                .build())
        .linear(draws.linear(20, Activation.IDENTITY))
        .build();
  }

  /** The {@link #rare} networks as files, and some that other tools wrote. */
  public static List<Path> saveRare(Path dir) {
    List<Path> files = new ArrayList<>();
    rare()
        .forEach(
            (what, network) -> {
              // ONNX has no projections, but all else
              String extension = what.equals("projection") ? ".safetensors" : ".onnx";
              files.add(save(network, dir.resolve(what + extension)));
            });
    files.add(Cli.resource("onnx/torch_two_linear_op14.onnx"));
    files.add(Cli.resource("onnx/tf_peephole_op11.onnx"));
    files.add(Cli.resource("onnx/tf_hard_op13.onnx"));
    files.add(Cli.resource("onnx/torch_rnn_relu_op14.onnx"));
    files.add(Cli.resource("keras/activations_k2.h5"));
    files.add(Cli.resource("keras/masked_k2.h5"));
    return files;
  }

  /** Writes a network. */
  public static Path save(Network network, Path file) {
    try {
      ModelFiles.write(network, file);
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Network.Builder builder(RecurrentLayer layer) {
    return Network.builder().layer(layer);
  }

  private RecurrentLayer lstm(int inputs, int hidden, List<Activation> activations) {
    return RecurrentLayer.builder(CellType.LSTM, inputs, hidden)
        .weights(weights(inputs, hidden, hidden, 4).activations(activations).build())
        .build();
  }

  private RecurrentLayer rnn(int inputs, int hidden, Activation activation) {
    return RecurrentLayer.builder(CellType.RNN, inputs, hidden)
        .weights(weights(inputs, hidden, hidden, 1).activations(List.of(activation)).build())
        .build();
  }

  private DirectionWeights.Builder weights(int inputs, int hidden, int width, int gates) {
    int rows = gates * hidden;
    return DirectionWeights.builder(numbers(rows * inputs), numbers(rows * width), numbers(rows));
  }

  private LinearLayer linear(int inputs, Activation activation) {
    return linear(inputs, 2, activation);
  }

  private LinearLayer linear(int inputs, int outputs, Activation activation) {
    return new LinearLayer(
        inputs, outputs, numbers(inputs * outputs), numbers(outputs), activation);
  }

  private float[] numbers(int count) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (random.nextFloat() * 2 - 1) * 0.3f;
    }
    return numbers;
  }
}
