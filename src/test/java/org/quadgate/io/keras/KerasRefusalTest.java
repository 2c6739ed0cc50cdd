// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.keras;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.quadgate.io.ModelFormatException;

/**
 * Every unsupported thing is refused with the layer's name. Each case is a readable file of which
 * one thing in its description is changed.
 */
class KerasRefusalTest {
  /**
   * A change, and what the message has to name.
   *
   * @param base a readable file
   * @param edit the change
   * @param layer whose name the message has to have; empty where the place is another
   * @param named what else it has to have
   */
  record Case(String base, Consumer<KerasEdit> edit, String layer, List<String> named) {
    @Override
    public String toString() {
      return base + " " + layer + " " + named;
    }
  }

  private static Case of(String base, String layer, Consumer<KerasEdit> edit, String... named) {
    return new Case(base + "_k3.keras", edit, layer, List.of(named));
  }

  /** One thing that a layer says, set to another. */
  private static Case set(String base, String layer, String key, Object value, String... named) {
    return of(base, layer, e -> e.config(layer).put(key, value), named);
  }

  private static Map<String, Object> object(String kind, Map<String, Object> config) {
    return Map.of("class_name", kind, "config", config);
  }

  static Stream<Case> recurrent() {
    return Stream.of(
        set("chain", "rnn", "return_state", true, "return_state"),
        set("chain", "rnn", "time_major", true, "time_major"),
        set("chain", "rnn", "peephole", true, "\"peephole\"", "not understood"),
        set("chain", "rnn", "return_sequences", false, "return_sequences=False"),
        set("chain", "rnn", "activation", "gelu", "activation \"gelu\""),
        set("chain", "rnn", "activation", 3.0, "activation \"3.0\""),
        set("chain", "rnn", "activation", object("PReLU", Map.of()), "PReLU"),
        set("chain", "rnn", "activation", object("ReLU", Map.of("max_value", 6.0)), "max_value"),
        set("chain", "rnn", "activation", object("ReLU", Map.of("threshold", 1.0)), "threshold"),
        set("chain", "rnn", "activation", object("ELU", Map.of("alpha", "x")), "ELU"),
        set(
            "chain",
            "rnn",
            "activation",
            Map.of("class_name", "ELU", "config", Map.of(), "registered_name", "My>ELU"),
            "My>ELU"),
        set("chain", "lstm", "recurrent_activation", "swish", "recurrent_activation \"swish\""),
        of(
            "chain",
            "lstm",
            e -> e.version(0, 0).set("lstm", "recurrent_activation", "hard_sigmoid"),
            "hard_sigmoid",
            "keras_version"),
        set("chain", "rnn", "units", 4.0, "kernel has shape [2, 3]"),
        set("chain", "rnn", "units", 0.5, "units"),
        set("chain", "rnn", "units", 1e9, "units"),
        set("chain", "rnn", "use_bias", false, "[bias, kernel, recurrent_kernel]"),
        set("chain", "rnn", "use_bias", 1.0, "use_bias"),
        set("chain", "rnn", "dtype", "mixed_float16", "mixed_float16"),
        set("chain", "rnn", "dtype", Map.of("config", Map.of("name", "bfloat16")), "bfloat16"),
        set("turned", "lstm", "go_backwards", 1.0, "go_backwards"),
        of("backwards", "lstm", e -> e.set("lstm", "return_sequences", true), "backwards"),
        of(
            "turned",
            "last",
            e -> e.set("again", "go_backwards", false),
            "puts out its sequence backwards"),
        of(
            "turned",
            "more",
            e -> e.insert("again", "SimpleRNN", "more", e.config("rnn")),
            "has the weights [], expected"));
  }

