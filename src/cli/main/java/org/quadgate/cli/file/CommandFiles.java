// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.file;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.quadgate.cli.refusal.BadInputException;

/**
 * The files that a command line names. A command says here what it reads and what it writes before
 * it does either, so that no output can take the place of an input or of another output, whatever
 * links and paths lead to it.
 *
 * <pre>{@code
 * CommandFiles files = new CommandFiles().reads("--data", data).writes("--out", out);
 * files.check();
 * }</pre>
 */
public final class CommandFiles {
  /**
   * One file.
   *
   * @param option what the user knows it by
   * @param replaces the option of an input that an output may take the place of; null for none
   */
  private record Named(String option, Path path, String replaces) {
    @Override
    public String toString() {
      return option + " " + path;
    }
  }

  private final List<Named> inputs = new ArrayList<>();
  private final List<Named> outputs = new ArrayList<>();

  /** Names a file that is read; null where the option was not given. */
  public CommandFiles reads(String option, Path path) {
    if (path != null) {
      inputs.add(new Named(option, path, null));
    }
    return this;
  }

  /** Names a file that is written; null where the option was not given. */
  public CommandFiles writes(String option, Path path) {
    return replaces(null, option, path);
  }

  /** Names a file that is written and may be the one that the option {@code input} reads. */
  public CommandFiles replaces(String input, String option, Path path) {
    if (path != null) {
      outputs.add(new Named(option, path, input));
    }
    return this;
  }

  /**
   * Refuses what would destroy a file, and places that cannot be written.
   *
   * @throws BadInputException naming both files, or the place
   */
  public void check() {
    for (Named output : outputs) {
      OutputFile.check(output.path);
      checkAlone(output);
    }
  }

  private void checkAlone(Named output) {
    for (Named input : inputs) {
      if (!input.option.equals(output.replaces)) {
        checkOther(output, input);
      }
    }
    for (Named other : outputs.subList(0, outputs.indexOf(output))) {
      checkOther(output, other);
    }
  }

  private static void checkOther(Named output, Named other) {
    if (same(output.path, other.path)) {
      throw new BadInputException(
          output + ": is the same file as " + other + ", expected another one");
    }
  }

  private static boolean same(Path a, Path b) {
    try {
      if (Files.exists(a) && Files.exists(b)) {
        // a device such as /dev/null keeps nothing that could be destroyed
        return Files.isRegularFile(a) && Files.isSameFile(a, b);
      }
      return OutputFile.target(a).equals(OutputFile.target(b));
    } catch (IOException e) {
      return false; // who opens the file will say what is wrong with it
    }
  }

  /**
   * Writes a file that was named, whole or not at all.
   *
   * @param content writes it to a stream whose failures are {@link BadInputException}s
   */
  public void write(Path path, Consumer<OutputStream> content) {
    // Where names differ in case only, two files are one as soon as the first of them is there.
    checkAlone(named(path));
    OutputFile.write(path, content);
  }

  private Named named(Path path) {
    return outputs.stream()
        .filter(output -> output.path.equals(path))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException(path + " was not named as an output"));
  }
}
