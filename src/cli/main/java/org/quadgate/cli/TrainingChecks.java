// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli;

import java.nio.file.Files;
import java.nio.file.Path;

/** What can be refused before an hour of training rather than after it. */
final class TrainingChecks {
  private TrainingChecks() {}

  static int atLeast(String option, int value, int least) {
    if (value < least) {
      throw new BadInputException(option + ": expected " + least + " or more, found " + value);
    }
    return value;
  }

  static void fraction(String option, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new BadInputException(option + ": expected 0 to below 1, found " + value);
    }
  }

  /** That a model can be written there. */
  static void output(Path out) {
    if (Files.isDirectory(out)) {
      throw new BadInputException(out + ": is a folder, expected the name of a file to write");
    }
    if (!out.toString().endsWith(".safetensors")) {
      throw new BadInputException(out + ": expected a file name in .safetensors");
    }
    Path folder = out.toAbsolutePath().getParent();
    if (!Files.isDirectory(folder)) {
      throw new BadInputException(
          out + ": cannot be written: folder " + folder + " does not exist");
    }
  }
}
