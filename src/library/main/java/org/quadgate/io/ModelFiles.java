// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.io.format.OnnxForm;
import org.quadgate.io.keras.KerasFile;
import org.quadgate.io.metadata.ModelMetadata;
import org.quadgate.io.onnx.OnnxFile;
import org.quadgate.io.safetensors.SafetensorsFile;
import org.quadgate.io.torch.TorchReader;
import org.quadgate.io.torch.TorchWriter;
import org.quadgate.network.Network;

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
   * Reads a network with any layers that its format can describe.
   *
   * @throws ModelFormatException if the extension is unknown, or the file is damaged, of another
   *     kind, or holds anything that is not understood
   * @throws java.nio.file.NoSuchFileException if there is no such file
   * @throws IOException if reading fails
   */
  public static Network read(Path file) throws IOException {
    if (OnnxFile.isOne(file)) {
      return OnnxFile.read(file);
    }
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
    return TorchReader.read(read, Set.of());
  }

  /**
   * Writes a network, all or nothing: the bytes go to a new file in the same folder, are forced to
   * the disk and take the place of an older file in one step, so that a failure at any point leaves
   * the older file as it was. A link is replaced, not followed; the older file's permissions are
   * not taken over. As ONNX it is written in the form {@link OnnxForm#SEQUENCE}; {@link #writeOnnx}
   * writes the other one too.
   *
   * @throws ModelFormatException if the extension is unknown, or the format cannot hold the network
   *     because of a layer that it does not have, a name that is no valid Unicode, too much text in
   *     the header or, as ONNX, more than 2 GiB
   * @throws IOException if writing fails
   */
  public static void write(Network network, Path file) throws IOException {
    if (OnnxFile.isOne(file)) {
      writeOnnx(network, OnnxForm.SEQUENCE, file);
      return;
    }
    checkExtension(file);
    TorchWriter.write(network, Map.of(), List.of(), file);
  }

  /**
   * Writes a network as ONNX, opset 14, all or nothing as {@link #write} does. Everything of its
   * recurrent layers, its head and its scalings is in the file; what ONNX has no place for is in
   * its metadata_props, under the keys that the description of this package has. The same network
   * gives the same bytes.
   *
   * @param form whether the file computes one timestep or whole sequences; it says what the inputs
   *     and outputs are called
   * @param file a name in {@code .onnx}
   * @throws ModelFormatException if the extension is another, a name is no valid Unicode, the file
   *     would be beyond 2 GiB, or ONNX cannot say what the network has: masking, a projection, or
   *     in {@link OnnxForm#STEP} a layer that cannot be stepped
   * @throws IOException if writing fails
   */
  public static void writeOnnx(Network network, OnnxForm form, Path file) throws IOException {
    if (!OnnxFile.isOne(file)) {
      throw new ModelFormatException(file, "file name", "expected a name in .onnx");
    }
    OnnxFile.write(network, form, file);
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
