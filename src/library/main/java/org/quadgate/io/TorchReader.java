// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.quadgate.CellType;
import org.quadgate.LstmConfig;
import org.quadgate.LstmWeights;
import org.quadgate.io.SafetensorsFile.Tensor;
import org.quadgate.network.Activation;
import org.quadgate.sequence.LinearLayer;
import org.quadgate.sequence.SequenceLayer;
import org.quadgate.sequence.SequenceModel;

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
   * Reads a network for the engine.
   *
   * @throws ModelFormatException if anything in the file is not understood, or a layer is one that
   *     the engine does not have
   */
  static LstmWeights read(SafetensorsFile file) throws ModelFormatException {
    ModelMetadata.check(file);
    TorchStateDict dict = TorchStateDict.of(file);
    List<TorchModule> modules = modules(file, dict);
    Optional<Tensor> rare = rare(modules);
    if (rare.isPresent()) {
      throw new ModelFormatException(
          file.path(),
          ModelFormatException.tensor(rare.get().name()),
          "is of a bidirectional layer or a projection, which the streaming engine does not have;"
              + " ModelFiles.readSequenceModel reads it");
    }
    ModelMetadata.rows(file); // checked, and then not asked for: the engine gives every row
    return new TorchReader(file, dict.own()).weights(modules);
  }

  /**
   * Reads any network.
   *
   * @throws ModelFormatException if anything in the file is not understood
   */
  static SequenceModel readSequenceModel(SafetensorsFile file) throws ModelFormatException {
    ModelMetadata.check(file);
    TorchStateDict dict = TorchStateDict.of(file);
    List<TorchModule> modules = modules(file, dict);
    TorchReader reader = new TorchReader(file, dict.own());
    try {
      return reader.sequenceModel(modules);
    } catch (IllegalArgumentException e) {
      throw new ModelFormatException(file.path(), "weights", e.getMessage(), e);
    }
  }

  private static List<TorchModule> modules(SafetensorsFile file, TorchStateDict dict)
      throws ModelFormatException {
    Optional<List<String>> paths = ModelMetadata.layers(file);
    return paths.isPresent()
        ? ModuleOrder.follow(file, dict.modules(), paths.get())
        : ModuleOrder.find(file, dict.modules());
  }

  /** A tensor of a second direction or a projection, if there is one. */
  private static Optional<Tensor> rare(List<TorchModule> modules) {
    for (TorchModule module : modules) {
      if (module instanceof TorchModule.Recurrent recurrent) {
        List<TorchModule.Pass> first = recurrent.layers().getFirst();
        if (first.size() > 1) {
          return Optional.of(first.getLast().input());
        }
        if (first.getFirst().projection().isPresent()) {
          return first.getFirst().projection();
        }
      }
    }
    return Optional.empty();
  }

  private LstmWeights weights(List<TorchModule> modules) throws ModelFormatException {
    LstmConfig.Builder builder = LstmConfig.builder(modules.getFirst().inputSize());
    List<TorchModule.Pass> layers = new ArrayList<>();
    List<TorchModule.Linear> head = new ArrayList<>();
    for (TorchModule module : modules) {
      switch (module) {
        case TorchModule.Recurrent recurrent -> {
          for (List<TorchModule.Pass> layer : recurrent.layers()) {
            builder.layer(recurrent.cell(), recurrent.hiddenSize());
            layers.add(layer.getFirst());
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
      copy(layers.get(i).input(), to.input);
      copy(layers.get(i).recurrent(), to.recurrent);
      copyBias(layers.get(i), to.bias);
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
    checkAllUsed(weights.config().describe());
    return weights;
  }

  /** As {@link #weights}, with second directions and projections too. */
  private SequenceModel sequenceModel(List<TorchModule> modules) throws ModelFormatException {
    SequenceModel.Builder builder = SequenceModel.builder();
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
        case TorchModule.Linear linear -> {
          float[] bias = new float[linear.outputSize()];
          if (linear.bias().isPresent()) {
            copy(linear.bias().get(), bias);
          }
          builder.linear(
              new LinearLayer(
                  linear.inputSize(),
                  linear.outputSize(),
                  linear.weight().data(),
                  bias,
                  Activation.IDENTITY));
        }
      }
    }
    int inputs = modules.getFirst().inputSize();
    int outputs = modules.getLast().outputSize();
    float[] inputStd = ones(inputs);
    float[] inputMean = new float[inputs];
    copyPair("input_mean", inputMean, "input_std", inputStd);
    float[] outputStd = ones(outputs);
    float[] outputMean = new float[outputs];
    copyPair("output_mean", outputMean, "output_std", outputStd);
    builder.inputScaling(inputMean, inputStd).outputScaling(outputMean, outputStd);
    builder.rows(ModelMetadata.rows(file));
    builder.names(
        ModelMetadata.names(file, ModelMetadata.INPUT_NAMES, inputs),
        ModelMetadata.names(file, ModelMetadata.OUTPUT_NAMES, outputs));
    SequenceModel model = builder.build();
    checkAllUsed(model.describe());
    return model;
  }

  private static float[] ones(int size) {
    float[] ones = new float[size];
    Arrays.fill(ones, 1);
    return ones;
  }

  private SequenceLayer layer(
      TorchModule.Recurrent module, int inputs, List<TorchModule.Pass> layer, int index)
      throws ModelFormatException {
    SequenceLayer.Cell cell =
        module.cell() == CellType.LSTM ? SequenceLayer.Cell.LSTM : SequenceLayer.Cell.RNN;
    int cells = module.cell().hasCellState() ? module.hiddenSize() : 0;
    float[] initialHidden = new float[layer.size() * module.passSize()];
    float[] initialCell = new float[layer.size() * cells];
    copyOwn("initial_h." + index, initialHidden);
    if (cells > 0) {
      copyOwn("initial_c." + index, initialCell);
    }
    List<SequenceLayer.Pass> passes = new ArrayList<>();
    for (int d = 0; d < layer.size(); d++) {
      TorchModule.Pass from = layer.get(d);
      float[] bias = new float[cell.gates() * module.hiddenSize()];
      copyBias(from, bias);
      int h = d * module.passSize();
      passes.add(
          new SequenceLayer.Pass(
              from.input().data(),
              from.recurrent().data(),
              bias,
              new float[0],
              from.projection().map(Tensor::data).orElse(new float[0]),
              Arrays.copyOfRange(initialHidden, h, h + module.passSize()),
              Arrays.copyOfRange(initialCell, d * cells, (d + 1) * cells),
              cell.usualActivations()));
    }
    return new SequenceLayer(
        cell,
        layer.size() > 1 ? SequenceLayer.Direction.BIDIRECTIONAL : SequenceLayer.Direction.FORWARD,
        inputs,
        module.hiddenSize(),
        Float.POSITIVE_INFINITY,
        false,
        passes);
  }

  private void checkAllUsed(String network) throws ModelFormatException {
    for (Map.Entry<String, Tensor> entry : own.entrySet()) {
      if (!used.contains(entry.getKey())) {
        throw broken(entry.getValue(), "no such state; the network is " + network);
      }
    }
  }

  private void copyBias(TorchModule.Pass from, float[] to) throws ModelFormatException {
    if (from.inputBias().isEmpty() || from.recurrentBias().isEmpty()) {
      return;
    }
    float[] input = from.inputBias().get().data();
    float[] recurrent = from.recurrentBias().get().data();
    for (int i = 0; i < to.length; i++) {
      to[i] = input[i] + recurrent[i];
      if (!Float.isFinite(to[i])) {
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
