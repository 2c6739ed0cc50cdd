// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.quadgate.LstmWeights;
import org.quadgate.io.ModelFiles;

/**
 * The demo's files in a folder: a model that PyTorch trained, a stream that the training did not
 * see, and PyTorch's outputs for it. {@code scripts/make_fixtures.py} made them.
 */
final class DemoFiles implements Closeable {
  private static final String[] NAMES = {"model.safetensors", "stream.csv", "expected.csv"};

  private final Path folder;
  private final boolean temporary;

  private DemoFiles(Path folder, boolean temporary) {
    this.folder = folder;
    this.temporary = temporary;
  }

  /**
   * Unpacks the files.
   *
   * @param folder made if it does not exist; null for one that is deleted on close
   */
  static DemoFiles unpack(Path folder) {
    DemoFiles files;
    try {
      files =
          folder == null
              ? new DemoFiles(Files.createTempDirectory("quadgate-demo"), true)
              : new DemoFiles(Files.createDirectories(folder), false);
    } catch (IOException e) {
      throw folder == null
          ? new BadInputException("demo: cannot make a temporary folder: " + e.getMessage(), e)
          : BadInputException.writing(folder, e);
    }
    for (String name : NAMES) {
      copy(name, files.folder.resolve(name));
    }
    return files;
  }

  private static void copy(String name, Path target) {
    byte[] bytes;
    try (InputStream resource = DemoFiles.class.getResourceAsStream("demo/" + name)) {
      if (resource == null) {
        throw new IllegalStateException("the demo's " + name + " is not in the jar");
      }
      bytes = resource.readAllBytes();
    } catch (IOException e) {
      throw new IllegalStateException("the demo's " + name + " cannot be read", e);
    }
    try (OutputFile file = OutputFile.create(target)) {
      file.stream().write(bytes);
      file.commit();
    } catch (IOException e) {
      throw BadInputException.writing(target, e);
    }
  }

  Path model() {
    return folder.resolve(NAMES[0]);
  }

  Path stream() {
    return folder.resolve(NAMES[1]);
  }

  Path expected() {
    return folder.resolve(NAMES[2]);
  }

  /** The model that the demo trained. */
  Path trained() {
    return folder.resolve("trained.safetensors");
  }

  /** The stream it was trained on. */
  Path events() {
    return folder.resolve("events.csv");
  }

  /** Keeps what the demo trained, and on what. */
  void keepTrained(LstmWeights weights, LatchTask task) {
    try (OutputFile file = OutputFile.create(events())) {
      task.write(file);
      file.commit();
    }
    try {
      ModelFiles.write(weights, trained());
    } catch (IOException e) {
      throw BadInputException.writing(trained(), e);
    }
  }

  /** What the demo found, as a page. */
  Path report() {
    return folder.resolve("report.html");
  }

  void keepReport(String html) {
    try (OutputFile file = OutputFile.create(report())) {
      file.stream().write(html.getBytes(StandardCharsets.UTF_8));
      file.commit();
    } catch (IOException e) {
      throw BadInputException.writing(report(), e);
    }
  }

  Path predictions() {
    return folder.resolve("predictions.csv");
  }

  Path percentiles() {
    return folder.resolve("latency.hgrm");
  }

  @Override
  public void close() {
    if (!temporary) {
      return;
    }
    try {
      for (String name : NAMES) {
        Files.deleteIfExists(folder.resolve(name));
      }
      Files.deleteIfExists(predictions());
      Files.deleteIfExists(percentiles());
      Files.deleteIfExists(trained());
      Files.deleteIfExists(events());
      Files.deleteIfExists(folder);
    } catch (IOException e) {
      throw BadInputException.writing(folder, e);
    }
  }
}
