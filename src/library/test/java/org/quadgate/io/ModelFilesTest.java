// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.quadgate.io.format.AtomicFile;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.io.safetensors.SafetensorsFile;
import org.quadgate.network.Architecture;
import org.quadgate.network.WeightArrays;

/** Whole files: what is written comes back, and no damage is taken for a model. */
@Tag("once")
class ModelFilesTest {
  @TempDir Path folder;

  static Stream<Architecture> architectures() {
    return Stream.of(
        Architecture.builder(1).lstm(1).build(),
        Architecture.builder(3).lstm(5).linear(2).build(),
        Architecture.builder(3).rnn(4).rnn(4).lstm(4).lstm(4).rnn(2).lstm(4).lstm(3).build(),
        Architecture.builder(2).lstm(2).lstm(2).linear(2).linear(2).linear(2).build(),
        Architecture.builder(2)
            .lstm(3)
            .linear(1)
            .inputNames(List.of("flow [m³/s]", "a \"quoted\"\n\u2028\\ name 😀"))
            .outputNames(List.of(""))
            .build());
  }

  @ParameterizedTest
  @MethodSource("architectures")
  void readsBackEveryBit(Architecture config) throws IOException {
    WeightArrays weights = Weights.random(config, 7);
    Path file = folder.resolve("model.safetensors");

    ModelFiles.write(weights.toNetwork(), file);

    Weights.assertSame(weights, ModelFiles.read(file));
  }

  @Test
  void readsBackNegativeZerosAndTinyNumbers() throws IOException {
    WeightArrays weights = new WeightArrays(Architecture.builder(1).lstm(1).linear(1).build());
    for (float[] array : Weights.arrays(weights)) {
      Arrays.fill(array, -0f);
    }
    weights.inputStd[0] = Float.MIN_VALUE;
    weights.outputStd[0] = 1;
    Path file = folder.resolve("MODEL.SafeTensors");

    ModelFiles.write(weights.toNetwork(), file);

    Weights.assertSame(weights, ModelFiles.read(file));
  }

  @Test
  void leavesOutWhatIsIdentity() throws IOException {
    WeightArrays weights =
        new WeightArrays(Architecture.builder(2).lstm(3).lstm(3).linear(1).build());
    Path file = folder.resolve("model.safetensors");

    ModelFiles.write(weights.toNetwork(), file);

    SafetensorsFile written = SafetensorsFile.read(file);
    assertEquals(
        List.of(
            "fc.bias",
            "fc.weight",
            "lstm.bias_hh_l0",
            "lstm.bias_hh_l1",
            "lstm.bias_ih_l0",
            "lstm.bias_ih_l1",
            "lstm.weight_hh_l0",
            "lstm.weight_hh_l1",
            "lstm.weight_ih_l0",
            "lstm.weight_ih_l1"),
        List.copyOf(written.tensors().keySet()));
    assertEquals("pt", written.metadata().get("format"));
    assertEquals("1", written.metadata().get("quadgate.format_version"));
    assertEquals("[\"lstm\",\"fc\"]", written.metadata().get("quadgate.layers"));
    assertEquals(4, written.metadata().size());
  }

