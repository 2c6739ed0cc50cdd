// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.file;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.quadgate.cli.refusal.BadInputException;
import org.quadgate.io.format.AtomicFile;

/**
 * A file that appears whole or not at all. A link stays one, and the file it leads to is replaced.
 * What is no regular file, such as {@code /dev/null} or a named pipe, is written in place.
 */
final class OutputFile {
  private static final int MOST_LINKS = 40;

  private OutputFile() {}

  /** Refuses a place that cannot be written, before any work has gone into the file. */
  static void check(Path path) {
    if (Files.isDirectory(path)) {
      throw new BadInputException(path + ": is a folder, expected the name of a file to write");
    }
    if (isDevice(path)) {
      return;
    }
    try {
      Path target = target(path);
      Path folder = target.getParent();
      if (!Files.isDirectory(folder)) {
        throw new NotDirectoryException(folder.toString());
      }
      if (!Files.isWritable(folder) || (Files.exists(target) && !Files.isWritable(target))) {
        throw new BadInputException(path + ": cannot be written: permission denied");
      }
    } catch (IOException e) {
      throw BadInputException.writing(path, e);
    }
  }

  private static boolean isDevice(Path path) {
    return Files.exists(path) && !Files.isRegularFile(path);
  }

  /** Where a path leads, through links, whether or not there is a file yet. */
  static Path target(Path path) throws IOException {
    Path at = path.toAbsolutePath();
    for (int links = 0; links < MOST_LINKS; links++) {
      if (Files.exists(at)) {
        return at.toRealPath();
      }
      if (!Files.isSymbolicLink(at)) {
        return at.getParent().toRealPath().resolve(at.getFileName());
      }
      at = at.resolveSibling(Files.readSymbolicLink(at));
    }
    throw new FileSystemException(path.toString(), null, "too many links");
  }

  /** Writes it. */
  static void write(Path path, Consumer<OutputStream> content) {
    check(path);
    try {
      boolean device = isDevice(path);
      try (AtomicFile file = AtomicFile.create(target(path))) {
        if (!device) {
          file.written().toFile().deleteOnExit(); // so that Ctrl-C leaves nothing behind
        }
        content.accept(naming(path, file.stream()));
        file.commit();
      }
    } catch (IOException e) {
      throw BadInputException.writing(path, e);
    }
  }

  /** A stream whose failures name the file, for libraries that would hide an IOException. */
  private static OutputStream naming(Path path, OutputStream to) {
    return new OutputStream() {
      @Override
      public void write(int b) {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) {
        try {
          to.write(bytes, offset, length);
        } catch (IOException e) {
          throw BadInputException.writing(path, e);
        }
      }
    };
  }
}
