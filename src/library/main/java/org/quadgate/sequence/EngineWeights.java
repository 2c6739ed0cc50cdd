// SPDX-License-Identifier: Apache-2.0
package org.quadgate.sequence;

import java.util.List;
import java.util.Optional;
import org.quadgate.CellType;
import org.quadgate.LstmConfig;
import org.quadgate.LstmWeights;
import org.quadgate.network.Activation;
import org.quadgate.sequence.SequenceLayer.Cell;
import org.quadgate.sequence.SequenceLayer.Direction;
import org.quadgate.sequence.SequenceLayer.Pass;

/** Between the engine's weights and the layers of this package. */
final class EngineWeights {
  private EngineWeights() {}

  /** The engine's network as layers; nothing is shared. */
  static SequenceModel.Builder layers(LstmWeights weights) {
    LstmConfig config = weights.config();
    SequenceModel.Builder builder = SequenceModel.builder();
    for (int i = 0; i < config.layers().size(); i++) {
      LstmConfig.Layer shape = config.layers().get(i);
      LstmWeights.Recurrent w = weights.layers().get(i);
      Cell cell = shape.cell() == CellType.LSTM ? Cell.LSTM : Cell.RNN;
      Pass pass =
          new Pass(
              w.input.clone(),
              w.recurrent.clone(),
              w.bias.clone(),
              new float[0],
              new float[0],
              w.initialHidden.clone(),
              w.initialCell.clone(),
              cell.usualActivations());
      builder.layer(
          new SequenceLayer(
              cell,
              Direction.FORWARD,
              config.layerInputSize(i),
              shape.hiddenSize(),
              Float.POSITIVE_INFINITY,
              false,
              List.of(pass)));
    }
    for (int i = 0; i < config.head().size(); i++) {
      LstmWeights.Linear w = weights.head().get(i);
      builder.linear(
          new LinearLayer(
              config.headInputSize(i),
              config.head().get(i),
              w.weight.clone(),
              w.bias.clone(),
              Activation.IDENTITY));
    }
    return builder
        .inputScaling(weights.inputMean, weights.inputStd)
        .outputScaling(weights.outputMean, weights.outputStd)
        .names(config.inputNames(), config.outputNames());
  }

  /** Why the engine does not have such a network; empty if it does. */
  static Optional<String> whyNot(SequenceModel.Builder from) {
    for (int i = 0; i < from.layers.size(); i++) {
      Optional<String> reason = from.layers.get(i).whyNotEngine();
      if (reason.isPresent()) {
        return Optional.of("recurrent layer " + i + " " + reason.get());
      }
    }
    for (LinearLayer linear : from.head) {
      if (!linear.activation().equals(Activation.IDENTITY)) {
        return Optional.of(
            "its head has an activation (" + linear.activation().function().onnxName() + ")");
      }
    }
    return from.maskValue.isPresent()
        ? Optional.of("it passes over masked timesteps")
        : Optional.empty();
  }

  /** The layers as the engine's network; nothing is shared. */
  static LstmWeights of(SequenceModel.Builder from) {
    LstmConfig.Builder config = LstmConfig.builder(from.layers.getFirst().inputSize());
    for (SequenceLayer layer : from.layers) {
      config.layer(
          layer.cell() == Cell.LSTM ? CellType.LSTM : CellType.RNN_TANH, layer.hiddenSize());
    }
    from.head.forEach(linear -> config.linear(linear.outputs()));
    LstmWeights to =
        new LstmWeights(config.inputNames(from.inputNames).outputNames(from.outputNames).build());
    for (int i = 0; i < from.layers.size(); i++) {
      Pass pass = from.layers.get(i).passes().getFirst();
      LstmWeights.Recurrent w = to.layers().get(i);
      copy(pass.input, w.input);
      copy(pass.recurrent, w.recurrent);
      copy(pass.bias, w.bias);
      copy(pass.initialHidden, w.initialHidden);
      copy(pass.initialCell, w.initialCell);
    }
    for (int i = 0; i < from.head.size(); i++) {
      copy(from.head.get(i).weight(), to.head().get(i).weight);
      copy(from.head.get(i).bias(), to.head().get(i).bias);
    }
    copy(from.inputMean, to.inputMean);
    copy(from.inputStd, to.inputStd);
    copy(from.outputMean, to.outputMean);
    copy(from.outputStd, to.outputStd);
    to.validate();
    return to;
  }

  /** A scaling that was not given is what the weights are born with. */
  private static void copy(float[] from, float[] to) {
    if (from != null) {
      System.arraycopy(from, 0, to, 0, to.length);
    }
  }
}
