// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.quadgate.io.SafetensorsFile.Tensor;
import org.quadgate.network.Activation;
import org.quadgate.sequence.LinearLayer;
import org.quadgate.sequence.SequenceLayer;
import org.quadgate.sequence.SequenceLayer.Cell;
import org.quadgate.sequence.SequenceLayer.Direction;
import org.quadgate.sequence.SequenceLayer.Pass;
import org.quadgate.sequence.SequenceModel;

/**
 * Writes networks with a second direction or a projection under the names of PyTorch's modules, one
 * {@code nn.LSTM} or {@code nn.RNN} a layer. {@link TorchWriter} writes those of the engine.
 */
final class TorchSequenceWriter {
  private final Path file;
  private final List<String> paths = new ArrayList<>();
  private final List<Tensor> tensors = new ArrayList<>();

  private TorchSequenceWriter(Path file) {
    this.file = file;
  }

  /**
   * Writes the network.
   *
   * @throws ModelFormatException if PyTorch's modules cannot be like it
   */
  static void write(SequenceModel model, Path file) throws IOException {
    TorchSequenceWriter writer = new TorchSequenceWriter(file);
    if (model.maskValue().isPresent()) {
      throw writer.failure("passes over masked timesteps");
    }
    Map<Cell, Integer> numbers = new HashMap<>();
    for (int i = 0; i < model.layers().size(); i++) {
      SequenceLayer layer = model.layers().get(i);
      int number = numbers.merge(layer.cell(), 1, Integer::sum);
      String name = layer.cell() == Cell.LSTM ? "lstm" : "rnn";
      writer.addLayer(i, number == 1 ? name : name + number, layer);
    }
    for (int i = 0; i < model.head().size(); i++) {
      writer.addLinear(model.head().size() == 1 ? "fc" : "fc" + (i + 1), model.head().get(i));
    }
    writer.addPair("input_mean", model.inputMean(), "input_std", model.inputStd());
    writer.addPair("output_mean", model.outputMean(), "output_std", model.outputStd());
    Map<String, String> metadata =
        ModelMetadata.of(writer.paths, model.inputNames(), model.outputNames());
    metadata.putAll(ModelMetadata.of(model.rows()));
    SafetensorsWriter.write(file, metadata, writer.tensors);
  }

  private void addLayer(int index, String path, SequenceLayer layer) throws ModelFormatException {
    if (layer.direction() == Direction.REVERSE) {
      throw failure("has a layer that reads backwards alone");
    }
    if (Float.isFinite(layer.clip()) || layer.coupled()) {
      throw failure("has a layer that clips its gate sums or couples its gates");
    }
    paths.add(path);
    long rows = (long) layer.cell().gates() * layer.hiddenSize();
    List<float[]> hidden = new ArrayList<>();
    List<float[]> cells = new ArrayList<>();
    for (int d = 0; d < layer.passes().size(); d++) {
      Pass pass = layer.passes().get(d);
      if (pass.peephole.length > 0 || !pass.activations.equals(layer.cell().usualActivations())) {
        throw failure("has a layer with peepholes or other activations than usual");
      }
      String suffix = "_l0" + (d == 0 ? "" : "_reverse");
      add(path + ".weight_ih" + suffix, pass.input, rows, layer.inputSize());
      add(path + ".weight_hh" + suffix, pass.recurrent, rows, layer.passSize());
      add(path + ".bias_ih" + suffix, pass.bias, rows);
      add(path + ".bias_hh" + suffix, TorchWriter.noBias(pass.bias.length), rows);
      if (pass.projection.length > 0) {
        add(path + ".weight_hr" + suffix, pass.projection, layer.passSize(), layer.hiddenSize());
      }
      hidden.add(pass.initialHidden);
      cells.add(pass.initialCell);
    }
    addState("initial_h." + index, hidden);
    addState("initial_c." + index, cells);
  }

  /** The initial states of all directions, if any is not zero. */
  private void addState(String name, List<float[]> states) {
    int size = states.getFirst().length;
    float[] all = new float[states.size() * size];
    for (int d = 0; d < states.size(); d++) {
      System.arraycopy(states.get(d), 0, all, d * size, size);
    }
    if (!TorchWriter.isAll(0, all)) {
      add(name, all, all.length);
    }
  }

  private void addLinear(String path, LinearLayer layer) throws ModelFormatException {
    if (!layer.activation().equals(Activation.IDENTITY)) {
      throw failure("has an activation in its head");
    }
    paths.add(path);
    add(path + ".weight", layer.weight(), layer.outputs(), layer.inputs());
    add(path + ".bias", layer.bias(), layer.outputs());
  }

  private void addPair(String meanName, float[] mean, String stdName, float[] std) {
    if (!TorchWriter.isAll(0, mean) || !TorchWriter.isAll(1, std)) {
      add(meanName, mean, mean.length);
      add(stdName, std, std.length);
    }
  }

  private void add(String name, float[] data, long... shape) {
    tensors.add(new Tensor(name, Dtype.F32, Arrays.stream(shape).boxed().toList(), data));
  }

  private ModelFormatException failure(String problem) {
    return new ModelFormatException(
        file, "network", problem + ", which PyTorch's modules do not; write it as .onnx");
  }
}
