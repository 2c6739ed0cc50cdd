// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.keras;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.quadgate.io.format.ModelFormatException;

/**
 * The layers of a functional model in the order in which data passes through them: from its one
 * input each is called once, on the output of one other, up to its one output.
 *
 * <p>Keras 3 writes down how Masking finds its mask: as two operations on Masking's input, {@code
 * Any(NotEqual(x, mask_value))}, whose result each layer that heeds the mask takes as an argument.
 * They are checked to say just that, and left out.
 */
final class KerasChain {
  private static final String STRAIGHT = "expected a straight chain of layers";
  private static final Set<String> OPERATIONS = Set.of("NotEqual", "Any");

  /**
   * A call: the layers whose outputs it takes, the one that makes its mask or null, and constants.
   */
  private static final class Call {
    final List<String> sources = new ArrayList<>();
    final List<Double> numbers = new ArrayList<>();
    String mask;
    boolean plain = true; // no other argument could change the result
  }

  private final Path file;
  private final String place;
  private final List<KerasModel.Layer> layers;
  private final List<Map<?, ?>> descriptions;
  private final Map<String, KerasModel.Layer> operations = new HashMap<>();
  private final Map<String, Call> calls = new HashMap<>();

  KerasChain(Path file, String place, List<KerasModel.Layer> layers, List<Map<?, ?>> descriptions) {
    this.file = file;
    this.place = place;
    this.layers = layers;
    this.descriptions = descriptions;
  }

  /** Follows the layers; {@code config} names the model's input and output. */
  List<KerasModel.Layer> of(Map<?, ?> config) throws ModelFormatException {
    Map<String, KerasModel.Layer> after = new HashMap<>(); // who is called on this one's output
    KerasModel.Layer first = null;
    for (int i = 0; i < layers.size(); i++) {
      KerasModel.Layer layer = layers.get(i);
      Call call = call(layer, descriptions.get(i));
      if (call == null) {
        if (first != null || !layer.kind().equals("InputLayer")) {
          throw new ModelFormatException(file, layer.place(), "is a second input; " + STRAIGHT);
        }
        first = layer;
      } else if (isOperation(layer, descriptions.get(i))) {
        operations.put(layer.name(), layer);
      } else if (after.put(call.sources.getFirst(), layer) != null) {
        throw new ModelFormatException(file, layer.place(), "is on a branch; " + STRAIGHT);
      }
    }
    List<KerasModel.Layer> chain = new ArrayList<>();
    // no layer has two sources, so the walk cannot come back
    for (KerasModel.Layer at = first; at != null; at = after.get(at.name())) {
      chain.add(at);
    }
    if (first == null || chain.size() + operations.size() != layers.size()) {
      throw new ModelFormatException(file, place, "not every layer follows the input; " + STRAIGHT);
    }
    checkMasks(chain);
    checkEnd(config, "input_layers", chain.getFirst());
    checkEnd(config, "output_layers", chain.getLast());
    return List.copyOf(chain);
  }

  private static boolean isOperation(KerasModel.Layer layer, Map<?, ?> description) {
    return OPERATIONS.contains(layer.kind())
        && description.get("module") instanceof String module
        && module.startsWith("keras.src.ops.");
  }

  /** A layer's only call, which has one layer's output as its argument; null if there is none. */
  private Call call(KerasModel.Layer layer, Map<?, ?> description) throws ModelFormatException {
    if (!(description.get("inbound_nodes") instanceof List<?> nodes)) {
      throw new ModelFormatException(file, layer.place(), "expected inbound_nodes");
    }
    if (nodes.isEmpty()) {
      return null;
    }
    Call call = new Call();
    collect(nodes, call);
    boolean numbers = !call.numbers.isEmpty() && !isOperation(layer, description);
    if (nodes.size() != 1 || call.sources.size() != 1 || !call.plain || numbers) {
      throw new ModelFormatException(
          file,
          layer.place(),
          "is called more than once, on several inputs or with further arguments; " + STRAIGHT);
    }
    calls.put(layer.name(), call);
    return call;
  }