  static Stream<Case> bothDirections() {
    String base = "bidirectional";
    return Stream.of(
        set(base, "both", "merge_mode", "sum", "merge_mode \"sum\""),
        set(base, "both", "merge_mode", "ave", "merge_mode \"ave\""),
        set(base, "both", "merge_mode", "mul", "merge_mode \"mul\""),
        set(base, "both", "merge_mode", null, "merge_mode None"),
        set(base, "both", "num_constants", 1.0, "num_constants"),
        set(base, "both", "weights", List.of(), "\"weights\""),
        set(base, "both", "layer", "LSTM", "description"),
        set(base, "both", "backward_layer", "LSTM", "description"),
        of(base, "both", e -> e.config("both", "layer").put("go_backwards", true), "forward layer"),
        of(base, "both", e -> e.config("both", "layer").put("units", 4.0), "kind or size"),
        of(base, "both", e -> e.config("both", "layer").put("return_sequences", false), "kind or"),
        of(base, "both", e -> e.config("both", "layer").put("return_state", true), "return_state"),
        of(base, "both", e -> e.config("both", "layer").put("activation", "mish"), "\"mish\""),
        of(
            base,
            "both",
            e -> e.config("both", "backward_layer").put("go_backwards", false),
            "go_backwards=False"),
        of(
            base,
            "both",
            e -> {
              e.config("both").put("layer", object("GRU", e.config("both", "layer")));
              e.config("both").put("backward_layer", null);
            },
            "GRU"),
        of(
            base,
            "both_rnn",
            e -> {
              Map<String, Object> alone = e.config("both", "layer");
              alone.put("go_backwards", true);
              e.layer("both").putAll(object("LSTM", alone));
            },
            "says that it belongs to [both]"));
  }

  static Stream<Case> dense() {
    return Stream.of(
        set("chain", "dense", "activation", "softmax", "activation \"softmax\"", "activation=None"),
        set("chain", "dense", "lora_rank", 4.0, "lora_rank"),
        set("chain", "dense", "quantization_config", Map.of("mode", "int8"), "quantization_config"),
        set("chain", "dense", "units", 2.0, "kernel has shape"),
        of(
            "bidirectional_each",
            "spread",
            e -> e.config("spread").put("layer", object("Flatten", Map.of("name", "flat"))),
            "Flatten"),
        of(
            "bidirectional_each",
            "spread",
            e -> {
              e.config("both", "layer").put("return_sequences", false);
              e.config("both", "backward_layer").put("return_sequences", false);
            },
            "return_sequences=False"),
        of("bidirectional_each", "spread", e -> e.set("spread", "layer", null), "description"),
        of(
            "stacked",
            "early",
            e -> e.insert("first", "Activation", "early", Map.of("activation", "tanh")),
            "does not follow a linear Dense"),
        of(
            "stacked",
            "twice",
            e -> {
              e.set("out", "activation", "relu");
              e.insert("", "Activation", "twice", Map.of("activation", "tanh"));
            },
            "does not follow a linear Dense"),
        of(
            "stacked",
            "capped",
            e -> e.insert("", "ReLU", "capped", Map.of("max_value", 6.0)),
            "max_value"),
        of("stacked", "soft", e -> e.insert("", "Softmax", "soft", Map.of()), "Softmax", "outputs"),
        of(
            "stacked",
            "hidden",
            e -> e.layers().add(1, e.layers().remove(e.layers().indexOf(e.layer("hidden")))),
            "dense layers must come last"),
        of(
            "stacked",
            "second",
            e -> {
              e.set("second", "return_sequences", true);
              e.layers().add(e.layers().remove(e.layers().indexOf(e.layer("second"))));
            },
            "dense layers must come last"));
  }

