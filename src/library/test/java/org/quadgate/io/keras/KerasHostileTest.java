// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.keras;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.quadgate.io.ModelFiles;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.network.Network;

/** Whatever is in a Keras file, the reader answers with a model or its one exception, and soon. */
@Tag("once")
class KerasHostileTest {
  private static final Path FOLDER = Path.of("src", "library", "test", "resources", "keras");
  @TempDir Path folder;

  /** The model, or null where the file is refused; anything else fails. */
  private Network read(byte[] bytes, String name, String what) {
    Path file = folder.resolve(name);
    try {
      return KerasFile.read(file, bytes);
    } catch (ModelFormatException e) {
      assertTrue(e.getMessage().startsWith(file + ": "), what + ": " + e.getMessage());
      return null;
    } catch (RuntimeException | Error | IOException e) {
      return fail(what, e);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny_k2.h5", "bidirectional_k21.h5", "chain_k3.keras"})
  void refusesEveryTruncation(String name) throws IOException {
    byte[] whole = Files.readAllBytes(FOLDER.resolve(name));
    for (int length = 0; length < whole.length; length++) {
      Network model = read(Arrays.copyOf(whole, length), name, "length " + length);
      assertNull(model, "accepted the first " + length + " bytes");
    }
  }

  /** HDF5 as Keras writes it has no checksums: a flipped weight is a weight. */
  @Test
  void aFlippedByteIsRefusedOrRead() throws IOException {
    byte[] bytes = Files.readAllBytes(FOLDER.resolve("tiny_k2.h5"));
    int refused = 0;
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] ^= (byte) 0xff;
      refused += read(bytes, "flipped.h5", "byte " + i) == null ? 1 : 0;
      bytes[i] ^= (byte) 0xff;
    }
    assertTrue(refused > 500, "only " + refused + " refused");
  }

  /** A zip has a checksum an entry: what is accepted is the same model, bit for bit. */
  @ParameterizedTest
  @ValueSource(strings = {"chain_k3.keras", "bidirectional_k213.keras"})
  void aFlippedByteOfAZipNeverMakesAnotherModel(String name) throws IOException {
    byte[] bytes = Files.readAllBytes(FOLDER.resolve(name));
    Network whole = KerasFile.read(FOLDER.resolve(name));
    float[] expected = numbers(whole);
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] ^= (byte) 0xff;
      Network model = read(bytes, "flipped.keras", "byte " + i);
      if (model != null) {
        assertEquals(whole.describe(), model.describe(), "byte " + i);
        assertArrayEquals(expected, numbers(model), "byte " + i);
      }
      bytes[i] ^= (byte) 0xff;
    }
  }

  private static float[] numbers(Network model) {
    List<float[]> parts = new ArrayList<>();
    parts.addAll(List.of(model.inputScaling().mean(), model.inputScaling().std()));
    model.layers().stream()
        .flatMap(layer -> layer.directions().stream())
        .forEach(d -> parts.addAll(List.of(d.input(), d.recurrent(), d.bias())));
    model.head().forEach(l -> parts.addAll(List.of(l.weight(), l.bias())));
    float[] all = new float[parts.stream().mapToInt(p -> p.length).sum()];
    int at = 0;
    for (float[] part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }

  private Path zip(Object... namesAndContents) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (int i = 0; i < namesAndContents.length; i += 2) {
        zip.putNextEntry(new ZipEntry((String) namesAndContents[i]));
        zip.write((byte[]) namesAndContents[i + 1]);
        zip.closeEntry();
      }
    }
    return Files.write(folder.resolve("made.keras"), bytes.toByteArray());
  }

  @Test
  void refusesAZipBomb() throws IOException {
    Path file = zip("config.json", new byte[40 << 20]);
    assertTrue(Files.size(file) < 100_000);
    String message =
        assertThrows(ModelFormatException.class, () -> ModelFiles.read(file)).getMessage();
    assertTrue(message.contains("config.json") && message.contains("times as long"), message);
  }

  @Test
  void refusesOtherEntriesAndWritesNothing() throws IOException {
    Path file = zip("../escaped.txt", new byte[3]);
    String message =
        assertThrows(ModelFormatException.class, () -> ModelFiles.read(file)).getMessage();
    assertTrue(message.contains("../escaped.txt"), message);
    assertFalse(Files.exists(folder.resolveSibling("escaped.txt")));
    String missing =
        assertThrows(
                ModelFormatException.class, () -> ModelFiles.read(zip("config.json", new byte[2])))
            .getMessage();
    assertTrue(missing.contains("has no entry"), missing);
  }

  /** A B-tree whose inner nodes are their own children: a walk without a budget would not end. */
  @Test
  void endsOnACycle() throws IOException {
    byte[] bytes = Files.readAllBytes(FOLDER.resolve("tiny_k2.h5"));
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int nodes = 0;
    for (int at = 0; at + 48 < bytes.length; at += 8) {
      if (bytes[at] == 'T'
          && bytes[at + 1] == 'R'
          && bytes[at + 2] == 'E'
          && bytes[at + 3] == 'E') {
        bytes[at + 5] = 1; // an inner node, with two children
        buffer.putShort(at + 6, (short) 2);
        buffer.putLong(at + 32, at);
        buffer.putLong(at + 48, at);
        nodes++;
      }
    }
    assertTrue(nodes > 0);
    Network model =
        assertTimeoutPreemptively(
            Duration.ofSeconds(30), () -> read(bytes, "cycle.h5", "a cyclic B-tree"));
    assertNull(model);
  }

  /** 40 inner nodes, each the next one's parent twice: 2^40 leaves for a walk without a budget. */
  @Test
  void endsOnNodesThatAreSharedOverAndOver() throws IOException {
    byte[] old = Files.readAllBytes(FOLDER.resolve("tiny_k2.h5"));
    int levels = 40;
    int size = 80; // of a node: 24 bytes, then key, child, key, child, key, and some spare
    byte[] bytes = Arrays.copyOf(old, old.length + (levels + 1) * size);
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    buffer.putLong(40, bytes.length); // the superblock's end of file
    int tree = 0;
    while (bytes[tree] != 'T' || bytes[tree + 1] != 'R' || bytes[tree + 2] != 'E') {
      tree++;
    }
    int leaf = old.length + levels * size;
    System.arraycopy(old, tree, bytes, leaf, size);
    for (int level = -1; level < levels; level++) {
      int at = level < 0 ? tree : old.length + level * size;
      buffer.putInt(at, buffer.getInt(tree)).put(at + 4, (byte) 0).put(at + 5, (byte) 1);
      buffer.putShort(at + 6, (short) 2);
      int next = old.length + (level + 1) * size;
      buffer.putLong(at + 32, next).putLong(at + 48, next);
    }
    ModelFormatException e =
        assertTimeoutPreemptively(
            Duration.ofSeconds(30),
            () ->
                assertThrows(
                    ModelFormatException.class, () -> KerasFile.read(Path.of("dag.h5"), bytes)));
    assertTrue(e.getMessage().contains("reading would not end"), e.getMessage());
  }
}
