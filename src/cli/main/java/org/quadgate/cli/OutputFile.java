// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * A file that appears whole or not at all: it is written beside its place and renamed by {@link
 * #commit}. So it may also be the file that is being read. What is no regular file, such as {@code
 * /dev/null} or a named pipe, is written in place.
 */
final class OutputFile implements Closeable {
  private final Path path;
  private final Path target;
  private final Path written;
  private final OutputStream stream;

  private OutputFile(Path path, Path target, Path written, OutputStream stream) {
    this.path = path;
    this.target = target;
    this.written = written;
    this.stream = stream;
  }

  /**
   * Begins the file.
   *
   * @throws BadInputException if it cannot be made there
   */
  static OutputFile create(Path path) {
    try {
      if (Files.isDirectory(path)) {
        throw new BadInputException(path + ": is a folder, expected the name of a file to write");
      }
      if (Files.exists(path) && !Files.isRegularFile(path)) {
        return new OutputFile(path, path, path, Files.newOutputStream(path));
      }
      // through a link to the file itself, so that the link stays one
      Path target = Files.exists(path) ? path.toRealPath() : path.toAbsolutePath();
      if (Files.exists(target) && !Files.isWritable(target)) {
        throw new BadInputException(path + ": cannot be written: permission denied");
      }
      String unique = "." + target.getFileName() + "." + Long.toHexString(System.nanoTime());
      Path beside = target.resolveSibling(unique + ".tmp");
      OutputStream stream = Files.newOutputStream(beside, StandardOpenOption.CREATE_NEW);
      beside.toFile().deleteOnExit(); // for Ctrl-C
      return new OutputFile(path, target, beside, stream);
    } catch (IOException e) {
      throw BadInputException.writing(path, e);
    }
  }

  /** Takes the bytes; its failures are {@link BadInputException}s that name the file. */
  OutputStream stream() {
    return new OutputStream() {
      @Override
      public void write(int b) {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) {
        try {
          stream.write(bytes, offset, length);
        } catch (IOException e) {
          throw BadInputException.writing(path, e);
        }
      }
    };
  }

  /** Puts the finished file in its place. */
  void commit() {
    try {
      stream.close();
      if (!written.equals(target)) {
        move();
      }
    } catch (IOException e) {
      throw BadInputException.writing(path, e);
    }
  }

  private void move() throws IOException {
    try {
      Files.move(
          written, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(written, target, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** Takes back what was not committed. */
  @Override
  public void close() {
    try {
      stream.close();
      if (!written.equals(target)) {
        Files.deleteIfExists(written);
      }
    } catch (IOException e) {
      throw BadInputException.writing(path, e);
    }
  }
}
