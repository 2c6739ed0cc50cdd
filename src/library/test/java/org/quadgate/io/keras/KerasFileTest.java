// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.keras;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.quadgate.Model;
import org.quadgate.StreamState;
import org.quadgate.io.ModelFiles;
import org.quadgate.io.format.ModelFormatException;

/** Files in Keras's layouts, made by scripts/make_keras_fixtures.py. */
class KerasFileTest {
  private static final Path FOLDER = Path.of("src", "library", "test", "resources", "keras");

  /** Each file that must be refused, and what the message has to name. */
  private static final Map<String, List<String>> REFUSED =
      Map.ofEntries(
          Map.entry("gru", List.of("\"gru\"", "\"GRU\"")),
          Map.entry("soft_link", List.of("soft link", "bias:0")),
          Map.entry("external_link", List.of("external link", "bias:0", "other.h5")),
          Map.entry("external_storage", List.of("bias:0", "external file")),
          Map.entry("compressed", List.of("bias:0", "compressed")),
          Map.entry("shared", List.of("kernel:0", "same object")),
          Map.entry("integer", List.of("bias:0", "float32")),
          Map.entry("infinite", List.of("\"lstm\"", "bias[0] is Infinity")),
          Map.entry("keras_1", List.of("keras_version", "Keras 1", "Keras 2")),
          Map.entry("bidirectional_turned", List.of("\"both\"", "puts out its sequence backwards")),
          Map.entry("swapped", List.of("backward_both", "\"both\"")),
          Map.entry("third", List.of("third", "\"both\"")),
          Map.entry("extra", List.of("/model_weights/lstm", "weight_names omits")));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "stacked_k2.h5",
        "stacked_k3.keras",
        "chain_k2.h5",
        "chain_k3.keras",
        "rescaled_k2.hdf5",
        "tiny_k2.h5"
      })
  void computesWhatKerasWould(String name) throws IOException {
    Model model = Model.of(ModelFiles.read(FOLDER.resolve(name)));
    List<String> lines = Files.readAllLines(FOLDER.resolve(name + ".golden.txt"));
    assertEquals(12, lines.size());
    StreamState state = model.newState();
    float[] x = new float[model.inputSize()];
    float[] y = new float[model.outputSize()];
    for (int t = 0; t < lines.size(); t++) {
      double[] row =
          Arrays.stream(lines.get(t).split(" ")).mapToDouble(Double::parseDouble).toArray();
      assertEquals(x.length + y.length, row.length);
      for (int i = 0; i < x.length; i++) {
        x[i] = (float) row[i];
      }
      model.step(state, x, y);
      for (int i = 0; i < y.length; i++) {
        // float arithmetic against double: some 20 roundings of 6e-8 of values around 1
        assertEquals(row[x.length + i], y[i], 3e-6, "timestep " + t + " output " + i);
      }
    }
  }

  static Stream<String> refused() {
    return REFUSED.keySet().stream().sorted();
  }

  @ParameterizedTest
  @MethodSource("refused")
  void refusesByName(String name) {
    Path file = FOLDER.resolve("refused").resolve(name + ".h5");
    ModelFormatException e = assertThrows(ModelFormatException.class, () -> ModelFiles.read(file));
    assertTrue(e.getMessage().startsWith(file + ": "), e.getMessage());
    for (String part : REFUSED.get(name)) {
      assertTrue(e.getMessage().contains(part), e.getMessage() + " lacks " + part);
    }
  }

  @Test
  void everyRefusedFileIsExpected() throws IOException {
    TreeSet<String> found = new TreeSet<>();
    try (Stream<Path> files = Files.list(FOLDER.resolve("refused"))) {
      files.forEach(f -> found.add(f.getFileName().toString().replace(".h5", "")));
    }
    assertEquals(new TreeSet<>(REFUSED.keySet()), found);
  }

  @Test
  void aMissingFileIsNoBadFile() {
    assertThrows(
        java.nio.file.NoSuchFileException.class, () -> ModelFiles.read(Path.of("absent.keras")));
  }

  @Test
  void namesClassesAsKerasDoes() {
    assertEquals("simple_rnn", KerasVariables.snakeCase("SimpleRNN"));
    assertEquals("lstm", KerasVariables.snakeCase("LSTM"));
    assertEquals("input_layer", KerasVariables.snakeCase("InputLayer"));
    assertEquals("spatial_dropout1d", KerasVariables.snakeCase("SpatialDropout1D"));
  }
}
