// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.keras;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.network.Activation;
import org.quadgate.network.CellType;
import org.quadgate.network.Direction;
import org.quadgate.network.DirectionWeights;
import org.quadgate.network.RecurrentLayer;

/**
 * An LSTM, a SimpleRNN, or a Bidirectional of two of them. Keras stores a kernel as
 * [input][gates·H] with the gates i, f, c, o, which are our i, f, g, o, and one bias; so a kernel
 * is transposed and the rest stays.
 */
final class KerasRecurrent {
  private static final Set<String> UNDERSTOOD =
      Set.of(
          "units",
          "activation",
          "use_bias",
          "dropout",
          "recurrent_dropout",
          "implementation",
          "return_sequences",
          "return_state",
          "go_backwards",
          "stateful",
          "unroll",
          "time_major",
          "zero_output_for_mask");

  private static final Set<String> UNDERSTOOD_OF_LSTM =
      Set.of("recurrent_activation", "unit_forget_bias", "use_cudnn");

  private final KerasLayer layer;
  private final List<KerasLayer> parts; // one of each direction
  private final CellType cell;
  private final KerasActivations activations;
  private final boolean goBackwards; // of a layer of one direction
  private final boolean sequences;

  private KerasRecurrent(KerasLayer layer, List<KerasLayer> parts, KerasActivations activations)
      throws ModelFormatException {
    this.layer = layer;
    this.parts = parts;
    this.activations = activations;
    KerasLayer first = parts.getFirst();
    cell = first.kind().equals("LSTM") ? CellType.LSTM : CellType.RNN;
    goBackwards = first.flag("go_backwards");
    sequences = first.flag("return_sequences");
    for (KerasLayer part : parts) {
      check(part);
    }
  }

  static KerasRecurrent ofOne(KerasLayer layer, KerasActivations activations)
      throws ModelFormatException {
    return new KerasRecurrent(layer, List.of(layer), activations);
  }

  /** A Bidirectional, whose backward layer is a second of its kind unless it is described too. */
  static KerasRecurrent ofBoth(KerasLayer layer, KerasActivations activations)
      throws ModelFormatException {
    layer.allow(Set.of("layer", "backward_layer", "merge_mode", "num_constants"));
    layer.checkIs("num_constants", 0.0);
    layer.checkWrapped("forward_layer", "backward_layer");
    if (!"concat".equals(layer.get("merge_mode"))) {
      throw layer.broken(
          "has merge_mode "
              + (layer.get("merge_mode") == null
                  ? "None"
                  : KerasLayer.shown(layer.get("merge_mode")))
              + "; only concat is supported");
    }
    if (!(layer.get("layer") instanceof Map<?, ?> description)) {
      throw layer.broken("expected the description of a layer");
    }
    KerasLayer forward = layer.wrapped("forward_layer", description);
    List<KerasLayer> parts = new ArrayList<>(List.of(forward));
    switch (layer.get("backward_layer")) {
      case null -> parts.add(layer.wrapped("backward_layer", description));
      case Map<?, ?> second -> {
        KerasLayer backward = layer.wrapped("backward_layer", second);
        if (!backward.flag("go_backwards")) {
          throw backward.broken("has go_backwards=False as the backward layer");
        }
        parts.add(backward);
      }
      default -> throw layer.broken("expected the description of a layer for backward_layer");
    }
    if (forward.flag("go_backwards")) {
      throw forward.broken("has go_backwards=True as the forward layer, which is not supported");
    }
    KerasLayer backward = parts.getLast();
    boolean alike =
        forward.kind().equals(backward.kind())
            && forward.units() == backward.units()
            && forward.flag("return_sequences") == backward.flag("return_sequences");
    if (!alike) {
      throw backward.broken(
          "is of another kind or size than the forward layer, or returns other sequences, which is"
              + " not supported");
    }
    return new KerasRecurrent(layer, List.copyOf(parts), activations);
  }

  private void check(KerasLayer part) throws ModelFormatException {
    if (!Set.of("LSTM", "SimpleRNN").contains(part.kind())) {
      throw part.broken("is not supported in a Bidirectional; known are LSTM and SimpleRNN");
    }
    Set<String> understood = new HashSet<>(UNDERSTOOD);
    if (cell == CellType.LSTM) {
      understood.addAll(UNDERSTOOD_OF_LSTM);
    }
    part.allow(understood);
    part.checkIs("return_state", false);
    part.checkIs("time_major", false);
    part.checkWeights("kernel", "recurrent_kernel");
  }

  KerasLayer layer() {
    return layer;
  }

  boolean isBidirectional() {
    return parts.size() > 1;
  }

  boolean goesBackwards() {
    return !isBidirectional() && goBackwards;
  }

  boolean returnsSequences() {
    return sequences;
  }

  /**
   * Whether Keras puts out zeros at masked timesteps instead of what it put out before. A
   * Bidirectional sets that to its return_sequences.
   */
  boolean zeroesMasked() throws ModelFormatException {
    return isBidirectional() ? sequences : layer.flag("zero_output_for_mask");
  }

  /** Whether a sequence goes on where the one before it ended. */
  boolean isStateful() {
    return Boolean.TRUE.equals(parts.getFirst().get("stateful"));
  }

  int inputSize() throws ModelFormatException {
    return parts.getFirst().rows("kernel");
  }

  RecurrentLayer build(int inputs, Direction direction) throws ModelFormatException {
    int units = parts.getFirst().units();
    int rows = Math.multiplyExact(cell.gates(), units);
    List<DirectionWeights> weights = new ArrayList<>();
    for (KerasLayer part : parts) {
      weights.add(
          DirectionWeights.builder(
                  part.transposed("kernel", inputs, rows),
                  part.transposed("recurrent_kernel", units, rows),
                  part.bias(rows))
              .activations(functions(part))
              .build());
    }
    return RecurrentLayer.builder(cell, inputs, units)
        .direction(direction)
        .weights(weights)
        .build();
  }

  /** Of an LSTM, the same function works on the candidate and on the cell state. */
  private List<Activation> functions(KerasLayer part) throws ModelFormatException {
    Activation activation = activations.of(part, "activation");
    return cell == CellType.LSTM
        ? List.of(activations.of(part, "recurrent_activation"), activation, activation)
        : List.of(activation);
  }
}
