// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.demo;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.quadgate.cli.file.CommandFiles;
import org.quadgate.cli.refusal.BadInputException;
import org.quadgate.io.ModelFiles;
import org.quadgate.network.Network;

/**
 * The demo's files in a folder: a model that PyTorch trained, a stream that the training did not
 * see, and PyTorch's outputs for it. {@code scripts/make_fixtures.py} made them.
 */
final class DemoFiles implements Closeable {
  private static final String[] NAMES = {"model.safetensors", "stream.csv", "expected.csv"};

  private final Path folder;
  private final boolean temporary;
  private final CommandFiles files = new CommandFiles();

  private DemoFiles(Path folder, boolean temporary) {
    this.folder = folder;
    this.temporary = temporary;
    files
        .writes("the model", model())
        .writes("the stream", stream())
        .writes("the expected outputs", expected())
        .writes("the trained model", trained())
        .writes("its stream", events())
        .writes("the report", report())
        .writes("the predictions", predictions())
        .writes("the latencies", percentiles());
  }

  /**
   * The places of the files, none of which is written yet.
   *
   * @param folder made if it does not exist; null for one that is deleted on close
   */
  static DemoFiles in(Path folder) {
    DemoFiles demo;
    try {
      demo =
          folder == null
              ? new DemoFiles(Files.createTempDirectory("quadgate-demo"), true)
              : new DemoFiles(Files.createDirectories(folder), false);
    } catch (IOException e) {
      throw folder == null
          ? new BadInputException("demo: cannot make a temporary folder: " + e.getMessage(), e)
          : BadInputException.writing(folder, e);
    }
    demo.files.check();
    return demo;
  }

  /** Writes what the demo begins with. */
  void unpack() {
    for (String name : NAMES) {
      copy(name);
    }
  }

  private void copy(String name) {
    byte[] bytes;
    try (InputStream resource = DemoFiles.class.getResourceAsStream(name)) {
      if (resource == null) {
        throw new IllegalStateException("the demo's " + name + " is not in the jar");
      }
      bytes = resource.readAllBytes();
    } catch (IOException e) {
      throw new IllegalStateException("the demo's " + name + " cannot be read", e);
    }
    keep(folder.resolve(name), bytes);
  }

  private void keep(Path file, byte[] bytes) {
    write(
        file,
        to -> {
          try {
            to.write(bytes);
          } catch (IOException e) {
            throw BadInputException.writing(file, e);
          }
        });
  }

  /** Writes one of the files below. */
  void write(Path file, Consumer<OutputStream> content) {
    files.write(file, content);
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
  void keepTrained(Network network, LatchTask task) {
    write(events(), task::write);
    try {
      ModelFiles.write(network, trained());
    } catch (IOException e) {
      throw BadInputException.writing(trained(), e);
    }
  }

  /** What the demo found, as a page. */
  Path report() {
    return folder.resolve("report.html");
  }

  void keepReport(String html) {
    keep(report(), html.getBytes(StandardCharsets.UTF_8));
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
