// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import org.quadgate.LstmWeights;
import org.quadgate.io.keras.KerasFile;

/**
 * Reads and writes model files; the extension says the format. Known is {@code .safetensors}; what
 * it may hold is in the description of this package. Keras files, {@code .h5}, {@code .hdf5} and
 * {@code .keras}, are read but not written, and take the library io.jhdf:jhdf.
 */
public final class ModelFiles {
  private static final String SAFETENSORS = ".safetensors";

  private ModelFiles() {}

  /**
   * Reads a model.
   *
   * @return weights of which every number is finite and every size was checked
   * @throws ModelFormatException if the extension is unknown, or the file is damaged, of another
   *     kind, or holds anything that is not understood
   * @throws java.nio.file.NoSuchFileException if there is no such file
   * @throws IOException if reading fails
   */
  public static LstmWeights read(Path file) throws IOException {
    if (KerasFile.isOne(file)) {
      return KerasFile.read(file);
    }
    checkExtension(file);
    SafetensorsFile read = SafetensorsFile.read(file);
    if (read.metadata().containsKey(ModelMetadata.TOKENS)) {
      throw new ModelFormatException(
          file,
          ModelFormatException.metadata(ModelMetadata.TOKENS),
          "says that this is a language model, whose inputs are tokens; see LanguageModelFiles, or"
              + " quadgate sample");
    }
    return TorchReader.read(read);
  }

  /**
   * Writes a model, all or nothing: the bytes go to a new file in the same folder, are forced to
   * the disk and take the place of an older file in one step, so that a failure at any point leaves
   * the older file as it was. A link is replaced, not followed; the older file's permissions are
   * not taken over.
   *
   * @throws IllegalArgumentException if a weight is not finite; see {@link LstmWeights#validate}
   * @throws ModelFormatException if the extension is unknown, or the format cannot hold the model
   *     because of a name that is no valid Unicode or too much text in the header
   * @throws IOException if writing fails
   */
  public static void write(LstmWeights weights, Path file) throws IOException {
    checkExtension(file);
    TorchWriter.write(weights, file);
  }

  static void checkExtension(Path file) throws ModelFormatException {
    Path name = file.getFileName();
    if (name == null || !name.toString().toLowerCase(Locale.ROOT).endsWith(SAFETENSORS)) {
      throw new ModelFormatException(
          file, "file name", "unknown kind of model file, expected a name in " + SAFETENSORS);
    }
  }
}
