// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.quadgate.LstmConfig;
import org.quadgate.LstmWeights;
import org.quadgate.io.SafetensorsFile.Tensor;

/** Makes weights of a PyTorch state_dict and of the tensors that Quadgate adds to one. */
final class TorchReader {
  private final SafetensorsFile file;
  private final Map<String, Tensor> own;
  private final Set<String> used = new HashSet<>();

  private TorchReader(SafetensorsFile file, Map<String, Tensor> own) {
    this.file = file;
    this.own = own;
  }

  /**
   * Reads the network.
   *
   * @throws ModelFormatException if anything in the file is not understood
   */
  static LstmWeights read(SafetensorsFile file) throws ModelFormatException {
    ModelMetadata.check(file);
    TorchStateDict dict = TorchStateDict.of(file);
    Optional<List<String>> paths = ModelMetadata.layers(file);
    List<TorchModule> modules =
        paths.isPresent()
            ? ModuleOrder.follow(file, dict.modules(), paths.get())
            : ModuleOrder.find(file, dict.modules());
    return new TorchReader(file, dict.own()).read(modules);
  }

  private LstmWeights read(List<TorchModule> modules) throws ModelFormatException {
    LstmConfig.Builder builder = LstmConfig.builder(modules.getFirst().inputSize());
    List<TorchModule.RecurrentLayer> layers = new ArrayList<>();
    List<TorchModule.Linear> head = new ArrayList<>();
    for (TorchModule module : modules) {
      switch (module) {
        case TorchModule.Recurrent recurrent -> {
          for (TorchModule.RecurrentLayer layer : recurrent.layers()) {
            builder.layer(recurrent.cell(), recurrent.outputSize());
            layers.add(layer);
          }
        }
        case TorchModule.Linear linear -> {
          builder.linear(linear.outputSize());
          head.add(linear);
        }
      }
    }
    LstmConfig config = builder.build();
    config =
        config.withNames(
            ModelMetadata.names(file, ModelMetadata.INPUT_NAMES, config.inputSize()),
            ModelMetadata.names(file, ModelMetadata.OUTPUT_NAMES, config.outputSize()));
    LstmWeights weights = new LstmWeights(config);
    for (int i = 0; i < layers.size(); i++) {
      LstmWeights.Recurrent to = weights.layers().get(i);
      copyLayer(layers.get(i), to);
      copyOwn("initial_h." + i, to.initialHidden);
      if (config.layers().get(i).cell().hasCellState()) {
        copyOwn("initial_c." + i, to.initialCell);
      }
    }
    for (int i = 0; i < head.size(); i++) {
      copy(head.get(i).weight(), weights.head().get(i).weight);
      if (head.get(i).bias().isPresent()) {
        copy(head.get(i).bias().get(), weights.head().get(i).bias);
      }
    }
    copyPair("input_mean", weights.inputMean, "input_std", weights.inputStd);
    copyPair("output_mean", weights.outputMean, "output_std", weights.outputStd);
    for (Map.Entry<String, Tensor> entry : own.entrySet()) {
      if (!used.contains(entry.getKey())) {
        throw broken(
            entry.getValue(), "no such state; the network is " + weights.config().describe());
      }
    }
    return weights;
  }

  private void copyLayer(TorchModule.RecurrentLayer from, LstmWeights.Recurrent to)
      throws ModelFormatException {
    copy(from.input(), to.input);
    copy(from.recurrent(), to.recurrent);
    if (from.inputBias().isEmpty() || from.recurrentBias().isEmpty()) {
      return;
    }
    float[] input = from.inputBias().get().data();
    float[] recurrent = from.recurrentBias().get().data();
    for (int i = 0; i < to.bias.length; i++) {
      to.bias[i] = input[i] + recurrent[i];
      if (!Float.isFinite(to.bias[i])) {
        throw broken(
            from.inputBias().get(),
            "element " + i + " plus that of bias_hh is beyond what a float can hold");
      }
    }
  }

  private void copyPair(String meanName, float[] mean, String stdName, float[] std)
      throws ModelFormatException {
    if (own.containsKey(meanName) != own.containsKey(stdName)) {
      Tensor alone = own.containsKey(meanName) ? own.get(meanName) : own.get(stdName);
      throw broken(alone, "expected both of " + meanName + " and " + stdName + ", or neither");
    }
    copyOwn(meanName, mean);
    copyOwn(stdName, std);
    for (int i = 0; i < std.length; i++) {
      if (!(std[i] > 0)) {
        throw broken(
            own.get(stdName), "element " + i + " is " + std[i] + ", expected a number above 0");
      }
    }
  }

  /** Copies one of Quadgate's own tensors if it is there. */
  private void copyOwn(String name, float[] to) throws ModelFormatException {
    Tensor from = own.get(name);
    if (from != null) {
      TorchStateDict.checkShape(file, from, to.length);
      copy(from, to);
      used.add(name);
    }
  }

  private static void copy(Tensor from, float[] to) {
    System.arraycopy(from.data(), 0, to, 0, to.length);
  }

  private ModelFormatException broken(Tensor tensor, String problem) {
    return new ModelFormatException(
        file.path(), ModelFormatException.tensor(tensor.name()), problem);
  }
}
