// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.keras;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.quadgate.io.format.ModelFormatException;

/**
 * Finds each layer's variables. Keras 2's files name them ({@code kernel}, {@code bias} …), Keras
 * 3's number them in the order in which the layer made them.
 *
 * @param byLayer variables by the layer's name, then by their own; in the order of the file
 */
record KerasVariables(Map<String, Map<String, Hdf5Node>> byLayer) {

  /** A layer's variables; empty if it has none. */
  Map<String, Hdf5Node> of(KerasModel.Layer layer) {
    return byLayer.getOrDefault(layer.name(), Map.of());
  }

  private static final List<String> RECURRENT = List.of("kernel", "recurrent_kernel", "bias");

  /** The variables in the order in which Keras makes them. */
  private static final Map<String, List<String>> ORDER =
      Map.of(
          "LSTM",
          RECURRENT,
          "SimpleRNN",
          RECURRENT,
          "Dense",
          List.of("kernel", "bias"),
          "Normalization",
          List.of("mean", "variance", "count"));

  private static final Set<String> CELLS = Set.of("LSTM", "SimpleRNN");

  /** The layers that hold others, and under which names. */
  private static final Map<String, List<String>> WRAPPERS =
      Map.of(
          "Bidirectional",
          List.of("forward_layer", "backward_layer"),
          "TimeDistributed",
          List.of("layer"));

  /** The group under which Keras 2.12 to 2.14 saved the layers. */
  private static final String OLD_LAYERS = "_layer_checkpoint_dependencies";

  /** The state of a random number generator, which has no part in a prediction. */
  private static final String SEED = "seed_generator";

  /** The layout of Keras 2's hdf5_format.py: a group per layer, whose weight_names are paths. */
  static KerasVariables ofKeras2(Path file, KerasModel model, Hdf5Node weights)
      throws ModelFormatException {
    Set<String> groups = new HashSet<>(weights.children().keySet());
    Map<String, Map<String, Hdf5Node>> byLayer = new HashMap<>();
    for (KerasModel.Layer layer : model.stored()) {
      Hdf5Node group = weights.children().get(layer.name());
      groups.remove(layer.name());
      byLayer.put(layer.name(), group == null ? Map.of() : named(file, layer, group));
    }
    if (groups.remove("top_level_model_weights")
        && count(weights.children().get("top_level_model_weights")) > 0) {
      throw new ModelFormatException(
          file, "/model_weights/top_level_model_weights", "holds weights of no layer");
    }
    if (!groups.isEmpty()) {
      throw new ModelFormatException(
          file, "/model_weights/" + groups.iterator().next(), "belongs to no layer of the model");
    }
    return new KerasVariables(Map.copyOf(byLayer));
  }

  private static Map<String, Hdf5Node> named(Path file, KerasModel.Layer layer, Hdf5Node group)
      throws ModelFormatException {
    Map<String, Hdf5Node> variables = new TreeMap<>();
    List<String> roles = WRAPPERS.getOrDefault(layer.kind(), List.of());
    List<String> owners = new ArrayList<>(); // of a wrapper, the layers in it, in their order
    int taken = 0;
    for (String path : weightNames(group)) {
      Hdf5Node at = group;
      for (String part : path.split("/", -1)) {
        at = at == null ? null : at.children().get(part);
      }
      if (at == null || at.isGroup()) {
        throw new ModelFormatException(
            file,
            group.path(),
            "lists the weight " + ModelFormatException.quote(path) + ", which is not there");
      }
      taken++;
      String leaf = path.substring(path.lastIndexOf('/') + 1).replaceFirst(":0$", "");
      if (leaf.startsWith(SEED)) {
        continue;
      }
      String role = "";
      if (!roles.isEmpty()) {
        String owner = path.substring(0, Math.max(0, path.lastIndexOf('/')));
        if (!owners.contains(owner)) {
          owners.add(owner);
        }
        role = role(file, layer, at, owner, roles, owners.indexOf(owner)) + "/";
      }
      if (variables.put(role + leaf, at) != null) {
        throw new ModelFormatException(file, at.path(), "is a second weight of this name");
      }
    }
    if (count(group) != taken) {
      throw new ModelFormatException(
          file, group.path(), "has weights of " + layer.place() + " that weight_names omits");
    }
    return variables;
  }

  /**
   * Which of a wrapper's layers a weight belongs to. Keras lists the forward layer's weights first
   * and reads them by that order; the layers' names say it too unless somebody chose them.
   */
  private static String role(
      Path file,
      KerasModel.Layer layer,
      Hdf5Node weight,
      String owner,
      List<String> roles,
      int number)
      throws ModelFormatException {
    boolean contrary =
        roles.size() > 1
            && number < roles.size()
            && List.of(owner.split("/", -1)).stream()
                .anyMatch(part -> part.startsWith(number == 0 ? "backward_" : "forward_"));
    if (number >= roles.size() || contrary) {
      throw new ModelFormatException(
          file, weight.path(), "is not in the place of a weight of " + layer.place());
    }
    return roles.get(number);
  }

  /** Keras cuts weight_names into numbered attributes where one would be too long. */
  private static List<String> weightNames(Hdf5Node group) {
    List<String> names = new ArrayList<>(group.texts().getOrDefault("weight_names", List.of()));
    for (int i = 0; group.texts().containsKey("weight_names" + i); i++) {
      names.addAll(group.texts().get("weight_names" + i));
    }
    return names;
  }