  /**
   * The layers whose outputs a call takes: in Keras 2 lists {@code [name, 0, 0, {}]}, in Keras 3
   * objects with {@code keras_history}. Each has to be a first output of a first call.
   */
  private static void collect(Object value, Call call) {
    switch (value) {
      case List<?> list
          when list.size() >= 3
              && list.get(0) instanceof String name
              && list.get(1) instanceof Double node
              && list.get(2) instanceof Double output -> {
        call.sources.add(name);
        call.plain &= node == 0 && output == 0 && list.size() <= 4;
        if (list.size() == 4) {
          arguments(list.get(3), call);
        }
      }
      case List<?> list -> list.forEach(element -> collect(element, call));
      case Map<?, ?> map when map.containsKey("args") -> {
        collect(map.get("args"), call);
        if (map.get("kwargs") != null) {
          arguments(map.get("kwargs"), call);
        }
      }
      case Map<?, ?> map when history(map) instanceof List<?> history -> collect(history, call);
      case Double number -> call.numbers.add(number);
      case null, default -> call.plain = false;
    }
  }

  private static Object history(Map<?, ?> tensor) {
    return tensor.get("config") instanceof Map<?, ?> config ? config.get("keras_history") : null;
  }

  /** Marks a call with a named argument that could change what a trained model computes. */
  private static void arguments(Object value, Call call) {
    if (!(value instanceof Map<?, ?> arguments)) {
      call.plain = false;
      return;
    }
    for (Map.Entry<?, ?> entry : arguments.entrySet()) {
      if (entry.getKey().equals("mask")
          && entry.getValue() instanceof Map<?, ?> tensor
          && history(tensor) instanceof List<?> history
          && history.size() == 3
          && history.get(0) instanceof String name) {
        call.mask = name;
      } else if (entry.getValue() != null
          && !(entry.getKey().equals("training") && Boolean.FALSE.equals(entry.getValue()))) {
        call.plain = false;
      }
    }
  }

  /** A layer may take the mask of the Masking layer before it, and no other. */
  private void checkMasks(List<KerasModel.Layer> chain) throws ModelFormatException {
    KerasModel.Layer masking = null;
    for (KerasModel.Layer layer : chain) {
      Call call = calls.get(layer.name());
      if (call != null && call.mask != null && !isMaskOf(masking, operations.get(call.mask))) {
        throw new ModelFormatException(
            file, layer.place(), "has a mask that is not that of a Masking layer before it");
      }
      masking = layer.kind().equals("Masking") ? layer : masking;
    }
  }

  private boolean isMaskOf(KerasModel.Layer masking, KerasModel.Layer any) {
    if (masking == null || any == null || !any.kind().equals("Any")) {
      return false;
    }
    Call anyCall = calls.get(any.name());
    KerasModel.Layer notEqual = operations.get(anyCall.sources.getFirst());
    if (notEqual == null || !notEqual.kind().equals("NotEqual")) {
      return false;
    }
    Object axis = any.config().get("axis");
    Object keep = any.config().get("keepdims");
    Call call = calls.get(notEqual.name());
    return (Double.valueOf(-1).equals(axis) || List.of(-1.0).equals(axis))
        && (keep == null || Boolean.FALSE.equals(keep))
        && anyCall.numbers.isEmpty()
        && call.numbers.size() == 1
        && call.numbers.getFirst().equals(masking.config().get("mask_value"))
        && call.sources.equals(calls.get(masking.name()).sources);
  }

  /** The model takes what the first layer takes and gives what the last one gives. */
  private void checkEnd(Map<?, ?> config, String key, KerasModel.Layer expected)
      throws ModelFormatException {
    Call ends = new Call();
    Object value = config.get(key);
    collect(value instanceof Map<?, ?> byName ? new ArrayList<>(byName.values()) : value, ends);
    if (!ends.plain || !ends.sources.equals(List.of(expected.name()))) {
      throw new ModelFormatException(
          file,
          place + " " + key,
          "names %s, expected %s alone; %s"
              .formatted(
                  ends.sources.isEmpty()
                      ? "no layer"
                      : ModelFormatException.quote(String.join(", ", ends.sources)),
                  ModelFormatException.quote(expected.name()),
                  STRAIGHT));
    }
  }
}
