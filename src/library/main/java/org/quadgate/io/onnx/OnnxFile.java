// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.quadgate.io.format.AtomicFile;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.io.format.OnnxForm;
import org.quadgate.io.metadata.ModelMetadata;
import org.quadgate.io.onnx.graph.OnnxImporter;
import org.quadgate.io.onnx.proto.OnnxModel;
import org.quadgate.io.onnx.proto.OnnxParser;
import org.quadgate.io.onnx.proto.OnnxSource;
import org.quadgate.network.Network;

/**
 * Reads and writes ONNX files. What is read: recurrent layers as PyTorch's, TensorFlow's and
 * Keras's exporters write them, with the shape operations around them, scaling before and behind
 * them, and a head of linear layers. Opsets from 7 on. The file is read into memory once, and no
 * other file is opened.
 */
public final class OnnxFile {
  /** Elements that a file's constants may become, per byte of the file. */
  private static final int ELEMENTS_PER_BYTE = 1;

  /** And so many more, for a small file's shapes. */
  private static final int SPARE_ELEMENTS = 1 << 16;

  private OnnxFile() {}

  /** Whether the name is that of an ONNX file. */
  public static boolean isOne(Path file) {
    Path last = file.getFileName();
    return last != null && last.toString().toLowerCase(Locale.ROOT).endsWith(".onnx");
  }

  /**
   * Reads the network.
   *
   * @throws ModelFormatException if the file is damaged or holds what is not understood, with the
   *     node or tensor
   * @throws IOException if reading fails
   */
  public static Network read(Path file) throws IOException {
    if (Files.size(file) > Integer.MAX_VALUE - 8) {
      throw new ModelFormatException(file, "file", "has 2 GB or more, too much for an ONNX file");
    }
    return read(file, Files.readAllBytes(file));
  }

  /** Reads the network of a file of these bytes; the name stands in messages alone. */
  static Network read(Path file, byte[] bytes) throws ModelFormatException {
    OnnxSource source = new OnnxSource(file);
    OnnxModel model = OnnxParser.parse(source, ByteBuffer.wrap(bytes));
    Network network = OnnxImporter.read(source, model, List.of(), budget(bytes.length));
    return OnnxMetadata.applied(file, model.metadata(), network);
  }

  static long budget(int fileBytes) {
    return (long) ELEMENTS_PER_BYTE * fileBytes + SPARE_ELEMENTS;
  }

  /**
   * Writes a network, all or nothing.
   *
   * @throws ModelFormatException if ONNX cannot say what the network has
   * @throws IOException if writing fails
   */
  public static void write(Network network, OnnxForm form, Path file) throws IOException {
    AtomicFile.replace(
        file, channel -> OnnxWriter.write(network, form, ModelMetadata.of(network), file, channel));
  }
}
