// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.keras;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Memory, time and the one exception of the fuzz target, for every fixture and flipped bytes. */
@Tag("once")
class KerasBoundsTest {
  private static final Path FOLDER = Path.of("src", "library", "test", "resources", "keras");

  private static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.walk(FOLDER)) {
      return files.filter(file -> KerasFile.isOne(file)).sorted().toList();
    }
  }

  @Test
  void everyFixtureIsReadWithinBounds() throws IOException {
    int accepted = 0;
    for (Path file : files()) {
      accepted += KerasFuzz.accepts(file, Files.readAllBytes(file)) ? 1 : 0;
    }
    assertTrue(accepted >= 30 && accepted < files().size(), accepted + " of " + files().size());
  }

  @Test
  void everyFlippedByteIsReadWithinBounds() throws IOException {
    byte[] bytes = Files.readAllBytes(FOLDER.resolve("tiny_k2.h5"));
    int refused = 0;
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] ^= (byte) 0x80;
      refused += KerasFuzz.accepts(bytes) ? 0 : 1;
      bytes[i] ^= (byte) 0x80;
    }
    assertTrue(refused > 500, "only " + refused + " refused");
  }
}
