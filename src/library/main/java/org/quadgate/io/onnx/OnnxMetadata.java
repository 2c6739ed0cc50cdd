// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.io.metadata.ModelMetadata;
import org.quadgate.network.DirectionWeights;
import org.quadgate.network.Network;
import org.quadgate.network.RecurrentLayer;

/**
 * Quadgate's entries in an ONNX file's metadata_props: names of columns, the window, and the
 * initial states of a model that is stepped, where they are the caller's to give.
 */
final class OnnxMetadata {
  static final String INITIAL_HIDDEN = "quadgate.initial_h_";
  static final String INITIAL_CELL = "quadgate.initial_c_";

  private final ModelMetadata metadata;
  private final Set<String> unread;

  private OnnxMetadata(Path file, Map<String, String> entries) {
    metadata = new ModelMetadata(file, entries);
    unread = new HashSet<>(entries.keySet());
    unread.removeIf(key -> !key.startsWith(ModelMetadata.PREFIX));
  }

  /** The network with what the metadata says of it. */
  static Network applied(Path file, Map<String, String> entries, Network network)
      throws ModelFormatException {
    OnnxMetadata metadata = new OnnxMetadata(file, entries);
    if (metadata.unread.isEmpty()) {
      return network;
    }
    try {
      return metadata.applied(network);
    } catch (IllegalArgumentException e) {
      throw new ModelFormatException(file, "metadata", e.getMessage(), e);
    }
  }

  private Network applied(Network network) throws ModelFormatException {
    List<String> inputNames = names(ModelMetadata.INPUT_NAMES, network.inputSize());
    List<String> outputNames = names(ModelMetadata.OUTPUT_NAMES, network.outputSize());
    List<RecurrentLayer> layers = new ArrayList<>();
    for (int i = 0; i < network.layers().size(); i++) {
      layers.add(withInitialState(network.layers().get(i), i));
    }
    Network.Builder builder = network.withLayers(layers).toBuilder().names(inputNames, outputNames);
    if (unread.remove(ModelMetadata.WINDOW)) {
      OptionalInt window = metadata.window();
      if (network.window().isPresent() && !network.window().equals(window)) {
        throw otherwise(ModelMetadata.WINDOW);
      }
      builder.window(window.getAsInt());
    }
    if (!unread.isEmpty()) {
      throw metadata.broken(unread.iterator().next(), "is not understood");
    }
    return builder.build();
  }

  private List<String> names(String key, int size) throws ModelFormatException {
    unread.remove(key);
    return metadata.names(key, size);
  }

  private RecurrentLayer withInitialState(RecurrentLayer layer, int index)
      throws ModelFormatException {
    boolean hidden = unread.remove(INITIAL_HIDDEN + index);
    boolean cell = unread.remove(INITIAL_CELL + index);
    if (!hidden && !cell) {
      return layer;
    }
    List<DirectionWeights> directions = new ArrayList<>(layer.directions());
    DirectionWeights first = directions.getFirst();
    directions.set(
        0,
        first.withInitialState(
            hidden ? state(INITIAL_HIDDEN + index, first.initialHidden()) : first.initialHidden(),
            cell ? state(INITIAL_CELL + index, first.initialCell()) : first.initialCell()));
    return layer.withWeights(directions);
  }

  /** A state that the graph leaves to the caller; one that it has itself stays as it is. */
  private float[] state(String key, float[] inGraph) throws ModelFormatException {
    for (float value : inGraph) {
      if (value != 0) {
        throw otherwise(key);
      }
    }
    return metadata.numbers(key, inGraph.length);
  }

  private ModelFormatException otherwise(String key) {
    return metadata.broken(key, "says what the graph says otherwise");
  }
}
