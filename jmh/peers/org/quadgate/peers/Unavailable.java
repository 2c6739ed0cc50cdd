// SPDX-License-Identifier: Apache-2.0
package org.quadgate.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

/**
 * Why a peer cannot run here, for the table. JMH measures in other JVMs and drops their exceptions,
 * so the reason goes through a file in the folder that {@code scripts/bench} names.
 */
final class Unavailable {
  private static final String FOLDER = System.getenv("QUADGATE_PEERS_REASONS");

  private Unavailable() {}

  /**
   * Sets a peer up.
   *
   * @param shape that of the benchmark
   * @throws IllegalStateException with the reason, which is kept, if that fails
   */
  static <T> T orReason(String peer, String shape, Callable<T> setup) throws IOException {
    try {
      return setup.call();
    } catch (Exception | LinkageError e) {
      String reason = peer + " at " + shape + ": " + oneLine(e);
      if (FOLDER != null) {
        Files.writeString(Files.createDirectories(Path.of(FOLDER)).resolve(file(peer)), reason);
      }
      throw new IllegalStateException(reason, e);
    }
  }

  private static String file(String peer) {
    return peer.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-") + ".txt";
  }

  /** The innermost cause that says something, on one line and without what Markdown would read. */
  private static String oneLine(Throwable thrown) {
    Throwable cause = thrown;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    String text = cause.getMessage() == null ? "" : ": " + cause.getMessage();
    return (cause.getClass().getSimpleName() + text).replaceAll("\\s+", " ").replace('|', '/');
  }

  /** The reasons kept in {@code folder}, by file name. */
  static Map<String, String> read(Path folder) throws IOException {
    Map<String, String> reasons = new TreeMap<>();
    if (Files.isDirectory(folder)) {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.toList()) {
          reasons.put(file.getFileName().toString(), Files.readString(file));
        }
      }
    }
    return reasons;
  }
}
