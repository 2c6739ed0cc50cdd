// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.keras;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.network.Architecture;

/**
 * A layer's description with its variables, and the checks that every kind of layer shares: what is
 * not understood could change what the layer computes, so it is refused with the layer's name.
 */
final class KerasLayer {
  // what every layer says, or what matters to training alone
  private static final Set<String> NO_EFFECT =
      Set.of(
          "name",
          "trainable",
          "batch_input_shape",
          "batch_shape",
          "kernel_initializer",
          "recurrent_initializer",
          "bias_initializer",
          "kernel_regularizer",
          "recurrent_regularizer",
          "bias_regularizer",
          "activity_regularizer",
          "kernel_constraint",
          "recurrent_constraint",
          "bias_constraint",
          "seed",
          "input_shape",
          "input_dim",
          "input_length");

  private final Path file;
  private final KerasModel.Layer described;
  private final Map<String, Hdf5Node> variables;

  /**
   * Checks what every layer says.
   *
   * @throws ModelFormatException if it computes in a type that is neither float nor double
   */
  KerasLayer(Path file, KerasModel.Layer described, Map<String, Hdf5Node> variables)
      throws ModelFormatException {
    this.file = file;
    this.described = described;
    this.variables = variables;
    checkDtype();
  }

  String kind() {
    return described.kind();
  }

  Map<?, ?> config() {
    return described.config();
  }

  /** What the description says under this key; null if nothing. */
  Object get(String key) {
    return described.config().get(key);
  }

  /** Whether the description has this key, even with null. */
  boolean says(String key) {
    return described.config().containsKey(key);
  }

  /** The layer that this one wraps, with the variables that {@link KerasVariables} gave it. */
  KerasLayer wrapped(String role, Map<?, ?> description) throws ModelFormatException {
    KerasModel.Layer inner = KerasModel.layer(file, described.place() + " " + role, description);
    Map<String, Hdf5Node> own = new HashMap<>();
    for (Map.Entry<String, Hdf5Node> variable : variables.entrySet()) {
      if (variable.getKey().startsWith(role + "/")) {
        own.put(variable.getKey().substring(role.length() + 1), variable.getValue());
      }
    }
    return new KerasLayer(file, inner, own);
  }

  /** Every weight of a wrapper has to be that of a layer in it. */
  void checkWrapped(String... roles) throws ModelFormatException {
    for (String name : variables.keySet()) {
      if (Arrays.stream(roles).noneMatch(role -> name.startsWith(role + "/"))) {
        throw broken("has the weights " + ModelFormatException.quote(name) + " of its own");
      }
    }
  }

  /** Everything a layer says has to be known. */
  void allow(Set<String> further) throws ModelFormatException {
    for (Object key : described.config().keySet()) {
      if (!NO_EFFECT.contains(key) && !key.equals("dtype") && !further.contains(key)) {
        throw broken(
            "has " + ModelFormatException.quote((String) key) + ", which is not understood");
      }
    }
  }

  private void checkDtype() throws ModelFormatException {
    Object value = get("dtype");
    Object dtype =
        value instanceof Map<?, ?> policy && policy.get("config") instanceof Map<?, ?> config
            ? config.get("name")
            : value;
    if (dtype != null && !dtype.equals("float32") && !dtype.equals("float64")) {
      throw broken("computes in " + shown(dtype) + ", expected float32");
    }
  }

  /** Refuses a value other than null and the wanted one. */
  void checkIs(String key, Object wanted) throws ModelFormatException {
    Object value = get(key);
    if (value != null && !value.equals(wanted)) {
      throw broken("has " + key + " " + shown(value) + ", which is not supported");
    }
  }

  /** Whether it says true; false where it says nothing. */
  boolean flag(String key) throws ModelFormatException {
    return switch (get(key)) {
      case null -> false;
      case Boolean flag -> flag;
      default -> throw broken("expected true or false for " + key);
    };
  }

  /** A number of units, which {@link Architecture} bounds. */
  int units() throws ModelFormatException {
    if (get("units") instanceof Double units
        && units >= 1
        && units <= Architecture.MAX_SIZE
        && units == Math.rint(units)) {
      return units.intValue();
    }
    throw broken("expected units of 1 to " + Architecture.MAX_SIZE);
  }

  static String shown(Object value) {
    return ModelFormatException.quote(value.toString());
  }

  /** The kernels, and a bias where there is one, have to be there, and nothing else. */
  void checkWeights(String... kernels) throws ModelFormatException {
    Set<String> names = new TreeSet<>(List.of(kernels));
    if (!(get("use_bias") instanceof Boolean useBias)) {
      throw broken("expected true or false for use_bias");
    }
    if (useBias) {
      names.add("bias");
    }
    checkVariables(names);
  }

  void checkVariables(Set<String> expected) throws ModelFormatException {
    Set<String> found = new TreeSet<>(variables.keySet());
    if (!found.equals(expected)) {
      throw broken("has the weights " + found + ", expected " + new TreeSet<>(expected));
    }
  }

  List<Integer> shape(String name) {
    return variables.get(name).tensor().shape();
  }

  /** The first of two dimensions. */
  int rows(String name) throws ModelFormatException {
    List<Integer> shape = shape(name);
    if (shape.size() != 2 || shape.getFirst() < 1) {
      throw broken(name + " has shape " + shape + ", expected 2 dimensions");
    }
    return shape.getFirst();
  }

  /** The values of a variable of this shape, which is checked before anything is allocated. */
  float[] values(String name, int... sizes) throws ModelFormatException {
    checkShape(name, sizes);
    float[] values = variables.get(name).tensor().values();
    checkFinite(name, values, 1, values.length);
    return values;
  }

  /** The values of a variable [rows][columns] as [columns][rows], checked likewise. */
  float[] transposed(String name, int rows, int columns) throws ModelFormatException {
    checkShape(name, rows, columns);
    float[] values = variables.get(name).tensor().transposed(rows, columns);
    checkFinite(name, values, rows, columns);
    return values;
  }

  private void checkShape(String name, int... sizes) throws ModelFormatException {
    List<Integer> expected = Arrays.stream(sizes).boxed().toList();
    if (!shape(name).equals(expected)) {
      throw broken(name + " has shape " + shape(name) + ", expected " + expected);
    }
  }

  /** Names the first number in the file that is not finite; {@code values} are transposed. */
  private void checkFinite(String name, float[] values, int rows, int columns)
      throws ModelFormatException {
    boolean finite = true;
    for (float value : values) {
      finite &= Float.isFinite(value);
    }
    for (int i = 0; !finite && i < values.length; i++) {
      float value = values[i % columns * rows + i / columns];
      if (!Float.isFinite(value)) {
        throw broken(name + "[" + i + "] is " + value + ", expected a finite number");
      }
    }
  }

  /** The bias; zeros where there is none. Called after a kernel with as many columns was read. */
  float[] bias(int size) throws ModelFormatException {
    return variables.containsKey("bias") ? values("bias", size) : new float[size];
  }

  ModelFormatException broken(String problem) {
    return new ModelFormatException(file, described.place(), problem);
  }
}