  static Stream<Case> otherKinds() {
    List<Case> cases = new ArrayList<>();
    for (String kind :
        List.of(
            "GRU",
            "ConvLSTM1D",
            "CuDNNLSTM",
            "Lambda",
            "Attention",
            "Concatenate",
            "Conv1D",
            "Embedding",
            "BatchNormalization",
            "LayerNormalization",
            "Flatten",
            "RepeatVector")) {
      cases.add(of("stacked", "more", e -> e.insert("second", kind, "more", Map.of()), kind));
    }
    cases.add(
        of(
            "stacked",
            "more",
            e ->
                e.insert(
                    "second",
                    "RNN",
                    "more",
                    Map.of("cell", object("PeepholeLSTMCell", Map.of("units", 3.0)))),
            "PeepholeLSTMCell"));
    cases.add(
        of(
            "stacked",
            "scale",
            e -> e.layer("scale").put("registered_name", "Custom>Scale"),
            "Custom>Scale"));
    cases.add(set("stacked", "drop", "temperature", 2.0, "\"temperature\""));
    cases.add(of("stacked", "drop", e -> e.layer("drop").put("hook", "x"), "\"hook\""));
    cases.add(of("stacked", "", e -> e.model().put("hook", "x"), "config.json: has \"hook\""));
    cases.add(set("chain", "input_1", "sparse", true, "sparse"));
    cases.add(set("chain", "input_1", "ragged", true, "ragged"));
    return cases.stream();
  }

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
        of(
            "stacked",
            "again",
            e -> e.insert("first", "Rescaling", "again", Map.of("scale", 1.0, "offset", 0.0)),
            "comes after another layer"),
        of(
            "given",
            "late",
            e -> e.insert("", "Rescaling", "late", Map.of("scale", 1.0, "offset", 0.0)),
            "comes after another layer"),
        of(
            "turned",
            "scale",
            e -> e.insert("lstm", "Rescaling", "scale", Map.of("scale", -1.0, "offset", 0.0)),
            "above 0 for scale"),
        of(
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
        of("given", "scale", e -> e.insert("scale", "Masking", "m", mask(0.0)), "before Masking"),
        of("given", "mask", e -> e.insert("", "Masking", "mask", mask(0.0)), "comes after another"),
        of(
            "bidirectional",
            "mask",
            e -> e.insert("both_rnn", "Masking", "mask", mask(0.0)),
            "comes after another"),
        of(
            "turned",
            "mask",
            e -> e.insert("lstm", "Masking", "mask", mask(object("__tensor__", Map.of()))),
            "expected a number"),
        of(
            "turned",
            "mask",
            e -> {
              e.insert("lstm", "Rescaling", "scale", Map.of("scale", 0.1, "offset", 0.5));
              e.insert("lstm", "Masking", "mask", mask(0.0));
            },
            "comes after Rescaling"),
        of(
            "turned",
            "mask",
            e -> {
              e.insert("lstm", "Rescaling", "scale", Map.of("scale", 0.1, "offset", 0.0));
              e.insert("lstm", "Masking", "mask", mask(0.1));
            },
            "comes after Rescaling"),
        of(
            "turned",
            "lstm",
            e -> e.insert("lstm", "Masking", "mask", mask(0.0)),
            "go_backwards and return_sequences after Masking"),
        of(
            "bidirectional_each",
            "both",
            e -> e.insert("both", "Masking", "mask", mask(0.0)),
            "zeros at the masked timesteps"),
        of("masked", "rnn", e -> e.set("rnn", "zero_output_for_mask", true), "zeros at the masked"),
        of("masked", "lstm", e -> e.version(3, 16), "does not hand the mask on"),
        of("masked", "lstm", e -> e.set("masking", "mask_value", 2.0), "a mask that is not"),
        of("masked", "lstm", e -> e.set("any", "axis", 1.0), "a mask that is not"),
        of("masked", "lstm", e -> e.set("any", "keepdims", true), "a mask that is not"));
  }

  static Stream<Case> chains() {
    return Stream.of(
        of(
            "chain",
            "",
            e -> e.model().put("output_layers", ends("rnn")),
            "output_layers",
            "\"rnn\""),
        of(
            "chain",
            "",
            e -> e.model().put("output_layers", List.of(ends("rnn"), ends("dense"))),
            "output_layers",
            "rnn, dense"),
        of("chain", "", e -> e.model().put("output_layers", second("dense")), "output_layers"),
        of("chain", "", e -> e.model().remove("output_layers"), "output_layers"),
        of("chain", "", e -> e.model().put("input_layers", ends("rnn")), "input_layers"),
        of("chain", "", e -> e.model().put("input_layers", List.of()), "no layer"),
        of(
            "chain",
            "rnn",
            e -> e.call("rnn").put("kwargs", Map.of("initial_state", List.of(1.0))),
            "further arguments"),
        of("chain", "rnn", e -> e.call("rnn").put("args", List.of(7.0)), "further arguments"),
        of("chain", "lstm", e -> e.layer("lstm").put("inbound_nodes", List.of()), "second input"),
        of("chain", "lstm", e -> e.layer("lstm").remove("inbound_nodes"), "inbound_nodes"),
        of(
            "chain",
            "dense",
            e -> e.call("dense").put("args", e.call("lstm").get("args")),
            "on a branch"),
        of(
            "masked",
            "lstm",
            e -> e.layers().remove(e.layer("any")),
            "a mask that is not that of a Masking layer"));
  }

  private static List<Object> ends(String layer) {
    return Arrays.asList(layer, 0.0, 0.0);
  }

  private static List<Object> second(String layer) {
    return Arrays.asList(layer, 0.0, 1.0);
  }

  @ParameterizedTest
  @MethodSource({
    "recurrent",
    "bothDirections",
    "dense",
    "otherKinds",
    "scaling",
    "masking",
    "chains"
  })
  void refusesByName(Case change) throws IOException {
    KerasEdit edit = new KerasEdit(change.base());
    change.edit().accept(edit);
    String message = assertThrows(ModelFormatException.class, edit::read).getMessage();
    assertTrue(message.startsWith(KerasEdit.FILE + ": "), message);
    assertTrue(change.layer().isEmpty() || message.contains('"' + change.layer() + '"'), message);
    for (String part : change.named()) {
      assertTrue(message.contains(part), message + " lacks " + part);
    }
  }

  /** Else every case could be refused for another reason. */
  @Test
  void theUnchangedFilesAreRead() throws IOException {
    for (String name :
        List.of(
            "chain",
            "turned",
            "backwards",
            "bidirectional",
            "bidirectional_each",
            "stacked",
            "given",
            "masked")) {
      new KerasEdit(name + "_k3.keras").read();
    }
  }

  /** What changes nothing is read. */
  @Test
  void trainingAndTheFormOfARunChangeNothing() throws IOException {
    KerasEdit edit = new KerasEdit("chain_k3.keras");
    String before = edit.read().sequenceModel().describe();
    edit.set("rnn", "stateful", true).set("rnn", "unroll", true).set("rnn", "dropout", 0.5);
    edit.set("lstm", "unit_forget_bias", false).set("lstm", "implementation", 2.0);
    edit.set("lstm", "use_cudnn", "auto")
        .set("dense", "kernel_regularizer", object("L2", Map.of()));
    edit.set("rnn", "time_major", false).set("rnn", "dtype", "float64");
    Map<String, Object> tanh =
        Map.of("module", "builtins", "class_name", "function", "config", "tanh");
    Map<String, Object> named = new HashMap<>(tanh);
    named.put("registered_name", "function");
    edit.set("rnn", "activation", named);
    edit.model().put("output_layers", List.of(ends("dense")));
    edit.model().put("input_layers", Map.of("x", ends("input_1")));
    assertEquals(before, edit.read().sequenceModel().describe());
  }

  /** The mask's way to a second recurrent layer is not asked of Keras 3.16 where there is none. */
  @Test
  void oneMaskedLayerIsReadOfEveryVersion() throws IOException {
    KerasEdit edit = new KerasEdit("backwards_k3.keras").version(3, 16);
    edit.insert("lstm", "Masking", "mask", mask(0.0));
    assertEquals(0, edit.read().sequenceModel().maskValue().orElseThrow());
  }
}
