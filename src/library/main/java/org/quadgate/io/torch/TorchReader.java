// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.torch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.io.metadata.ModelMetadata;
import org.quadgate.io.safetensors.SafetensorsFile;
import org.quadgate.io.safetensors.SafetensorsFile.Tensor;
import org.quadgate.network.Activation;
import org.quadgate.network.Direction;
import org.quadgate.network.DirectionWeights;
import org.quadgate.network.LinearLayer;
import org.quadgate.network.Network;
import org.quadgate.network.RecurrentLayer;
import org.quadgate.network.Scaling;

/** Makes a network of a PyTorch state_dict and of the tensors that Quadgate adds to one. */
public final class TorchReader {
  private final SafetensorsFile file;
  private final Map<String, Tensor> own;
  private final Set<String> used = new HashSet<>();

  private TorchReader(SafetensorsFile file, Map<String, Tensor> own) {
    this.file = file;
    this.own = own;
  }

  /**
   * Reads a network.
   *
   * @param others names of tensors that are no part of the network
   * @throws ModelFormatException if anything else in the file is not understood
   */
  public static Network read(SafetensorsFile file, Set<String> others) throws ModelFormatException {
    ModelMetadata metadata = new ModelMetadata(file.path(), file.metadata());
    metadata.check();
    TorchStateDict dict = TorchStateDict.of(file, others);
    Optional<List<String>> paths = metadata.strings(ModelMetadata.LAYERS);
    List<TorchModule> modules =
        paths.isPresent()
            ? ModuleOrder.follow(file, dict.modules(), paths.get())
            : ModuleOrder.find(file, dict.modules());
    try {
      return new TorchReader(file, dict.own()).network(modules, metadata);
    } catch (IllegalArgumentException e) {
      throw new ModelFormatException(file.path(), "weights", e.getMessage(), e);
    }
  }

  private Network network(List<TorchModule> modules, ModelMetadata metadata)
      throws ModelFormatException {
    Network.Builder builder = Network.builder();
    int index = 0;
    for (TorchModule module : modules) {
      switch (module) {
        case TorchModule.Recurrent recurrent -> {
          int inputs = recurrent.inputSize();
          for (List<TorchModule.Pass> layer : recurrent.layers()) {
            builder.layer(layer(recurrent, inputs, layer, index++));
            inputs = recurrent.outputSize();
          }
        }
        case TorchModule.Linear linear ->
            builder.linear(
                new LinearLayer(
                    linear.inputSize(),
                    linear.outputSize(),
                    linear.weight().data(),
                    linear.bias().map(Tensor::data).orElse(new float[linear.outputSize()]),
                    Activation.IDENTITY));
      }
    }
    int inputs = modules.getFirst().inputSize();
    int outputs = modules.getLast().outputSize();
    builder.inputScaling(scaling("input", inputs)).outputScaling(scaling("output", outputs));
    builder.rows(metadata.rows());
    OptionalInt window = metadata.window();
    if (window.isPresent()) {
      builder.window(window.getAsInt());
    }
    builder.names(
        metadata.names(ModelMetadata.INPUT_NAMES, inputs),
        metadata.names(ModelMetadata.OUTPUT_NAMES, outputs));
    Network network = builder.build();
    checkAllUsed(network);
    return network;
  }

  private RecurrentLayer layer(
      TorchModule.Recurrent module, int inputs, List<TorchModule.Pass> layer, int index)
      throws ModelFormatException {
    int cells = module.cell().hasCellState() ? module.hiddenSize() : 0;
    float[] initialHidden = new float[layer.size() * module.passSize()];
    float[] initialCell = new float[layer.size() * cells];
    copyOwn("initial_h." + index, initialHidden);
    if (cells > 0) {
      copyOwn("initial_c." + index, initialCell);
    }
    List<DirectionWeights> directions = new ArrayList<>();
    for (int d = 0; d < layer.size(); d++) {
      TorchModule.Pass from = layer.get(d);
      float[] bias = bias(from, module.cell().gates() * module.hiddenSize());
      int h = d * module.passSize();
      directions.add(
          DirectionWeights.builder(from.input().data(), from.recurrent().data(), bias)
              .projection(from.projection().map(Tensor::data).orElse(new float[0]))
              .initialHidden(Arrays.copyOfRange(initialHidden, h, h + module.passSize()))
              .initialCell(Arrays.copyOfRange(initialCell, d * cells, (d + 1) * cells))
              .build());
    }
    return RecurrentLayer.builder(module.cell(), inputs, module.hiddenSize())
        .direction(layer.size() > 1 ? Direction.BIDIRECTIONAL : Direction.FORWARD)
        .weights(directions)
        .build();
  }

  private void checkAllUsed(Network network) throws ModelFormatException {
    for (Map.Entry<String, Tensor> entry : own.entrySet()) {
      if (!used.contains(entry.getKey())) {
        throw broken(entry.getValue(), "no such state; the network is " + network.describe());
      }
    }
  }

  private float[] bias(TorchModule.Pass from, int rows) throws ModelFormatException {
    float[] sum = new float[rows];
    if (from.inputBias().isEmpty() || from.recurrentBias().isEmpty()) {
      return sum;
    }
    float[] input = from.inputBias().get().data();
    float[] recurrent = from.recurrentBias().get().data();
    for (int i = 0; i < rows; i++) {
      sum[i] = input[i] + recurrent[i];
      if (!Float.isFinite(sum[i])) {
        throw broken(
            from.inputBias().get(),
            "element " + i + " plus that of bias_hh is beyond what a float can hold");
      }
    }
    return sum;
  }

  private Scaling scaling(String what, int size) throws ModelFormatException {
    String meanName = what + "_mean";
    String stdName = what + "_std";
    if (own.containsKey(meanName) != own.containsKey(stdName)) {
      Tensor alone = own.containsKey(meanName) ? own.get(meanName) : own.get(stdName);
      throw broken(alone, "expected both of " + meanName + " and " + stdName + ", or neither");
    }
    float[] mean = new float[size];
    float[] std = new float[size];
    Arrays.fill(std, 1);
    copyOwn(meanName, mean);
    copyOwn(stdName, std);
    for (int i = 0; i < std.length; i++) {
      if (!(std[i] > 0)) {
        throw broken(
            own.get(stdName), "element " + i + " is " + std[i] + ", expected a number above 0");
      }
    }
    return new Scaling(mean, std);
  }

  /** Copies one of Quadgate's own tensors if it is there. */
  private void copyOwn(String name, float[] to) throws ModelFormatException {
    Tensor from = own.get(name);
    if (from != null) {
      TorchStateDict.checkShape(file, from, to.length);
      System.arraycopy(from.data(), 0, to, 0, to.length);
      used.add(name);
    }
  }

  private ModelFormatException broken(Tensor tensor, String problem) {
    return new ModelFormatException(
        file.path(), ModelFormatException.tensor(tensor.name()), problem);
  }
}
