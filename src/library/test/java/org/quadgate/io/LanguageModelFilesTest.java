// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quadgate.RandomWeights;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.io.safetensors.SafetensorsFile;
import org.quadgate.io.torch.TorchWriter;
import org.quadgate.network.Architecture;
import org.quadgate.network.DirectionWeights;
import org.quadgate.network.Network;
import org.quadgate.network.RecurrentLayer;
import org.quadgate.text.LanguageModel;
import org.quadgate.text.Tokens;
import org.quadgate.text.Vocabulary;

/** Language models to files and back, and files that are none. */
@Tag("once")
class LanguageModelFilesTest {
  private static final int SIZE = 5;

  @TempDir private Path dir;

  private static LanguageModel model() {
    // quotes, a line end, a control character and what is beyond 16 bits have to come back
    Vocabulary vocabulary =
        new Vocabulary(List.of("<unk>", "\n", "\"", "\\", "\u0001", "\uD83D\uDE00", "é"));
    Network network =
        RandomWeights.of(Architecture.builder(SIZE).lstm(6).linear(7).build(), 3).toNetwork();
    return new LanguageModel(Tokens.CHARS, vocabulary, RandomWeights.inputs(7 * SIZE, 4), network);
  }

  private Path saved() throws IOException {
    Path file = dir.resolve("lm.safetensors");
    LanguageModelFiles.write(model(), file);
    return file;
  }

  @Test
  void comesBackAsItWas() throws IOException {
    LanguageModel read = LanguageModelFiles.read(saved());
    assertEquals(Tokens.CHARS, read.tokens());
    assertEquals(model().vocabulary().tokens(), read.vocabulary().tokens());
    assertArrayEquals(model().embedding(), read.embedding());
    Weights.assertSame(model().network().weightArrays(), read.network());
  }

  @Test
  void aNetworkThatIsNotPlainIsNoLanguageModels() throws IOException {
    Network network = model().network();
    RecurrentLayer layer = network.layers().getFirst();
    RecurrentLayer projecting =
        RecurrentLayer.builder(layer.cell(), SIZE, 9)
            .weights(
                DirectionWeights.builder(
                        new float[4 * 9 * SIZE], new float[4 * 9 * 6], new float[4 * 9])
                    .projection(new float[6 * 9])
                    .build())
            .build();
    Network other = network.withLayers(List.of(projecting));
    var e =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                new LanguageModel(Tokens.CHARS, model().vocabulary(), model().embedding(), other));
    assertTrue(e.getMessage().contains("projects its hidden state"), e.getMessage());
    Path file = changed(Map.of(), List.of(7L, 5L), other);
    var f = assertThrows(ModelFormatException.class, () -> LanguageModelFiles.read(file));
    assertTrue(f.getMessage().contains("projects its hidden state"), f.getMessage());
  }

  @Test
  void theVectorsAreTheModelsOwn() {
    float[] vectors = model().embedding();
    LanguageModel model =
        new LanguageModel(Tokens.CHARS, model().vocabulary(), vectors, model().network());
    vectors[0] = 9;
    model.embedding()[1] = 9;
    assertArrayEquals(model().embedding(), model.embedding());
  }

  @Test
  void eachKindOfReaderRefusesTheOthersFile() throws IOException {
    Path text = saved();
    var e = assertThrows(ModelFormatException.class, () -> ModelFiles.read(text));
    assertTrue(e.getMessage().contains("language model"), e.getMessage());
    Path plain = dir.resolve("plain.safetensors");
    ModelFiles.write(model().network(), plain);
    var f = assertThrows(ModelFormatException.class, () -> LanguageModelFiles.read(plain));
    assertTrue(
        f.getMessage().contains("expected a model that was trained on text"), f.getMessage());
  }

  /** The file again, with other metadata and an embedding of another shape. */
  private Path changed(Map<String, String> metadata, List<Long> shape) throws IOException {
    return changed(metadata, shape, model().network());
  }

  private Path changed(Map<String, String> metadata, List<Long> shape, Network network)
      throws IOException {
    SafetensorsFile file = SafetensorsFile.read(saved());
    var all = new LinkedHashMap<>(file.metadata());
    all.remove("quadgate.checksum");
    all.keySet().removeIf(key -> key.contains("checksum"));
    all.putAll(metadata);
    all.values().removeIf(String::isEmpty);
    Path to = dir.resolve("changed.safetensors");
    var embedding =
        SafetensorsFile.Tensor.of(
            "embedding.weight",
            new float[(int) (shape.getFirst() * shape.getLast())],
            shape.getFirst(),
            shape.getLast());
    TorchWriter.write(network, all, List.of(embedding), to);
    return to;
  }

  private void refused(String message, Map<String, String> metadata, long rows, long columns)
      throws IOException {
    Path file = changed(metadata, List.of(rows, columns));
    var e = assertThrows(ModelFormatException.class, () -> LanguageModelFiles.read(file));
    assertTrue(e.getMessage().startsWith(file + ": "), e.getMessage());
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  @Test
  void namesWhatDoesNotFit() throws IOException {
    assertEquals(
        7, LanguageModelFiles.read(changed(Map.of(), List.of(7L, 5L))).vocabulary().size());
    refused("expected chars or words", Map.of("quadgate.tokens", "bytes"), 7, 5);
    refused("expected a model that was trained on text", Map.of("quadgate.tokens", ""), 7, 5);
    refused("expected a float for each of 7 tokens and 5 inputs", Map.of(), 5, 7);
    refused(
        "expected a float for each of 2 tokens",
        Map.of("quadgate.vocabulary", "[\"<unk>\",\"a\"]"),
        7,
        5);
    refused("outputs", Map.of("quadgate.vocabulary", "[\"<unk>\",\"a\"]"), 2, 5);
    refused("quadgate.vocabulary", Map.of("quadgate.vocabulary", "[\"<unk>\",1]"), 2, 5);
    refused("quadgate.vocabulary", Map.of("quadgate.vocabulary", "{"), 2, 5);
    refused(
        "expected <unk>",
        Map.of("quadgate.vocabulary", "[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\"]"),
        7,
        5);
  }

  @Test
  void noDamagedFileIsTaken() throws IOException {
    byte[] whole = Files.readAllBytes(saved());
    Path file = dir.resolve("damaged.safetensors");
    for (int length = 0; length < whole.length; length += length < 1500 ? 1 : 37) {
      Files.write(file, java.util.Arrays.copyOf(whole, length));
      assertThrows(ModelFormatException.class, () -> LanguageModelFiles.read(file), "cut short");
    }
    for (int at = 0; at < whole.length; at++) {
      byte[] flipped = whole.clone();
      flipped[at] ^= 1;
      Files.write(file, flipped);
      try {
        LanguageModelFiles.read(file);
        throw new AssertionError("byte " + at + " changed and nobody noticed");
      } catch (ModelFormatException _) {
        // as it should be
      }
    }
  }
}
