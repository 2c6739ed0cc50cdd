// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.keras;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.network.Activation;
import org.quadgate.network.Direction;
import org.quadgate.network.LinearLayer;
import org.quadgate.network.Network;
import org.quadgate.network.RecurrentLayer;
import org.quadgate.network.Rows;

/**
 * Makes a network of a Keras model. Its layers have to come in this order: a scaling of the inputs,
 * Masking, recurrent layers, Dense layers; all but the recurrent ones may be missing. What does
 * nothing when a model predicts, such as Dropout, may stand anywhere.
 */
final class KerasNetwork {
  /** A layer of the head, whose function may be a layer of its own. */
  private record Dense(KerasLayer layer, Activation activation) {}

  private final KerasVersion version;
  private final KerasActivations activations;
  private final List<KerasRecurrent> recurrent = new ArrayList<>();
  private final List<Dense> head = new ArrayList<>();
  private final int steps; // in the shape of the inputs; 0 where it is open
  private KerasScaling scaling;
  private KerasLayer masking;

  private KerasNetwork(KerasVersion version, KerasModel.Layer first) {
    this.version = version;
    activations = new KerasActivations(version);
    steps = steps(first);
  }

  /** The second size of [batch, timesteps, inputs], as the first layer of a model has it. */
  private static int steps(KerasModel.Layer first) {
    Object shape = first.config().get("batch_shape"); // in Keras 3
    shape = shape == null ? first.config().get("batch_input_shape") : shape;
    return shape instanceof List<?> sizes
            && sizes.size() == 3
            && sizes.get(1) instanceof Double steps
            && steps >= 1
            && steps <= Integer.MAX_VALUE
            && steps == Math.rint(steps)
        ? steps.intValue()
        : 0;
  }

  /**
   * Makes the network.
   *
   * @throws ModelFormatException if a layer is not understood or its weights do not fit
   */
  static Network of(Path file, KerasVersion version, KerasModel model, KerasVariables variables)
      throws ModelFormatException {
    KerasNetwork network = new KerasNetwork(version, model.chain().getFirst());
    for (KerasModel.Layer layer : model.chain()) {
      network.sort(new KerasLayer(file, layer, variables.of(layer)));
    }
    if (network.recurrent.isEmpty()) {
      throw new ModelFormatException(file, "layers", "no LSTM or SimpleRNN layer found");
    }
    network.checkMasking();
    try {
      return network.build();
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new ModelFormatException(file, "layers", e.getMessage(), e);
    }
  }

  /** Puts a layer where it belongs, or refuses it. */
  private void sort(KerasLayer layer) throws ModelFormatException {
    switch (layer.kind()) {
      case "InputLayer" -> {
        layer.allow(Set.of("sparse", "ragged", "optional"));
        layer.checkIs("sparse", false);
        layer.checkIs("ragged", false);
        layer.checkIs("optional", false);
        layer.checkVariables(Set.of());
      }
      case "Dropout", "SpatialDropout1D", "GaussianNoise", "GaussianDropout", "AlphaDropout" -> {
        layer.allow(Set.of("rate", "noise_shape", "stddev"));
        layer.checkVariables(Set.of());
      }
      case "Normalization", "Rescaling" -> {
        if (scaling != null || masking != null || !recurrent.isEmpty() || !head.isEmpty()) {
          throw layer.broken(
              "comes after another layer; only the inputs can be scaled, before Masking and once");
        }
        scaling = KerasScaling.of(layer);
      }
      case "Masking" -> sortMasking(layer);
      case "LSTM", "SimpleRNN" -> sortRecurrent(KerasRecurrent.ofOne(layer, activations));
      case "Bidirectional" -> sortRecurrent(KerasRecurrent.ofBoth(layer, activations));
      case "Dense" -> sortDense(layer);
      case "TimeDistributed" -> sortTimeDistributed(layer);
      case "Activation", "ReLU", "LeakyReLU", "ELU" -> sortActivation(layer);
      case "RNN" ->
          throw layer.broken(
              "has a cell of its own, "
                  + (layer.get("cell") instanceof Map<?, ?> cell
                          && cell.get("class_name") instanceof String kind
                      ? ModelFormatException.quote(kind)
                      : "which is not described")
                  + "; known are LSTM and SimpleRNN");
      default ->
          throw layer.broken(
              "is a kind of layer that is not supported; known are InputLayer, Normalization,"
                  + " Rescaling, Masking, LSTM, SimpleRNN, Bidirectional, Dense, TimeDistributed,"
                  + " Dropout and its kin; a function such as softmax is to be applied to the outputs"
                  + " of a model without it");
    }
  }

  private void sortMasking(KerasLayer layer) throws ModelFormatException {
    if (masking != null || !recurrent.isEmpty() || !head.isEmpty()) {
      throw layer.broken("comes after another layer; only the inputs can be masked, and once");
    }
    layer.allow(Set.of("mask_value"));
    layer.checkVariables(Set.of());
    // Keras compares what comes out of the scaling, and so do we; but where the scaling is not
    // computed in Keras's way, only the zeros are sure to be equal
    boolean same = scaling == null || scaling.isNormalization();
    if (!(layer.get("mask_value") instanceof Double value)) {
      throw layer.broken("expected a number for mask_value");
    }
    if (!same && !(value == 0 && scaling.keepsZeroAlone())) {
      throw layer.broken(
          "comes after Rescaling, whose result may differ from mask_value in its last bit; put"
              + " Masking after Normalization, or use mask_value 0 and offset 0");
    }
    masking = layer;
  }

