// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.keras;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.network.Scaling;

/**
 * The layer before the first recurrent one, as (x − mean) / std.
 *
 * <p>Normalization is (x − m) / max(√v, ε); Rescaling is x·s + o, so mean = −o/s and std = 1/s.
 */
final class KerasScaling {
  // the least deviation that Keras divides by (keras.backend.epsilon)
  private static final double EPSILON = 1e-7;

  private final KerasLayer layer;

  private KerasScaling(KerasLayer layer) {
    this.layer = layer;
  }

  static KerasScaling of(KerasLayer layer) throws ModelFormatException {
    if (layer.kind().equals("Rescaling")) {
      layer.allow(Set.of("scale", "offset"));
      layer.checkVariables(Set.of());
      return new KerasScaling(layer);
    }
    layer.allow(Set.of("axis", "mean", "variance", "invert"));
    layer.checkIs("invert", false);
    boolean given = layer.get("mean") != null;
    if (given != (layer.get("variance") != null)) {
      throw layer.broken("has one of mean and variance, expected both or neither");
    }
    layer.checkVariables(given ? Set.of() : Set.of("mean", "variance", "count"));
    return new KerasScaling(layer);
  }

  /** Whether 0, and 0 alone, comes out as 0. */
  boolean keepsZeroAlone() {
    return layer.kind().equals("Rescaling") && Double.valueOf(0).equals(layer.get("offset"));
  }

  boolean isNormalization() {
    return layer.kind().equals("Normalization");
  }

  /** The scaling of so many inputs. */
  Scaling of(int inputs) throws ModelFormatException {
    float[] mean = new float[inputs];
    float[] std = new float[inputs];
    if (isNormalization()) {
      normalize(mean, std);
    } else {
      rescale(mean, std);
    }
    for (int i = 0; i < inputs; i++) {
      if (!Float.isFinite(mean[i]) || !Float.isFinite(std[i]) || !(std[i] > 0)) {
        throw layer.broken(
            "scales input " + i + " with mean " + mean[i] + " and deviation " + std[i]);
      }
    }
    return new Scaling(mean, std);
  }

  private void rescale(float[] mean, float[] std) throws ModelFormatException {
    if (!(layer.get("scale") instanceof Double scale)
        || !(layer.get("offset") instanceof Double offset)
        || !(scale > 0)) {
      throw layer.broken("expected one number above 0 for scale and one number for offset");
    }
    Arrays.fill(mean, (float) (-offset / scale));
    Arrays.fill(std, (float) (1 / scale));
  }

  private void normalize(float[] mean, float[] std) throws ModelFormatException {
    float[] m = statistic("mean", mean.length);
    float[] v = statistic("variance", mean.length);
    for (int i = 0; i < mean.length; i++) {
      if (!(v[i] >= 0)) {
        throw layer.broken("variance[" + i + "] is " + v[i] + ", expected 0 or more");
      }
      mean[i] = m[i];
      std[i] = (float) Math.max(Math.sqrt(v[i]), EPSILON);
    }
  }

  /**
   * A value per input, from the weights or the description; the same for all where axis is None.
   */
  private float[] statistic(String name, int inputs) throws ModelFormatException {
    boolean each = perInput();
    if (layer.get(name) == null) {
      return each ? layer.values(name, inputs) : all(layer.values(name)[0], inputs);
    }
    return switch (layer.get(name)) {
      case Double one -> all(one.floatValue(), inputs);
      case List<?> list when list.size() == 1 && list.getFirst() instanceof Double one ->
          all(one.floatValue(), inputs);
      case List<?> list
          when each
              && list.size() == inputs
              && list.stream().allMatch(Double.class::isInstance) -> {
        float[] values = new float[inputs];
        for (int i = 0; i < inputs; i++) {
          values[i] = ((Double) list.get(i)).floatValue();
        }
        yield values;
      }
      default -> throw layer.broken("expected one number, or " + inputs + " numbers, for " + name);
    };
  }

  private static float[] all(float value, int inputs) {
    float[] values = new float[inputs];
    Arrays.fill(values, value);
    return values;
  }

  /** The axis of the inputs: the last of [batch, timesteps, inputs]. */
  private boolean perInput() throws ModelFormatException {
    Object axis = layer.get("axis");
    if (axis instanceof List<?> list && list.size() == 1) {
      axis = list.getFirst();
    }
    return switch (axis) {
      case null -> !layer.says("axis"); // without the key it is the last; with None there is none
      case List<?> list when list.isEmpty() -> false;
      case Double number when number == -1 || number == 2 -> true;
      default ->
          throw layer.broken(
              "has axis " + KerasLayer.shown(axis) + "; only the last one, or None, is supported");
    };
  }
}