  @Test
  void alignsTheData() throws IOException {
    for (int name = 0; name < 9; name++) {
      Architecture config =
          Architecture.builder(1).lstm(1).inputNames(List.of("n".repeat(name))).build();
      Path file = folder.resolve("model.safetensors");
      ModelFiles.write(new WeightArrays(config).toNetwork(), file);
      long length =
          ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN).getLong();
      assertEquals(0, length % 8);
    }
  }

  @Test
  void computesTheDocumentedChecksum() throws IOException {
    Architecture config = Architecture.builder(1).lstm(1).inputNames(List.of("ü")).build();
    WeightArrays weights = new WeightArrays(config);
    for (int i = 0; i < 4; i++) {
      weights.layers().get(0).input[i] = i + 0.5f;
    }
    Path file = folder.resolve("model.safetensors");

    ModelFiles.write(weights.toNetwork(), file);

    // computed by a Python script from the description of this package
    assertEquals(
        "c774a1fb827cb8bcb154b9e4293d8ee73c190053b6548c3461f8249386ba0a65",
        SafetensorsFile.read(file).metadata().get("quadgate.sha256"));
  }

  @Test
  void passesOverUnknownMetadataUnderAChecksum() throws IOException {
    Path file = folder.resolve("model.safetensors");
    WeightArrays weights = Weights.random(Architecture.builder(1).rnn(1).build(), 1);
    ModelFiles.write(weights.toNetwork(), file);
    SafetensorsFile written = SafetensorsFile.read(file);
    Map<String, String> metadata = new TreeMap<>(written.metadata());
    metadata.remove("quadgate.sha256");
    metadata.put("quadgate.later", "?");

    SafetensorsFile.write(file, metadata, List.copyOf(written.tensors().values()));

    Weights.assertSame(weights, ModelFiles.read(file));
  }

  @Test
  void refusesEveryTruncation() throws IOException {
    Path file = folder.resolve("model.safetensors");
    ModelFiles.write(
        Weights.random(Architecture.builder(1).lstm(1).linear(1).build(), 3).toNetwork(), file);
    byte[] whole = Files.readAllBytes(file);

    for (int length = 0; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThrows(ModelFormatException.class, () -> ModelFiles.read(file), "of " + length);
    }
    Files.write(file, Arrays.copyOf(whole, whole.length + 1));
    assertThrows(ModelFormatException.class, () -> ModelFiles.read(file));
  }

  @Test
  void takesNoDamagedByteForAnotherModel() throws IOException {
    Path file = folder.resolve("model.safetensors");
    WeightArrays weights = Weights.random(Architecture.builder(1).rnn(1).linear(1).build(), 4);
    ModelFiles.write(weights.toNetwork(), file);
    byte[] bytes = Files.readAllBytes(file);
    int accepted = 0;
    for (int at = 0; at < bytes.length; at++) {
      for (int mask : new int[] {1, 2, 32, 255}) {
        bytes[at] ^= (byte) mask;
        Files.write(file, bytes);
        bytes[at] ^= (byte) mask;
        try {
          Weights.assertSame(weights, ModelFiles.read(file));
          accepted++;
        } catch (ModelFormatException e) {
          assertEquals(1, e.getMessage().lines().count());
        }
      }
    }
    // a space that became another blank is all that may pass
    assertTrue(accepted <= 16, accepted + " damaged files accepted");
  }

  @Test
  void throwsNothingElseForDamageWithoutChecksum() throws IOException {
    Path file =
        new TensorFileBuilder()
            .metadata("{\"quadgate.layers\":\"[\\\"lstm\\\",\\\"fc\\\"]\"}")
            .tensor("input_mean", 1)
            .tensor("input_std", 1)
            .tensor("initial_h.0", 1)
            .lstm("lstm", 1, 1)
            .linear("fc", 1, 1)
            .writeTo(folder);
    byte[] whole = Files.readAllBytes(file);
    Random random = new Random(5);
    int refused = 0;
    for (int i = 0; i < 4_000; i++) {
      byte[] bytes = whole.clone();
      for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
        // mostly characters that mean something to JSON or to a number
        String likely = "{}[]\",:0123456789-_.elhw ";
        bytes[random.nextInt(bytes.length)] =
            (byte)
                (random.nextInt(4) == 0
                    ? random.nextInt(256)
                    : likely.charAt(random.nextInt(likely.length())));
      }
      Files.write(file, bytes);
      try {
        ModelFiles.read(file);
      } catch (ModelFormatException e) {
        refused++;
      }
    }
    assertTrue(refused > 2_000, refused + " refused");
  }

  @Test
  void namesTheKnownKinds() throws IOException {
    WeightArrays weights = new WeightArrays(Architecture.builder(1).rnn(1).build());
    for (String name : List.of("model.bin", "model", "safetensors")) {
      Path file = folder.resolve(name);
      Files.writeString(file, "old");
      for (ModelFormatException e :
          List.of(
              assertThrows(ModelFormatException.class, () -> ModelFiles.read(file)),
              assertThrows(
                  ModelFormatException.class, () -> ModelFiles.write(weights.toNetwork(), file)))) {
        assertEquals(
            file
                + ": file name: unknown kind of model file, expected a name in .safetensors or .onnx, or to read .h5, .hdf5"
                + " or .keras",
            e.getMessage());
      }
      assertEquals("old", Files.readString(file));
    }
    Path root = folder.getRoot();
    assertThrows(ModelFormatException.class, () -> ModelFiles.read(root));
    Path missing = folder.resolve("none.safetensors");
    assertThrows(NoSuchFileException.class, () -> ModelFiles.read(missing));
  }

  @Test
  void keepsTheOldFileIfTheContentFails() throws IOException {
    Path file = folder.resolve("model.safetensors");
    Files.writeString(file, "old");
    IOException full = new IOException("no space left");

    IOException thrown =
        assertThrows(
            IOException.class,
            () ->
                AtomicFile.replace(
                    file,
                    channel -> {
                      channel.write(ByteBuffer.wrap("ne".getBytes(StandardCharsets.UTF_8)));
                      throw full;
                    }));

    assertEquals(full, thrown);
    assertEquals("old", Files.readString(file));
    assertEquals(List.of(file), files());
  }

  @Test
  void keepsTheOldFileIfTheModelCannotBeWritten() throws IOException {
    Path file = folder.resolve("model.safetensors");
    Files.writeString(file, "old");
    WeightArrays infinite = new WeightArrays(Architecture.builder(1).rnn(1).build());
    infinite.layers().get(0).bias[0] = Float.POSITIVE_INFINITY;
    assertThrows(IllegalArgumentException.class, () -> infinite.toNetwork());

    WeightArrays halved =
        new WeightArrays(Architecture.builder(1).rnn(1).inputNames(List.of("\ud800")).build());
    assertThrows(ModelFormatException.class, () -> ModelFiles.write(halved.toNetwork(), file));

    WeightArrays wordy =
        new WeightArrays(
            Architecture.builder(1).rnn(1).inputNames(List.of("n".repeat(1 << 24))).build());
    assertThrows(ModelFormatException.class, () -> ModelFiles.write(wordy.toNetwork(), file));

    assertEquals("old", Files.readString(file));
    assertEquals(List.of(file), files());
  }

  @Test
  void leavesNothingBehindIfTheRenameFails() throws IOException {
    Path file = Files.createDirectory(folder.resolve("model.safetensors"));
    Files.writeString(file.resolve("inside"), "old");
    WeightArrays weights = new WeightArrays(Architecture.builder(1).rnn(1).build());

    assertThrows(IOException.class, () -> ModelFiles.write(weights.toNetwork(), file));

    assertEquals(List.of(file), files());
    assertEquals("old", Files.readString(file.resolve("inside")));
  }

  @Test
  void replacesAnOlderFile() throws IOException {
    Path file = folder.resolve("model.safetensors");
    ModelFiles.write(Weights.random(Architecture.builder(3).lstm(9).build(), 1).toNetwork(), file);
    WeightArrays second = Weights.random(Architecture.builder(1).rnn(1).build(), 2);

    ModelFiles.write(second.toNetwork(), file);

    Weights.assertSame(second, ModelFiles.read(file));
    assertEquals(List.of(file), files());
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }
}
