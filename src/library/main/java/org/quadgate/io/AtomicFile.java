// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.HexFormat;

/** Replaces a file by a new one, all or nothing. */
final class AtomicFile {
  /** What goes into the file. */
  interface Content {
    void writeTo(FileChannel channel) throws IOException;
  }

  private static final SecureRandom RANDOM = new SecureRandom();

  private AtomicFile() {}

  /** Writes {@code content} beside {@code target}, forces it to the disk and renames it. */
  static void replace(Path target, Content content) throws IOException {
    Path absolute = target.toAbsolutePath();
    // Not Files.createTempFile: its file is for the owner alone, and the model would stay so.
    Path temporary =
        absolute.resolveSibling(
            ".quadgate-" + HexFormat.of().toHexDigits(RANDOM.nextLong()) + ".tmp");
    FileChannel channel =
        FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try {
      try (channel) {
        content.writeTo(channel);
        channel.force(true);
      }
      Files.move(
          temporary, absolute, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException | RuntimeException | Error e) {
      try {
        Files.deleteIfExists(temporary);
      } catch (IOException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
    forceFolder(absolute.getParent());
  }

  /** Makes the rename itself outlast a power cut, where the platform lets a folder be forced. */
  private static void forceFolder(Path folder) {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // The new file is whole and in place; some platforms cannot open a folder at all.
    }
  }
}
