// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.quadgate.LstmWeights;
import org.quadgate.io.keras.KerasFile;
import org.quadgate.io.onnx.OnnxFile;
import org.quadgate.io.onnx.OnnxWriter;
import org.quadgate.sequence.SequenceModel;

/**
 * Reads and writes model files; the extension says the format: {@code .safetensors} and {@code
 * .onnx} are read and written, Keras files, {@code .h5}, {@code .hdf5} and {@code .keras}, are read
 * and take the library io.jhdf:jhdf. What each may hold is in the description of this package.
 */
public final class ModelFiles {
  private static final String SAFETENSORS = ".safetensors";
  private static final List<String> PICKLES = List.of(".pt", ".pth", ".pkl", ".pickle", ".ckpt");

  private ModelFiles() {}

  /**
   * Reads a model for the streaming engine, {@link org.quadgate.LstmModel}. Where a file gives the
   * output of the last timestep alone, the engine gives that of each.
   *
   * @return weights of which every number is finite and every size was checked
   * @throws ModelFormatException if the extension is unknown, or the file is damaged, of another
   *     kind, holds anything that is not understood, or layers that {@link #readSequenceModel}
   *     reads and the engine does not have
   * @throws java.nio.file.NoSuchFileException if there is no such file
   * @throws IOException if reading fails
   */
  public static LstmWeights read(Path file) throws IOException {
    if (OnnxFile.isOne(file)) {
      SequenceModel model = readSequenceModel(file);
      if (model.whyNotEngine().isPresent()) {
        throw new ModelFormatException(
            file,
            "network",
            model.whyNotEngine().get()
                + "; the streaming engine does not have that, ModelFiles.readSequenceModel reads it");
      }
      return model.weights();
    }
    if (KerasFile.isOne(file)) {
      return KerasFile.read(file);
    }
    return TorchReader.read(safetensors(file));
  }

  private static SafetensorsFile safetensors(Path file) throws IOException {
    checkExtension(file);
    SafetensorsFile read = SafetensorsFile.read(file);
    if (read.metadata().containsKey(ModelMetadata.TOKENS)) {
      throw new ModelFormatException(
          file,
          ModelFormatException.metadata(ModelMetadata.TOKENS),
          "says that this is a language model, whose inputs are tokens; see LanguageModelFiles, or"
              + " quadgate sample");
    }
    return read;
  }

  /**
   * Reads a model with any recurrent layers that its format can describe: reading backwards,
   * peepholes, projections and others.
   *
   * @throws ModelFormatException if the extension is unknown, or the file is damaged, of another
   *     kind, or holds anything that is not understood
   * @throws java.nio.file.NoSuchFileException if there is no such file
   * @throws IOException if reading fails
   */
  public static SequenceModel readSequenceModel(Path file) throws IOException {
    if (OnnxFile.isOne(file)) {
      return OnnxMetadata.applied(file, OnnxFile.read(file));
    }
    if (KerasFile.isOne(file)) {
      return KerasFile.readSequenceModel(file);
    }
    return TorchReader.readSequenceModel(safetensors(file));
  }

  /**
   * Writes a model with any recurrent layers, all or nothing as {@link #write} does: as {@code
   * .onnx} in the form {@link OnnxForm#SEQUENCE}, or as {@code .safetensors} where PyTorch's
   * modules can be like it.
   *
   * @throws ModelFormatException if the extension is unknown, or the format cannot say what the
   *     model has
   * @throws IOException if writing fails
   */
  public static void writeSequenceModel(SequenceModel model, Path file) throws IOException {
    if (OnnxFile.isOne(file)) {
      writeOnnx(model, OnnxForm.SEQUENCE, file);
      return;
    }
    checkExtension(file);
    if (model.whyNotEngine().isPresent()) {
      TorchSequenceWriter.write(model, file);
    } else {
      TorchWriter.write(model.weights(), ModelMetadata.of(model.rows()), List.of(), file);
    }
  }

  /**
   * Writes a model as ONNX, opset 14, all or nothing as {@link #write} does. Everything of its
   * recurrent layers, its head and its scalings is in the file; the names of inputs and outputs are
   * in the metadata_props {@code quadgate.input_names} and {@code quadgate.output_names}, JSON
   * arrays. The same model gives the same bytes.
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
    if (!OnnxFile.isOne(file)) {
      throw new ModelFormatException(file, "file name", "expected a name in .onnx");
    }
    Map<String, String> names = ModelMetadata.names(model.inputNames(), model.outputNames());
    AtomicFile.replace(file, channel -> OnnxWriter.write(model, form, names, file, channel));
  }

  /**
   * Writes a model, all or nothing: the bytes go to a new file in the same folder, are forced to
   * the disk and take the place of an older file in one step, so that a failure at any point leaves
   * the older file as it was. A link is replaced, not followed; the older file's permissions are
   * not taken over. As ONNX it is written in the form {@link OnnxForm#SEQUENCE}; {@link #writeOnnx}
   * writes the other one too.
   *
   * @throws IllegalArgumentException if a weight is not finite; see {@link LstmWeights#validate}
   * @throws ModelFormatException if the extension is unknown, or the format cannot hold the model
   *     because of a name that is no valid Unicode, too much text in the header or, as ONNX, more
   *     than 2 GiB
   * @throws IOException if writing fails
   */
  public static void write(LstmWeights weights, Path file) throws IOException {
    if (OnnxFile.isOne(file)) {
      weights.validate();
      writeOnnx(SequenceModel.of(weights), OnnxForm.SEQUENCE, file);
      return;
    }
    checkExtension(file);
    TorchWriter.write(weights, file);
  }

  static void checkExtension(Path file) throws ModelFormatException {
    Path last = file.getFileName();
    String name = last == null ? "" : last.toString().toLowerCase(Locale.ROOT);
    if (PICKLES.stream().anyMatch(name::endsWith)) {
      throw new ModelFormatException(
          file,
          "file name",
          "is that of a pickle, which is a program that reading would run; save the state_dict as"
              + " .safetensors, or export the model as .onnx");
    }
    if (!name.endsWith(SAFETENSORS)) {
      throw new ModelFormatException(
          file,
          "file name",
          "unknown kind of model file, expected a name in .safetensors or .onnx, or to read .h5,"
              + " .hdf5 or .keras");
    }
  }
}