  private void sortRecurrent(KerasRecurrent layer) throws ModelFormatException {
    if (!head.isEmpty()) {
      throw layer.layer().broken("follows a Dense layer; dense layers must come last");
    }
    if (!recurrent.isEmpty() && !recurrent.getLast().returnsSequences()) {
      throw recurrent
          .getLast()
          .layer()
          .broken("has return_sequences=False, but a recurrent layer follows it");
    }
    recurrent.add(layer);
  }

  private void sortDense(KerasLayer layer) throws ModelFormatException {
    layer.allow(Set.of("units", "use_bias", "activation", "lora_rank", "quantization_config"));
    layer.checkIs("lora_rank", null);
    layer.checkIs("quantization_config", null);
    if (recurrent.isEmpty()) {
      throw layer.broken("comes before the recurrent layers; dense layers must come last");
    }
    layer.checkWeights("kernel");
    head.add(new Dense(layer, activations.of(layer, "activation")));
  }

  /** Dense works on every timestep anyway, so that the wrapper changes nothing. */
  private void sortTimeDistributed(KerasLayer layer) throws ModelFormatException {
    layer.allow(Set.of("layer"));
    layer.checkWrapped("layer");
    if (!(layer.get("layer") instanceof Map<?, ?> description)) {
      throw layer.broken("expected the description of a layer");
    }
    KerasLayer inner = layer.wrapped("layer", description);
    if (!inner.kind().equals("Dense")) {
      throw inner.broken("is not supported in a TimeDistributed; known is Dense");
    }
    if (!recurrent.isEmpty() && !recurrent.getLast().returnsSequences()) {
      throw layer.broken("follows a layer with return_sequences=False");
    }
    sortDense(inner);
  }

  /** A function as a layer of its own belongs to the Dense layer before it. */
  private void sortActivation(KerasLayer layer) throws ModelFormatException {
    layer.checkVariables(Set.of());
    Activation function =
        switch (layer.kind()) {
          case "Activation" -> {
            layer.allow(Set.of("activation"));
            yield activations.of(layer, "activation");
          }
          default -> {
            layer.allow(Set.of("alpha", "negative_slope", "max_value", "threshold"));
            yield KerasActivations.ofLayer(layer.kind(), layer.config());
          }
        };
    if (function == null) {
      throw layer.broken("has numbers that are not supported, such as max_value");
    }
    if (head.isEmpty() || !head.getLast().activation().equals(Activation.IDENTITY)) {
      throw layer.broken(
          "is a function that does not follow a linear Dense layer, which is not supported");
    }
    head.set(head.size() - 1, new Dense(head.getLast().layer(), function));
  }

  /** Refuses what would skip timesteps in another way than Keras does. */
  private void checkMasking() throws ModelFormatException {
    if (masking == null) {
      return;
    }
    for (KerasRecurrent layer : recurrent) {
      boolean last = layer == recurrent.getLast();
      if (last && layer.zeroesMasked()) {
        throw layer
            .layer()
            .broken(
                "puts out zeros at the masked timesteps (a Bidirectional with return_sequences=True"
                    + " or zero_output_for_mask=True), which is not supported");
      }
      if (layer.goesBackwards() && layer.returnsSequences()) {
        throw layer
            .layer()
            .broken(
                "has go_backwards and return_sequences after Masking: Keras turns the outputs"
                    + " around but not the mask, which is not supported");
      }
      if (!last && !version.passesMasksOn()) {
        throw layer
            .layer()
            .broken(
                "does not hand the mask on to the recurrent layer after it in this version of"
                    + " Keras, which is not supported");
      }
    }
  }

  private Network build() throws ModelFormatException {
    Network.Builder builder = Network.builder();
    int inputs = recurrent.getFirst().inputSize();
    if (scaling != null) {
      builder.inputScaling(scaling.of(inputs));
    }
    if (steps > 0 && recurrent.stream().noneMatch(KerasRecurrent::isStateful)) {
      builder.window(steps);
    }
    if (masking != null) {
      builder.masking(((Double) masking.get("mask_value")).floatValue());
    }
    int width = addRecurrent(builder, inputs);
    for (Dense dense : head) {
      int units = dense.layer().units();
      float[] weight = dense.layer().transposed("kernel", width, units);
      builder.linear(
          new LinearLayer(width, units, weight, dense.layer().bias(units), dense.activation()));
      width = units;
    }
    return builder.build();
  }

  /**
   * The recurrent layers. One that goes backwards puts out its sequence in the order in which it
   * read, last timestep first; ours put out in the order of time. So the layers after it read
   * backwards too, until another goes backwards.
   *
   * @return the values that come out of the last
   */
  private int addRecurrent(Network.Builder builder, int inputs) throws ModelFormatException {
    boolean backwards = false;
    int width = inputs;
    for (KerasRecurrent layer : recurrent) {
      if (layer.isBidirectional() && backwards) {
        throw layer
            .layer()
            .broken("follows a layer that puts out its sequence backwards, which is not supported");
      }
      backwards ^= layer.goesBackwards();
      Direction direction =
          layer.isBidirectional()
              ? Direction.BIDIRECTIONAL
              : backwards ? Direction.REVERSE : Direction.FORWARD;
      RecurrentLayer built = layer.build(width, direction);
      builder.layer(built);
      width = built.outputSize();
    }
    KerasRecurrent last = recurrent.getLast();
    if (last.returnsSequences() && backwards) {
      throw last.layer()
          .broken(
              "puts out its sequence backwards (go_backwards with return_sequences=True), which is"
                  + " not supported in the last recurrent layer");
    }
    builder.rows(
        last.returnsSequences()
            ? Rows.EACH
            : backwards || last.isBidirectional() ? Rows.FINAL : Rows.LAST);
    return width;
  }
}