  private static int count(Hdf5Node node) {
    int count = node.isGroup() ? 0 : 1;
    for (Hdf5Node child : node.children().values()) {
      count += count(child);
    }
    return count;
  }

  /**
   * The layout of Keras 3's saving_lib.py: {@code /layers/lstm_1/cell/vars/0}, where the number
   * counts the layers of a kind and not their names.
   */
  static KerasVariables ofKeras3(Path file, KerasVersion version, KerasModel model, Hdf5Node root)
      throws ModelFormatException {
    String place = root.children().containsKey("layers") ? "layers" : OLD_LAYERS;
    for (String name : root.children().keySet()) {
      boolean empty = count(root.children().get(name)) == 0;
      // the optimizer's and the metrics' states belong to training
      if (!empty && !Set.of(place, "optimizer", "metrics").contains(name)) {
        throw broken(file, "/" + name, "is not understood");
      }
    }
    Hdf5Node layers = root.children().get(place);
    if (layers == null) {
      throw broken(file, "/", "expected the group layers");
    }
    Set<String> left = new HashSet<>(layers.children().keySet());
    Map<String, Integer> seen = new HashMap<>();
    Map<String, Map<String, Hdf5Node>> byLayer = new HashMap<>();
    for (KerasModel.Layer layer : model.stored()) {
      int number = seen.merge(layer.kind(), 1, Integer::sum) - 1;
      number *= version.countsLayersTwice() && place.equals(OLD_LAYERS) ? 2 : 1;
      String name = snakeCase(layer.kind()) + (number == 0 ? "" : "_" + number);
      Hdf5Node group = layers.children().get(name);
      left.remove(name);
      if (group != null) {
        checkName(file, layer, group);
      }
      byLayer.put(layer.name(), group == null ? Map.of() : numbered(layer, group));
    }
    for (String name : left) {
      if (count(layers.children().get(name)) > 0) {
        throw broken(file, layers.children().get(name).path(), "belongs to no layer of the model");
      }
    }
    return new KerasVariables(Map.copyOf(byLayer));
  }

  /**
   * A layer's variables under their own names. One in an unknown place keeps its path as its name,
   * so that the check of the layer refuses it.
   */
  private static Map<String, Hdf5Node> numbered(KerasModel.Layer layer, Hdf5Node group) {
    Map<String, Hdf5Node> byPath = new TreeMap<>();
    collect(group, "", byPath);
    Map<String, Hdf5Node> variables = new TreeMap<>();
    for (Map.Entry<String, Hdf5Node> entry : byPath.entrySet()) {
      String path = entry.getKey();
      String role = path.substring(0, Math.max(0, path.indexOf('/')));
      boolean wrapped = WRAPPERS.getOrDefault(layer.kind(), List.of()).contains(role);
      String prefix = wrapped ? role + "/" : "";
      String kind = wrapped ? wrappedKind(layer, role) : layer.kind();
      String rest = path.substring(prefix.length());
      String vars = CELLS.contains(kind) ? "cell/vars/" : "vars/";
      String name =
          rest.startsWith(vars)
              ? nameAt(ORDER.getOrDefault(kind, List.of()), rest.substring(vars.length()))
              : null;
      variables.put(prefix + (name == null ? rest : name), entry.getValue());
    }
    return variables;
  }

  private static void collect(Hdf5Node node, String path, Map<String, Hdf5Node> byPath) {
    for (Map.Entry<String, Hdf5Node> child : node.children().entrySet()) {
      if (child.getValue().isGroup() && !child.getKey().equals(SEED)) {
        collect(child.getValue(), path + child.getKey() + "/", byPath);
      } else if (!child.getValue().isGroup()) {
        byPath.put(path + child.getKey(), child.getValue());
      }
    }
  }

  /** From Keras 3.6 on the variables' group says whose they are; Keras itself goes by number. */
  private static void checkName(Path file, KerasModel.Layer layer, Hdf5Node group)
      throws ModelFormatException {
    Hdf5Node vars = group.children().get("vars");
    List<String> name = vars == null ? null : vars.texts().get("name");
    if (name != null && !name.equals(List.of(layer.name()))) {
      throw broken(
          file, vars.path(), "says that it belongs to " + name + ", expected " + layer.place());
    }
  }

  /** A backward layer that is not described is of the forward layer's kind. */
  private static String wrappedKind(KerasModel.Layer layer, String role) {
    Object described = layer.config().get(role);
    return (described == null ? layer.config().get("layer") : described) instanceof Map<?, ?> map
            && map.get("class_name") instanceof String kind
        ? kind
        : "";
  }

  private static String nameAt(List<String> order, String number) {
    return number.matches("[0-9]") && Integer.parseInt(number) < order.size()
        ? order.get(Integer.parseInt(number))
        : null;
  }

  /** The name that Keras makes of a class: SimpleRNN is simple_rnn. */
  static String snakeCase(String kind) {
    return kind.replaceAll("\\W+", "")
        .replaceAll("(.)([A-Z][a-z]+)", "$1_$2")
        .replaceAll("([a-z])([A-Z])", "$1_$2")
        .toLowerCase(Locale.ROOT);
  }

  private static ModelFormatException broken(Path file, String place, String problem) {
    return new ModelFormatException(file, "model.weights.h5 " + place, problem);
  }
}
