// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

/**
 * Why an engine cannot run here, for the table. JMH measures in other JVMs and drops their
 * exceptions, so the reason goes through a file in a folder, one per engine and shape.
 *
 * @param engine its column in the table
 * @param shape the benchmark's parameter
 * @param reason one line
 */
public record Unavailable(String engine, String shape, String reason) {
  /** The environment variable, which forked JVMs inherit, that names the folder. */
  public static final String FOLDER = "QUADGATE_PEERS_REASONS";

  /**
   * Sets an engine up.
   *
   * @throws IllegalStateException with the reason, which is kept, if that fails
   */
  public static <T> T orReason(String engine, String shape, Callable<T> setup) throws IOException {
    String folder = System.getenv(FOLDER);
    return folder == null
        ? orReason(engine, shape, setup, null)
        : orReason(engine, shape, setup, Files.createDirectories(Path.of(folder)));
  }

  static <T> T orReason(String engine, String shape, Callable<T> setup, Path folder)
      throws IOException {
    // a native library that ends the JVM leaves no time for any other reason
    Unavailable crashed = new Unavailable(engine, shape, "the JVM ended while it was set up");
    crashed.keep(folder);
    try {
      T made = setup.call();
      crashed.forget(folder);
      return made;
    } catch (Exception | LinkageError e) {
      Unavailable unavailable = new Unavailable(engine, shape, oneLine(e));
      unavailable.keep(folder);
      throw new IllegalStateException(engine + " cannot run: " + unavailable.reason, e);
    }
  }

  /** The reasons kept in a folder, which need not exist. */
  static List<Unavailable> in(Path folder) throws IOException {
    List<Unavailable> found = new ArrayList<>();
    if (Files.isDirectory(folder)) {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.sorted().toList()) {
          List<String> lines = Files.readAllLines(file);
          found.add(new Unavailable(lines.get(0), lines.get(1), lines.get(2)));
        }
      }
    }
    return found;
  }

  private void keep(Path folder) throws IOException {
    if (folder != null) {
      Files.write(file(folder), List.of(engine, shape, reason));
    }
  }

  private void forget(Path folder) throws IOException {
    if (folder != null) {
      Files.deleteIfExists(file(folder));
    }
  }

  private Path file(Path folder) {
    return folder.resolve((engine + " " + shape).replaceAll("[^A-Za-z0-9]+", "-") + ".txt");
  }

  /** The innermost cause, which says most, on one line that Markdown reads as it stands. */
  private static String oneLine(Throwable thrown) {
    Throwable cause = thrown;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    String text = cause.getMessage() == null ? "" : ": " + cause.getMessage();
    return (cause.getClass().getSimpleName() + text).replaceAll("\\s+", " ").replace('|', '/');
  }
}
