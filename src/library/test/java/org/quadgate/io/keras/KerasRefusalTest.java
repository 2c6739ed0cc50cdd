// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.keras;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.quadgate.io.format.ModelFormatException;

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

  static Case refused(String base, String layer, Consumer<KerasEdit> edit, String... named) {
    return new Case(base + "_k3.keras", edit, layer, List.of(named));
  }

  /** One thing that a layer says, set to another. */
  static Case set(String base, String layer, String key, Object value, String... named) {
    return refused(base, layer, e -> e.config(layer).put(key, value), named);
  }

  static Map<String, Object> object(String kind, Map<String, Object> config) {
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
        refused(
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
        refused("backwards", "lstm", e -> e.set("lstm", "return_sequences", true), "backwards"),
        refused(
            "turned",
            "last",
            e -> e.set("again", "go_backwards", false),
            "puts out its sequence backwards"),
        refused(
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
        refused(
            base,
            "both",
            e -> e.config("both", "layer").put("go_backwards", true),
            "forward layer"),
        refused(base, "both", e -> e.config("both", "layer").put("units", 4.0), "kind or size"),
        refused(
            base, "both", e -> e.config("both", "layer").put("return_sequences", false), "kind or"),
        refused(
            base, "both", e -> e.config("both", "layer").put("return_state", true), "return_state"),
        refused(base, "both", e -> e.config("both", "layer").put("activation", "mish"), "\"mish\""),
        refused(
            base,
            "both",
            e -> e.config("both", "backward_layer").put("go_backwards", false),
            "go_backwards=False"),
        refused(
            base,
            "both",
            e -> {
              e.config("both").put("layer", object("GRU", e.config("both", "layer")));
              e.config("both").put("backward_layer", null);
            },
            "GRU"),
        refused(
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
        refused(
            "bidirectional_each",
            "spread",
            e -> e.config("spread").put("layer", object("Flatten", Map.of("name", "flat"))),
            "Flatten"),
        refused(
            "bidirectional_each",
            "spread",
            e -> {
              e.config("both", "layer").put("return_sequences", false);
              e.config("both", "backward_layer").put("return_sequences", false);
            },
            "return_sequences=False"),
        refused("bidirectional_each", "spread", e -> e.set("spread", "layer", null), "description"),
        refused(
            "stacked",
            "early",
            e -> e.insert("first", "Activation", "early", Map.of("activation", "tanh")),
            "does not follow a linear Dense"),
        refused(
            "stacked",
            "twice",
            e -> {
              e.set("out", "activation", "relu");
              e.insert("", "Activation", "twice", Map.of("activation", "tanh"));
            },
            "does not follow a linear Dense"),
        refused(
            "stacked",
            "capped",
            e -> e.insert("", "ReLU", "capped", Map.of("max_value", 6.0)),
            "max_value"),
        refused(
            "stacked",
            "soft",
            e -> e.insert("", "Softmax", "soft", Map.of()),
            "Softmax",
            "outputs"),
        refused(
            "stacked",
            "hidden",
            e -> e.layers().add(1, e.layers().remove(e.layers().indexOf(e.layer("hidden")))),
            "dense layers must come last"),
        refused(
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
      cases.add(refused("stacked", "more", e -> e.insert("second", kind, "more", Map.of()), kind));
    }
    cases.add(
        refused(
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
        refused(
            "stacked",
            "scale",
            e -> e.layer("scale").put("registered_name", "Custom>Scale"),
            "Custom>Scale"));
    cases.add(set("stacked", "drop", "temperature", 2.0, "\"temperature\""));
    cases.add(refused("stacked", "drop", e -> e.layer("drop").put("hook", "x"), "\"hook\""));
    cases.add(refused("stacked", "", e -> e.model().put("hook", "x"), "config.json: has \"hook\""));
    cases.add(set("chain", "input_1", "sparse", true, "sparse"));
    cases.add(set("chain", "input_1", "ragged", true, "ragged"));
    return cases.stream();
  }

  @ParameterizedTest
  @MethodSource({
    "recurrent",
    "bothDirections",
    "dense",
    "otherKinds",
    "org.quadgate.io.keras.KerasInputCases#scaling",
    "org.quadgate.io.keras.KerasInputCases#masking",
    "org.quadgate.io.keras.KerasInputCases#chains"
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
    String before = edit.read().describe();
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
    edit.model().put("output_layers", List.of(KerasInputCases.ends("dense")));
    edit.model().put("input_layers", Map.of("x", KerasInputCases.ends("input_1")));
    assertEquals(before, edit.read().describe());
  }

  /** The mask's way to a second recurrent layer is not asked of Keras 3.16 where there is none. */
  @Test
  void oneMaskedLayerIsReadOfEveryVersion() throws IOException {
    KerasEdit edit = new KerasEdit("backwards_k3.keras").version(3, 16);
    edit.insert("lstm", "Masking", "mask", Map.of("mask_value", 0.0));
    assertEquals(0, edit.read().maskValue().orElseThrow());
  }
}
