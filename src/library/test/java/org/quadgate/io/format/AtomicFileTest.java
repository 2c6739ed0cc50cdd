// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.format;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Files that appear whole or not at all. */
@Tag("once")
class AtomicFileTest {
  @TempDir Path folder;
  private Path path;

  @BeforeEach
  void putAnOlderFile() throws IOException {
    path = Files.writeString(folder.resolve("file.txt"), "old");
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  @Test
  void appearsWithCommit() throws IOException {
    try (AtomicFile file = AtomicFile.create(path)) {
      file.stream().write("new".getBytes(UTF_8));
      assertEquals("old", Files.readString(path));
      assertEquals("new", Files.readString(file.written()));
      file.commit();
      assertEquals("new", Files.readString(path));
    }
    assertEquals("new", Files.readString(path));
    assertEquals(List.of(path), files());
  }

  @Test
  void whatIsNotCommittedWasNever() throws IOException {
    try (AtomicFile file = AtomicFile.create(path)) {
      file.stream().write("new".getBytes(UTF_8));
    }
    assertEquals("old", Files.readString(path));
    assertEquals(List.of(path), files());
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "links take a privilege there")
  void aLinkIsReplacedAndNotFollowed() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link.txt"), path);
    AtomicFile.replace(link, channel -> channel.write(ByteBuffer.wrap("new".getBytes(UTF_8))));
    assertFalse(Files.isSymbolicLink(link));
    assertEquals("new", Files.readString(link));
    assertEquals("old", Files.readString(path));
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "has no such file")
  void whatIsNoRegularFileIsWrittenInPlace() throws IOException {
    Path nowhere = Path.of("/dev/null");
    try (AtomicFile file = AtomicFile.create(nowhere)) {
      assertEquals(nowhere, file.written());
      file.stream().write("new".getBytes(UTF_8));
      file.commit();
    }
    assertTrue(Files.exists(nowhere) && !Files.isRegularFile(nowhere));
  }
}
