// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.torch;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.io.metadata.ModelMetadata;
import org.quadgate.io.metadata.Neutral;
import org.quadgate.io.safetensors.SafetensorsFile;
import org.quadgate.io.safetensors.SafetensorsFile.Tensor;
import org.quadgate.network.Activation;
import org.quadgate.network.CellType;
import org.quadgate.network.Direction;
import org.quadgate.network.DirectionWeights;
import org.quadgate.network.LinearLayer;
import org.quadgate.network.Network;
import org.quadgate.network.RecurrentLayer;
import org.quadgate.network.Scaling;

/** Writes networks under the names that PyTorch's own modules would give their parameters. */
public final class TorchWriter {
  private final Network network;
  private final Path file;
  private final List<String> paths = new ArrayList<>();
  private final List<Tensor> tensors = new ArrayList<>();

  private TorchWriter(Network network, Path file) {
    this.network = network;
    this.file = file;
  }

  /**
   * Writes a network.
   *
   * @param moreMetadata entries to be added
   * @param moreTensors tensors to be added
   * @throws ModelFormatException if PyTorch's modules cannot be like it
   * @throws IOException if writing fails
   */
  public static void write(
      Network network, Map<String, String> moreMetadata, List<Tensor> moreTensors, Path file)
      throws IOException {
    TorchWriter writer = new TorchWriter(network, file);
    if (network.maskValue().isPresent()) {
      throw writer.failure("passes over masked timesteps");
    }
    writer.addLayers();
    writer.addHead();
    writer.addScaling("input", network.inputScaling());
    writer.addScaling("output", network.outputScaling());
    Map<String, String> metadata = ModelMetadata.ofModules(network, writer.paths);
    metadata.putAll(moreMetadata);
    writer.tensors.addAll(moreTensors);
    SafetensorsFile.write(file, metadata, writer.tensors);
  }

  /** Consecutive layers of one kind and size are what one nn.LSTM or nn.RNN holds. */
  private void addLayers() throws ModelFormatException {
    Map<CellType, Integer> modules = new EnumMap<>(CellType.class);
    int indexInModule = 0;
    for (int i = 0; i < network.layers().size(); i++) {
      RecurrentLayer layer = network.layers().get(i);
      if (i == 0 || !areAlike(layer, network.layers().get(i - 1))) {
        int number = modules.merge(layer.cell(), 1, Integer::sum);
        String name = layer.cell() == CellType.LSTM ? "lstm" : "rnn";
        paths.add(number == 1 ? name : name + number);
        indexInModule = 0;
      }
      addLayer(i, layer, indexInModule);
      indexInModule++;
    }
  }

  private static boolean areAlike(RecurrentLayer one, RecurrentLayer other) {
    return one.cell() == other.cell()
        && one.direction() == other.direction()
        && one.hiddenSize() == other.hiddenSize()
        && one.directionSize() == other.directionSize()
        && one.directions().getFirst().projects() == other.directions().getFirst().projects();
  }

  private void addLayer(int index, RecurrentLayer layer, int indexInModule)
      throws ModelFormatException {
    if (layer.direction() == Direction.REVERSE) {
      throw failure("has a layer that reads backwards alone");
    }
    if (Float.isFinite(layer.clip()) || layer.coupled()) {
      throw failure("has a layer that clips its gate sums or couples its gates");
    }
    String forward = "_l" + indexInModule;
    for (int d = 0; d < layer.directions().size(); d++) {
      addDirection(layer, layer.directions().get(d), d == 0 ? forward : forward + "_reverse");
    }
    addState("initial_h." + index, layer, DirectionWeights::initialHidden);
    addState("initial_c." + index, layer, DirectionWeights::initialCell);
  }

  private void addDirection(RecurrentLayer layer, DirectionWeights weights, String suffix)
      throws ModelFormatException {
    if (weights.hasPeepholes() || !weights.activations().equals(layer.cell().usualActivations())) {
      throw failure("has a layer with peepholes or other activations than usual");
    }
    String path = paths.getLast();
    int rows = layer.cell().gates() * layer.hiddenSize();
    float[] noBias = new float[rows];
    // -0 is the zero that changes no sum: a bias of -0 plus +0 would be read back as +0
    Arrays.fill(noBias, -0f);
    add(path + ".weight_ih" + suffix, weights.input(), rows, layer.inputSize());
    add(path + ".weight_hh" + suffix, weights.recurrent(), rows, layer.directionSize());
    add(path + ".bias_ih" + suffix, weights.bias(), rows);
    add(path + ".bias_hh" + suffix, noBias, rows);
    if (weights.projects()) {
      add(
          path + ".weight_hr" + suffix,
          weights.projection(),
          layer.directionSize(),
          layer.hiddenSize());
    }
  }

  /** The initial states of all directions, one behind the other, if any is not zero. */
  private void addState(
      String name, RecurrentLayer layer, Function<DirectionWeights, float[]> state) {
    float[] first = state.apply(layer.directions().getFirst());
    float[] all = Arrays.copyOf(first, layer.directions().size() * first.length);
    if (layer.directions().size() > 1) {
      float[] second = state.apply(layer.directions().getLast());
      System.arraycopy(second, 0, all, first.length, second.length);
    }
    if (!Neutral.isAll(0, all)) {
      add(name, all, all.length);
    }
  }

  private void addHead() throws ModelFormatException {
    for (int i = 0; i < network.head().size(); i++) {
      LinearLayer layer = network.head().get(i);
      if (!layer.activation().equals(Activation.IDENTITY)) {
        throw failure("has an activation in its head");
      }
      String path = network.head().size() == 1 ? "fc" : "fc" + (i + 1);
      paths.add(path);
      add(path + ".weight", layer.weight(), layer.outputs(), layer.inputs());
      add(path + ".bias", layer.bias(), layer.outputs());
    }
  }

  private void addScaling(String what, Scaling scaling) {
    float[] mean = scaling.mean();
    float[] std = scaling.std();
    if (!Neutral.isAll(0, mean) || !Neutral.isAll(1, std)) {
      add(what + "_mean", mean, mean.length);
      add(what + "_std", std, std.length);
    }
  }

  private void add(String name, float[] data, long... shape) {
    tensors.add(Tensor.of(name, data, shape));
  }

  private ModelFormatException failure(String problem) {
    return new ModelFormatException(
        file, "network", problem + ", which PyTorch's modules do not; write it as .onnx");
  }
}
