// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.quadgate.Model;
import org.quadgate.cli.refusal.BadInputException;
import org.quadgate.io.ModelFiles;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.network.Network;
import org.quadgate.options.ModelOptions;
import org.quadgate.options.Precision;

/** Model files for the commands; what is wrong with one becomes the user's one line. */
public final class Models {
  private Models() {}

  /** What a file has. */
  public static Network read(Path path) {
    if (Files.isDirectory(path)) {
      throw new BadInputException(path + ": is a folder, expected a model file");
    }
    try {
      return ModelFiles.read(path);
    } catch (ModelFormatException e) {
      throw new BadInputException(e.getMessage(), e);
    } catch (IOException e) {
      throw BadInputException.reading(path.toString(), e);
    }
  }

  /** What a file has, if that can be stepped. */
  public static Network readSteppable(Path path) {
    Network network = read(path);
    Optional<String> reason = network.whyNotStep();
    if (reason.isPresent()) {
      throw new BadInputException(path + ": cannot be stepped: " + reason.get());
    }
    return network;
  }

  /**
   * Compiles a network.
   *
   * @param origin the file or option it came from, for the error if it cannot be used
   */
  public static Model compile(String origin, Network network, Precision precision) {
    try {
      return Model.of(network, ModelOptions.DEFAULT.withPrecision(precision));
    } catch (IllegalArgumentException | UnsupportedOperationException e) {
      throw new BadInputException(origin + ": " + e.getMessage(), e);
    }
  }
}
