// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Fuzz target: any bytes as a safetensors file. The reader wants a file; this writes it to memory
 * where the platform has a folder for that.
 */
public final class SafetensorsFuzz {
  /** Bytes allocated per byte of the file; SECURITY.md states it. */
  public static final int MULTIPLE = 64;

  private static final Path FILE = file();

  private SafetensorsFuzz() {}

  private static Path file() {
    try {
      Path memory = Path.of("/dev/shm");
      Path made =
          Files.isWritable(memory)
              ? Files.createTempFile(memory, "fuzz", ".safetensors")
              : Files.createTempFile("fuzz", ".safetensors");
      made.toFile().deleteOnExit();
      return made;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Jazzer calls this. */
  public static void fuzzerTestOneInput(byte[] bytes) throws IOException {
    accepts(bytes);
  }

  /** Whether the bytes are a model. */
  static boolean accepts(byte[] bytes) throws IOException {
    Files.write(FILE, bytes);
    return ReaderBounds.hold(bytes.length, MULTIPLE, () -> ModelFiles.read(FILE));
  }
}
