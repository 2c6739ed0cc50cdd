// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.keras;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.quadgate.io.format.ModelFormatException;

/**
 * The layers of a Keras model. A functional model has to be a straight chain: every layer is called
 * once, on the output of one other.
 *
 * @param stored the layers in the file's order, which the names of Keras 3's weights count in
 * @param chain the same in the order in which data passes through them
 */
record KerasModel(List<Layer> stored, List<Layer> chain) {

  /** A layer as it is described; its place in messages has its name and kind. */
  record Layer(String place, String kind, String name, Map<?, ?> config) {}

  /** Keys of a model as a whole, which change nothing of what its layers compute. */
  private static final Set<String> OF_MODEL =
      Set.of(
          "name",
          "trainable",
          "dtype",
          "layers",
          "input_layers",
          "output_layers",
          "build_input_shape");

  /** Keys of a layer beside its config. */
  private static final Set<String> OF_LAYER =
      Set.of(
          "module",
          "class_name",
          "config",
          "registered_name",
          "build_config",
          "shared_object_id",
          "name",
          "inbound_nodes");

  static KerasModel of(Path file, String place, Map<?, ?> root) throws ModelFormatException {
    String kind = string(file, place, root, "class_name");
    boolean sequential = kind.equals("Sequential");
    if (!sequential && !Set.of("Functional", "Model").contains(kind)) {
      throw new ModelFormatException(
          file,
          place,
          "is a model of class %s; expected Sequential or Functional"
              .formatted(ModelFormatException.quote(kind)));
    }
    // before Keras 2.2.3 the config of a Sequential model was the list itself
    Object config = root.get("config");
    Object elements =
        switch (config) {
          case Map<?, ?> map -> map.get("layers");
          case List<?> all when sequential -> all;
          case null, default -> null;
        };
    if (!(elements instanceof List<?> list)) {
      throw new ModelFormatException(file, place, "expected config with layers");
    }
    if (config instanceof Map<?, ?> map) {
      allow(file, place, map, OF_MODEL);
    }
    List<Layer> layers = new ArrayList<>();
    List<Map<?, ?>> descriptions = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (Object element : list) {
      if (!(element instanceof Map<?, ?> map)) {
        throw new ModelFormatException(file, place, "expected an object for every layer");
      }
      Layer layer = layer(file, place, map);
      if (!names.add(layer.name())) {
        throw new ModelFormatException(file, layer.place(), "is there twice");
      }
      layers.add(layer);
      descriptions.add(map);
    }
    if (layers.isEmpty()) {
      throw new ModelFormatException(file, place, "has no layers");
    }
    List<Layer> stored = List.copyOf(layers);
    return new KerasModel(
        stored,
        sequential
            ? stored
            : new KerasChain(file, place, stored, descriptions).of((Map<?, ?>) config));
  }

  static Layer layer(Path file, String place, Map<?, ?> map) throws ModelFormatException {
    String kind = string(file, place, map, "class_name");
    if (!(map.get("config") instanceof Map<?, ?> config)) {
      throw new ModelFormatException(file, place, "expected a config for a layer " + kind);
    }
    // an operation of Keras 3 may have its name beside the config alone
    String name = string(file, place, config.containsKey("name") ? config : map, "name");
    String at =
        place
            + " layer "
            + ModelFormatException.quote(name)
            + " ("
            + ModelFormatException.quote(kind)
            + ")";
    allow(file, at, map, OF_LAYER);
    Object registered = map.get("registered_name");
    if (registered != null && !registered.equals(kind)) {
      throw new ModelFormatException(
          file,
          at,
          "is of a class of somebody's own, " + ModelFormatException.quote(registered.toString()));
    }
    return new Layer(at, kind, name, config);
  }

  private static void allow(Path file, String place, Map<?, ?> map, Set<String> known)
      throws ModelFormatException {
    for (Object key : map.keySet()) {
      if (!known.contains(key)) {
        throw new ModelFormatException(
            file,
            place,
            "has " + ModelFormatException.quote((String) key) + ", which is not understood");
      }
    }
  }

  private static String string(Path file, String place, Map<?, ?> map, String key)
      throws ModelFormatException {
    if (map.get(key) instanceof String value) {
      return value;
    }
    throw new ModelFormatException(file, place, "expected a string for " + key);
  }
}
