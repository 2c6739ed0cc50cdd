// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.keras;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.quadgate.io.ModelFormatException;

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

  static KerasModel of(Path file, String place, Map<?, ?> root) throws ModelFormatException {
    String kind = string(file, place, root, "class_name");
    boolean sequential = kind.equals("Sequential");
    if (!sequential && !Set.of("Functional", "Model").contains(kind)) {
      throw new ModelFormatException(
          file,
          place,
          "is a model of class %s; expected Sequential or Functional".formatted(Names.quote(kind)));
    }
    if (!(root.get("config") instanceof Map<?, ?> config)
        || !(config.get("layers") instanceof List<?> list)) {
      throw new ModelFormatException(file, place, "expected config with layers");
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
    return new KerasModel(stored, sequential ? stored : chain(file, place, stored, descriptions));
  }

  static Layer layer(Path file, String place, Map<?, ?> map) throws ModelFormatException {
    String kind = string(file, place, map, "class_name");
    if (!(map.get("config") instanceof Map<?, ?> config)) {
      throw new ModelFormatException(file, place, "expected a config for a layer " + kind);
    }
    String name = string(file, place, config, "name");
    String at = place + " layer " + Names.quote(name) + " (" + Names.quote(kind) + ")";
    Object registered = map.get("registered_name");
    if (registered != null && !registered.equals(kind)) {
      throw new ModelFormatException(
          file, at, "is of a class of somebody's own, " + Names.quote(registered.toString()));
    }
    return new Layer(at, kind, name, config);
  }

  private static String string(Path file, String place, Map<?, ?> map, String key)
      throws ModelFormatException {
    if (map.get(key) instanceof String value) {
      return value;
    }
    throw new ModelFormatException(file, place, "expected a string for " + key);
  }

  /** Follows the layers from the input: each one's only call has one argument. */
  private static List<Layer> chain(
      Path file, String place, List<Layer> layers, List<Map<?, ?>> descriptions)
      throws ModelFormatException {
    Map<String, Integer> after = new HashMap<>(); // the layer that is called on this one's output
    int first = -1;
    for (int i = 0; i < layers.size(); i++) {
      Layer layer = layers.get(i);
      if (!(descriptions.get(i).get("inbound_nodes") instanceof List<?> calls)) {
        throw new ModelFormatException(file, layer.place(), "expected inbound_nodes");
      }
      if (calls.isEmpty()) {
        if (first >= 0 || !layer.kind().equals("InputLayer")) {
          throw new ModelFormatException(
              file, layer.place(), "is a second input; expected a straight chain of layers");
        }
        first = i;
        continue;
      }
      List<String> sources = new ArrayList<>();
      boolean plain = collect(calls, sources);
      if (calls.size() != 1 || sources.size() != 1 || !plain) {
        throw new ModelFormatException(
            file,
            layer.place(),
            "is called more than once, on several inputs or with further arguments; expected a"
                + " straight chain of layers");
      }
      if (after.put(sources.getFirst(), i) != null) {
        throw new ModelFormatException(
            file, layer.place(), "is on a branch; expected a straight chain of layers");
      }
    }
    List<Layer> chain = new ArrayList<>();
    // no layer has two sources, so the walk cannot come back
    for (Integer at = first < 0 ? null : first; at != null; ) {
      chain.add(layers.get(at));
      at = after.get(layers.get(at).name());
    }
    if (chain.size() != layers.size()) {
      throw new ModelFormatException(
          file, place, "not every layer follows the input; expected a straight chain of layers");
    }
    return List.copyOf(chain);
  }

  /**
   * The layers whose outputs a call takes: in Keras 2 lists {@code [name, 0, 0, {}]}, in Keras 3
   * objects with {@code keras_history}.
   *
   * @return whether each is a first output and there are no arguments beside
   */
  private static boolean collect(Object value, List<String> sources) {
    boolean plain = true;
    switch (value) {
      case List<?> list
          when list.size() >= 3
              && list.get(0) instanceof String name
              && list.get(1) instanceof Double node
              && list.get(2) instanceof Double output -> {
        sources.add(name);
        plain = node == 0 && output == 0 && list.size() <= 4;
        plain &= list.size() < 4 || (list.get(3) instanceof Map<?, ?> map && isNothing(map));
      }
      case List<?> list -> {
        for (Object element : list) {
          plain &= collect(element, sources);
        }
      }
      case Map<?, ?> map when map.containsKey("args") ->
          plain =
              collect(map.get("args"), sources)
                  && (map.get("kwargs") == null
                      || (map.get("kwargs") instanceof Map<?, ?> more && isNothing(more)));
      case Map<?, ?> map
          when map.get("config") instanceof Map<?, ?> config
              && config.get("keras_history") instanceof List<?> history ->
          plain = collect(history, sources);
      case null, default -> plain = false;
    }
    return plain;
  }

  /** Whether every argument is one that says nothing about what a trained model computes. */
  private static boolean isNothing(Map<?, ?> arguments) {
    for (Map.Entry<?, ?> entry : arguments.entrySet()) {
      boolean training =
          entry.getKey().equals("training") && Boolean.FALSE.equals(entry.getValue());
      if (entry.getValue() != null && !training) {
        return false;
      }
    }
    return true;
  }
}
