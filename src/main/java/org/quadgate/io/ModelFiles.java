// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.quadgate.LstmWeights;
import org.quadgate.io.keras.KerasFile;
import org.quadgate.io.onnx.OnnxWriter;
import org.quadgate.sequence.SequenceModel;

/**
 * Reads and writes model files; the extension says the format. Known is {@code .safetensors}; what
 * it may hold is in the description of this package. Keras files, {@code .h5}, {@code .hdf5} and
 * {@code .keras}, are read but not written, and take the library io.jhdf:jhdf. ONNX files, {@code
 * .onnx}, are written.
 */
public final class ModelFiles {
  private static final String SAFETENSORS = ".safetensors";
  private static final String ONNX = ".onnx";

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
   * <p>A file in {@code .onnx} has the form {@link OnnxForm#SEQUENCE}; {@link #writeOnnx} writes
   * the other one too.
   *
   * @throws IllegalArgumentException if a weight is not finite; see {@link LstmWeights#validate}
   * @throws ModelFormatException if the extension is unknown, or the format cannot hold the model
   *     because of a name that is no valid Unicode, too much text in the header or, as ONNX, more
   *     than 2 GiB
   * @throws IOException if writing fails
   */
  public static void write(LstmWeights weights, Path file) throws IOException {
    if (hasExtension(ONNX, file)) {
      weights.validate();
      writeOnnx(SequenceModel.of(weights), OnnxForm.SEQUENCE, file);
      return;
    }
    checkExtension(file);
    TorchWriter.write(weights, file);
  }

  /**
   * Writes a model as ONNX, opset 14, all or nothing as {@link #write} does. Everything of its
   * recurrent layers, its head and its scalings is in the file; the names of inputs and outputs are
   * in the metadata_props {@code quadgate.input_names} and {@code quadgate.output_names}, JSON
   * arrays, if the model is one of the engine's. The same model gives the same bytes.
   *
   * @param form whether the file computes one timestep or whole sequences; it says what the inputs
   *     and outputs are called
   * @param file a name in {@code .onnx}
   * @throws IllegalArgumentException if a number of the model is not finite
   * @throws ModelFormatException if the extension is another, a name is no valid Unicode, the file
   *     would be beyond 2 GiB, or ONNX cannot say what the model has: masking, a projection, or in
   *     {@link OnnxForm#STEP} a layer that cannot be stepped
   * @throws IOException if writing fails
   */
  public static void writeOnnx(SequenceModel model, OnnxForm form, Path file) throws IOException {
    if (!hasExtension(ONNX, file)) {
      throw new ModelFormatException(file, "file name", "expected a name in " + ONNX);
    }
    Map<String, String> metadata =
        model.whyNotEngine().isPresent() ? Map.of() : ModelMetadata.names(model.weights().config());
    AtomicFile.replace(file, channel -> OnnxWriter.write(model, form, metadata, file, channel));
  }

  private static boolean hasExtension(String extension, Path file) {
    Path name = file.getFileName();
    return name != null && name.toString().toLowerCase(Locale.ROOT).endsWith(extension);
  }

  static void checkExtension(Path file) throws ModelFormatException {
    if (!hasExtension(SAFETENSORS, file)) {
      throw new ModelFormatException(
          file, "file name", "unknown kind of model file, expected a name in " + SAFETENSORS);
    }
  }
}
