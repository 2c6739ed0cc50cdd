// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.quadgate.CellType;
import org.quadgate.LstmConfig;
import org.quadgate.LstmWeights;
import org.quadgate.io.SafetensorsFile.Tensor;

/** Writes weights under the names that PyTorch's own modules would give them. */
final class TorchWriter {
  private final LstmWeights weights;
  private final LstmConfig config;
  private final List<String> paths = new ArrayList<>();
  private final List<Tensor> tensors = new ArrayList<>();

  private TorchWriter(LstmWeights weights) {
    this.weights = weights;
    config = weights.config();
  }

  /**
   * Writes the network.
   *
   * @throws IllegalArgumentException if a weight is not finite
   */
  static void write(LstmWeights weights, Path file) throws IOException {
    write(weights, Map.of(), List.of(), file);
  }

  /** Writes the network with more metadata and tensors of a caller's. */
  static void write(
      LstmWeights weights, Map<String, String> moreMetadata, List<Tensor> moreTensors, Path file)
      throws IOException {
    weights.validate();
    TorchWriter writer = new TorchWriter(weights);
    writer.addLayers();
    writer.addHead();
    writer.addScaling();
    Map<String, String> metadata = ModelMetadata.of(weights.config(), writer.paths);
    metadata.putAll(moreMetadata);
    writer.tensors.addAll(moreTensors);
    SafetensorsWriter.write(file, metadata, writer.tensors);
  }

  /** Consecutive layers of one kind and size are what one nn.LSTM or nn.RNN holds. */
  private void addLayers() {
    Map<CellType, Integer> modules = new EnumMap<>(CellType.class);
    int indexInModule = 0;
    for (int i = 0; i < config.layers().size(); i++) {
      LstmConfig.Layer layer = config.layers().get(i);
      if (i == 0 || !layer.equals(config.layers().get(i - 1))) {
        int number = modules.merge(layer.cell(), 1, Integer::sum);
        String name = layer.cell() == CellType.LSTM ? "lstm" : "rnn";
        paths.add(number == 1 ? name : name + number);
        indexInModule = 0;
      }
      addLayer(i, paths.getLast(), "_l" + indexInModule);
      indexInModule++;
    }
  }

  private void addLayer(int index, String path, String suffix) {
    LstmConfig.Layer layer = config.layers().get(index);
    LstmWeights.Recurrent from = weights.layers().get(index);
    long rows = (long) layer.cell().gates() * layer.hiddenSize();
    add(path + ".weight_ih" + suffix, from.input, rows, config.layerInputSize(index));
    add(path + ".weight_hh" + suffix, from.recurrent, rows, layer.hiddenSize());
    add(path + ".bias_ih" + suffix, from.bias, rows);
    add(path + ".bias_hh" + suffix, noBias(from.bias.length), rows);
    addUnless(0, "initial_h." + index, from.initialHidden);
    addUnless(0, "initial_c." + index, from.initialCell);
  }

  /** The second bias of PyTorch's cells, whose sum with ours is ours. */
  static float[] noBias(int size) {
    // -0 is the zero that changes no sum: a bias of -0 plus +0 would be read back as +0
    float[] zeros = new float[size];
    Arrays.fill(zeros, -0f);
    return zeros;
  }

  private void addHead() {
    for (int i = 0; i < config.head().size(); i++) {
      String path = config.head().size() == 1 ? "fc" : "fc" + (i + 1);
      LstmWeights.Linear from = weights.head().get(i);
      paths.add(path);
      add(path + ".weight", from.weight, config.head().get(i), config.headInputSize(i));
      add(path + ".bias", from.bias, config.head().get(i));
    }
  }

  private void addScaling() {
    if (!isAll(0, weights.inputMean) || !isAll(1, weights.inputStd)) {
      add("input_mean", weights.inputMean, config.inputSize());
      add("input_std", weights.inputStd, config.inputSize());
    }
    if (!isAll(0, weights.outputMean) || !isAll(1, weights.outputStd)) {
      add("output_mean", weights.outputMean, config.outputSize());
      add("output_std", weights.outputStd, config.outputSize());
    }
  }

  private void addUnless(float value, String name, float[] data) {
    if (!isAll(value, data)) {
      add(name, data, data.length);
    }
  }

  /** Whether all elements have the bits of {@code value}, so that leaving them out loses none. */
  static boolean isAll(float value, float[] data) {
    for (float element : data) {
      if (Float.floatToRawIntBits(element) != Float.floatToRawIntBits(value)) {
        return false;
      }
    }
    return true;
  }

  private void add(String name, float[] data, long... shape) {
    tensors.add(new Tensor(name, Dtype.F32, Arrays.stream(shape).boxed().toList(), data));
  }
}
