// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.keras;

import java.util.Map;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.network.Activation;
import org.quadgate.network.Activation.Function;

/**
 * Keras's activations that work value by value. A description has a name, or a layer such as {@code
 * LeakyReLU(0.1)} in its place.
 *
 * @param version the Keras that wrote the file
 */
record KerasActivations(KerasVersion version) {
  private static final String KNOWN =
      "linear, sigmoid, tanh, relu, hard_sigmoid, leaky_relu, elu, softplus and softsign";

  /** The function that a layer names under this key; null is linear. */
  Activation of(KerasLayer layer, String key) throws ModelFormatException {
    return switch (layer.get(key)) {
      case null -> Activation.IDENTITY;
      case String name -> named(layer, key, name);
      case Map<?, ?> map -> described(layer, key, map);
      default -> throw unknown(layer, key, layer.get(key));
    };
  }

  private Activation named(KerasLayer layer, String key, String name) throws ModelFormatException {
    return switch (name) {
      case "linear" -> Activation.IDENTITY;
      case "sigmoid" -> Activation.SIGMOID;
      case "tanh" -> Activation.TANH;
      case "relu" -> Activation.RELU;
      case "elu" -> new Activation(Function.ELU, 1, 0);
      case "softplus" -> Activation.of(Function.SOFTPLUS);
      case "softsign" -> Activation.of(Function.SOFTSIGN);
      // tf.nn.leaky_relu's slope in Keras 2, and Keras 3's own
      case "leaky_relu" -> new Activation(Function.LEAKY_RELU, 0.2f, 0);
      case "hard_sigmoid" -> hardSigmoid(layer, key);
      default -> throw unknown(layer, key, name);
    };
  }

  /** min(max(0.2·x + 0.5, 0), 1) in Keras 2, relu6(x + 3) / 6 in Keras 3. */
  private Activation hardSigmoid(KerasLayer layer, String key) throws ModelFormatException {
    if (!version.isKnown()) {
      throw layer.broken(
          "has "
              + key
              + " \"hard_sigmoid\", which Keras 2 and Keras 3 compute differently, and the file has"
              + " no keras_version");
    }
    return new Activation(Function.HARD_SIGMOID, version.isKeras2() ? 0.2f : 1 / 6f, 0.5f);
  }

  private Activation described(KerasLayer layer, String key, Map<?, ?> map)
      throws ModelFormatException {
    // tf.keras describes some of its own functions so
    if ("builtins".equals(map.get("module"))
        && "function".equals(map.get("class_name"))
        && "function".equals(map.get("registered_name"))
        && map.get("config") instanceof String name) {
      return named(layer, key, name);
    }
    if (map.get("config") instanceof Map<?, ?> config
        && map.get("class_name") instanceof String kind
        && (map.get("registered_name") == null || map.get("registered_name").equals(kind))) {
      Activation found = ofLayer(kind, config);
      if (found != null) {
        return found;
      }
    }
    throw unknown(layer, key, map);
  }

  /** The function that a layer of its own computes; null where we do not have it. */
  static Activation ofLayer(String kind, Map<?, ?> config) {
    return switch (kind) {
      case "ELU" -> with(Function.ELU, number(config, "alpha", 1));
      // alpha in Keras 2, negative_slope in Keras 3
      case "LeakyReLU" ->
          with(
              Function.LEAKY_RELU,
              number(config, config.containsKey("alpha") ? "alpha" : "negative_slope", 0.3));
      case "ReLU" -> {
        double slope = number(config, "negative_slope", 0);
        boolean plain = config.get("max_value") == null && number(config, "threshold", 0) == 0;
        yield !plain ? null : slope == 0 ? Activation.RELU : with(Function.LEAKY_RELU, slope);
      }
      default -> null;
    };
  }

  private static Activation with(Function function, double alpha) {
    return Float.isFinite((float) alpha) ? new Activation(function, (float) alpha, 0) : null;
  }

  /** NaN where it is no number. */
  private static double number(Map<?, ?> config, String key, double otherwise) {
    return switch (config.get(key)) {
      case null -> otherwise;
      case Double number -> number;
      default -> Double.NaN;
    };
  }

  private static ModelFormatException unknown(KerasLayer layer, String key, Object value) {
    return layer.broken(
        "has %s %s; supported are %s%s"
            .formatted(
                key,
                KerasLayer.shown(value),
                KNOWN,
                layer.kind().equals("Dense")
                    ? ". Save the model with activation=None in this layer and apply the function"
                        + " to the outputs"
                    : ""));
  }
}
