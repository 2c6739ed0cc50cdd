// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.format;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * A file that appears whole or not at all: it is written beside its place, and {@link #commit}
 * forces it to the disk and puts it there in one step. So it may also be the file that is being
 * read, and a failure at any point leaves an older file as it was.
 *
 * <pre>{@code
 * try (AtomicFile file = AtomicFile.create(path)) {
 *   file.stream().write(bytes);
 *   file.commit();
 * }
 * }</pre>
 *
 * <p>A link is replaced, not followed; whoever wants to follow one gives its real path. An older
 * file's permissions are not taken over. What is no regular file, such as {@code /dev/null} or a
 * named pipe, is written in place, for nothing can take that place.
 */
public final class AtomicFile implements Closeable {
  /** What goes into a file. */
  public interface Content {
    /** Writes all of it. */
    void writeTo(FileChannel channel) throws IOException;
  }

  private static final SecureRandom RANDOM = new SecureRandom();

  private final Path target;
  private final Path written;
  private final FileChannel channel;

  private AtomicFile(Path target, Path written, FileChannel channel) {
    this.target = target;
    this.written = written;
    this.channel = channel;
  }

  /**
   * Begins a file.
   *
   * @param path where it is to be
   * @throws IOException if nothing can be written there
   */
  public static AtomicFile create(Path path) throws IOException {
    Path target = path.toAbsolutePath();
    if (Files.exists(target) && !Files.isRegularFile(target) && !Files.isDirectory(target)) {
      return new AtomicFile(target, target, FileChannel.open(target, StandardOpenOption.WRITE));
    }
    // Files.createTempFile makes a file for the owner alone, and the finished one would stay so.
    Path beside =
        target.resolveSibling(
            ".quadgate-" + HexFormat.of().toHexDigits(RANDOM.nextLong()) + ".tmp");
    FileChannel channel =
        FileChannel.open(beside, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    return new AtomicFile(target, beside, channel);
  }

  /**
   * Writes a whole file.
   *
   * @throws IOException if writing fails; an older file is as it was
   */
  public static void replace(Path path, Content content) throws IOException {
    try (AtomicFile file = create(path)) {
      content.writeTo(file.channel);
      file.commit();
    }
  }

  /** Takes the bytes. */
  public FileChannel channel() {
    return channel;
  }

  /** Takes the bytes without buffering them; closing it would close the file. */
  public OutputStream stream() {
    return Channels.newOutputStream(channel);
  }

  /** The file that is being written, which a process that is killed leaves behind. */
  public Path written() {
    return written;
  }

  /**
   * Puts the finished file in its place.
   *
   * @throws IOException if that fails; an older file is as it was
   */
  public void commit() throws IOException {
    if (written.equals(target)) {
      channel.close();
      return;
    }
    channel.force(true);
    channel.close();
    Files.move(
        written, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    forceFolder(target.getParent());
  }

  /** Makes the rename itself outlast a power cut, where the platform lets a folder be forced. */
  private static void forceFolder(@Nullable Path folder) {
    if (folder == null) {
      return;
    }
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // The new file is whole and in place; some platforms cannot open a folder at all.
    }
  }

  /** Takes back what was not committed. */
  @Override
  public void close() throws IOException {
    try (channel) {
      if (!written.equals(target)) {
        Files.deleteIfExists(written);
      }
    }
  }
}
