// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.quadgate.LstmModel;
import org.quadgate.LstmWeights;
import org.quadgate.Precision;
import org.quadgate.io.ModelFiles;
import org.quadgate.io.ModelFormatException;
import org.quadgate.sequence.SequenceModel;

/** Reads model files for the commands; what is wrong with one becomes the user's one line. */
final class Models {
  private Models() {}

  /** What the file has for the engine. */
  static LstmWeights read(Path path) {
    return read(path, ModelFiles::read);
  }

  /** What the file has, whatever its layers are. */
  static SequenceModel readSequenceModel(Path path) {
    return read(path, ModelFiles::readSequenceModel);
  }

  private interface Reader<T> {
    T read(Path path) throws IOException;
  }

  private static <T> T read(Path path, Reader<T> reader) {
    if (Files.isDirectory(path)) {
      throw new BadInputException(path + ": is a folder, expected a model file");
    }
    try {
      return reader.read(path);
    } catch (ModelFormatException e) {
      throw new BadInputException(e.getMessage(), e);
    } catch (IOException e) {
      throw BadInputException.reading(path.toString(), e);
    }
  }

  /**
   * Packs weights.
   *
   * @param origin the file or option they came from, for the error if they cannot be used
   */
  static LstmModel pack(String origin, LstmWeights weights, Precision precision) {
    try {
      return LstmModel.builder(weights).precision(precision).build();
    } catch (IllegalArgumentException e) {
      throw new BadInputException(origin + ": " + e.getMessage(), e);
    }
  }
}
