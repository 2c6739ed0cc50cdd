// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.keras;

import static org.quadgate.io.keras.KerasRefusalTest.object;
import static org.quadgate.io.keras.KerasRefusalTest.refused;
import static org.quadgate.io.keras.KerasRefusalTest.set;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.quadgate.io.keras.KerasRefusalTest.Case;

/** What {@link KerasRefusalTest} tries on a model's inputs and on the way through its layers. */
final class KerasInputCases {
  private KerasInputCases() {}

  static Stream<Case> scaling() {
    return Stream.of(
        set("stacked", "scale", "invert", true, "invert"),
        set("stacked", "scale", "axis", List.of(1.0), "axis \"1.0\""),
        set("stacked", "scale", "axis", List.of(1.0, 2.0), "axis"),
        set("stacked", "scale", "axis", 0.0, "axis"),
        set("stacked", "scale", "axis", List.of(), "mean has shape [3]"),
        set("stacked", "scale", "mean", 0.5, "one of mean and variance"),
        set("given", "scale", "variance", null, "one of mean and variance"),
        set("given", "scale", "mean", List.of(1.0, 2.0, 3.0), "2 numbers, for mean"),
        set("given", "scale", "mean", List.of(List.of(1.0, 2.0)), "for mean"),
        set("given", "scale", "mean", List.of(1.0, Double.NaN), "mean NaN"),
        set("given", "scale", "mean", object("__numpy__", Map.of()), "for mean"),
        set("given", "scale", "variance", List.of(1.0, -2.0), "variance[1]"),
        refused(
            "stacked",
            "again",
            e -> e.insert("first", "Rescaling", "again", Map.of("scale", 1.0, "offset", 0.0)),
            "comes after another layer"),
        refused(
            "given",
            "late",
            e -> e.insert("", "Rescaling", "late", Map.of("scale", 1.0, "offset", 0.0)),
            "comes after another layer"),
        refused(
            "turned",
            "scale",
            e -> e.insert("lstm", "Rescaling", "scale", Map.of("scale", -1.0, "offset", 0.0)),
            "above 0 for scale"),
        refused(
            "turned",
            "scale",
            e ->
                e.insert(
                    "lstm", "Rescaling", "scale", Map.of("scale", List.of(1.0), "offset", 0.0)),
            "one number"));
  }

  private static Map<String, Object> mask(Object value) {
    return Map.of("mask_value", value);
  }

  static Stream<Case> masking() {
    return Stream.of(
        refused(
            "given", "scale", e -> e.insert("scale", "Masking", "m", mask(0.0)), "before Masking"),
        refused(
            "given",
            "mask",
            e -> e.insert("", "Masking", "mask", mask(0.0)),
            "comes after another"),
        refused(
            "bidirectional",
            "mask",
            e -> e.insert("both_rnn", "Masking", "mask", mask(0.0)),
            "comes after another"),
        refused(
            "turned",
            "mask",
            e -> e.insert("lstm", "Masking", "mask", mask(object("__tensor__", Map.of()))),
            "expected a number"),
        refused(
            "turned",
            "mask",
            e -> {
              e.insert("lstm", "Rescaling", "scale", Map.of("scale", 0.1, "offset", 0.5));
              e.insert("lstm", "Masking", "mask", mask(0.0));
            },
            "comes after Rescaling"),
        refused(
            "turned",
            "mask",
            e -> {
              e.insert("lstm", "Rescaling", "scale", Map.of("scale", 0.1, "offset", 0.0));
              e.insert("lstm", "Masking", "mask", mask(0.1));
            },
            "comes after Rescaling"),
        refused(
            "turned",
            "lstm",
            e -> e.insert("lstm", "Masking", "mask", mask(0.0)),
            "go_backwards and return_sequences after Masking"),
        refused(
            "bidirectional_each",
            "both",
            e -> e.insert("both", "Masking", "mask", mask(0.0)),
            "zeros at the masked timesteps"),
        refused(
            "masked",
            "rnn",
            e -> e.set("rnn", "zero_output_for_mask", true),
            "zeros at the masked"),
        refused("masked", "lstm", e -> e.version(3, 16), "does not hand the mask on"),
        refused("masked", "lstm", e -> e.set("masking", "mask_value", 2.0), "a mask that is not"),
        refused("masked", "lstm", e -> e.set("any", "axis", 1.0), "a mask that is not"),
        refused("masked", "lstm", e -> e.set("any", "keepdims", true), "a mask that is not"));
  }

  static Stream<Case> chains() {
    return Stream.of(
        refused(
            "chain",
            "",
            e -> e.model().put("output_layers", ends("rnn")),
            "output_layers",
            "\"rnn\""),
        refused(
            "chain",
            "",
            e -> e.model().put("output_layers", List.of(ends("rnn"), ends("dense"))),
            "output_layers",
            "rnn, dense"),
        refused("chain", "", e -> e.model().put("output_layers", second("dense")), "output_layers"),
        refused("chain", "", e -> e.model().remove("output_layers"), "output_layers"),
        refused("chain", "", e -> e.model().put("input_layers", ends("rnn")), "input_layers"),
        refused("chain", "", e -> e.model().put("input_layers", List.of()), "no layer"),
        refused(
            "chain",
            "rnn",
            e -> e.call("rnn").put("kwargs", Map.of("initial_state", List.of(1.0))),
            "further arguments"),
        refused("chain", "rnn", e -> e.call("rnn").put("args", List.of(7.0)), "further arguments"),
        refused(
            "chain", "lstm", e -> e.layer("lstm").put("inbound_nodes", List.of()), "second input"),
        refused("chain", "lstm", e -> e.layer("lstm").remove("inbound_nodes"), "inbound_nodes"),
        refused(
            "chain",
            "dense",
            e -> e.call("dense").put("args", e.call("lstm").get("args")),
            "on a branch"),
        refused(
            "masked",
            "lstm",
            e -> e.layers().remove(e.layer("any")),
            "a mask that is not that of a Masking layer"));
  }

  static List<Object> ends(String layer) {
    return Arrays.asList(layer, 0.0, 0.0);
  }

  private static List<Object> second(String layer) {
    return Arrays.asList(layer, 0.0, 1.0);
  }
}
