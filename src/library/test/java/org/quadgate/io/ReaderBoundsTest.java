// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.quadgate.io.format.ModelFormatException;

/** That broken promises are noticed; and safetensors files, which have a target of their own. */
@Tag("once")
class ReaderBoundsTest {
  private static final Path FIXTURES = Path.of("src", "library", "test", "resources", "fixtures");
  private static final Path CORPUS =
      Path.of("src", "library", "test", "resources", "fuzz", "safetensors");

  private static byte[] sink;

  @Test
  void aReaderThatBreaksAPromiseIsNoticed() {
    assertTrue(ReaderBounds.hold(1, 1, () -> "a model"));
    assertFalse(
        ReaderBounds.hold(
            1,
            1,
            () -> {
              throw new ModelFormatException(Path.of("f"), "p", "is bad");
            }));
    assertThrows(
        AssertionError.class,
        () ->
            ReaderBounds.hold(
                1,
                1,
                () -> {
                  throw new IndexOutOfBoundsException("3");
                }));
    assertThrows(
        AssertionError.class,
        () ->
            ReaderBounds.hold(
                1,
                1,
                () -> {
                  throw new IOException("of another kind");
                }));
    assertThrows(
        AssertionError.class,
        () ->
            ReaderBounds.hold(
                1000,
                64,
                () -> {
                  sink = new byte[8 << 20];
                  return sink;
                }));
  }

  @Test
  void everyFlippedByteOfASafetensorsFileIsRefusedOrRead() throws IOException {
    byte[] bytes = Files.readAllBytes(FIXTURES.resolve("tiny_1_1.safetensors"));
    assertTrue(SafetensorsFuzz.accepts(bytes));
    int refused = 0;
    for (int i = 0; i < bytes.length; i++) {
      for (int flip : new int[] {0xff, 1, 0x80}) {
        bytes[i] ^= (byte) flip;
        refused += SafetensorsFuzz.accepts(bytes) ? 0 : 1;
        bytes[i] ^= (byte) flip;
      }
    }
    assertTrue(refused > bytes.length, "only " + refused + " refused");
  }

  @Test
  void whatTheFuzzerFoundInterestingStaysHarmless() throws IOException {
    List<Path> corpus;
    try (Stream<Path> files = Files.list(CORPUS)) {
      corpus = files.sorted().toList();
    }
    assertTrue(corpus.size() >= 30, corpus.size() + " files");
    for (Path file : corpus) {
      SafetensorsFuzz.accepts(Files.readAllBytes(file));
    }
  }

  @Test
  void picklesAndUnknownFilesAreRefusedByName() {
    for (String name : List.of("model.pt", "model.pth", "model.pkl", "model.bin", "model.ckpt")) {
      ModelFormatException e =
          assertThrows(ModelFormatException.class, () -> ModelFiles.read(Path.of(name)));
      boolean pickle = !name.endsWith(".bin");
      String text = e.getMessage().toLowerCase(Locale.ROOT);
      assertTrue(pickle ? text.contains("pickle") : text.contains("unknown kind"), text);
    }
  }

  @Test
  void noiseIsRefused() throws IOException {
    Random random = new Random(3);
    List<Integer> sizes = new ArrayList<>(Arrays.asList(0, 1, 7, 8, 9, 100, 5000));
    for (int size : sizes) {
      byte[] noise = new byte[size];
      random.nextBytes(noise);
      assertFalse(SafetensorsFuzz.accepts(noise), "noise of " + size);
    }
  }
}
