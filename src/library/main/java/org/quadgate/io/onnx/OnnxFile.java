// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.quadgate.io.ModelFormatException;
import org.quadgate.sequence.SequenceModel;

/**
 * Reads an ONNX file: recurrent layers as PyTorch's, TensorFlow's and Keras's exporters write them,
 * with the shape operations around them, scaling before and behind them, and a head of linear
 * layers. Opsets from 7 on. The file is read into memory once, and no other file is opened.
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
   * What a file has.
   *
   * @param model the network of its graph
   * @param metadata its metadata_props
   */
  public record Content(SequenceModel model, Map<String, String> metadata) {}

  /**
   * Reads the model.
   *
   * @throws ModelFormatException if the file is damaged or holds what is not understood, with the
   *     node or tensor
   * @throws IOException if reading fails
   */
  public static Content read(Path file) throws IOException {
    if (Files.size(file) > Integer.MAX_VALUE - 8) {
      throw new ModelFormatException(file, "file", "has 2 GB or more, too much for an ONNX file");
    }
    return content(file, Files.readAllBytes(file));
  }

  /** Reads the model of a file of these bytes; the name stands in messages alone. */
  static SequenceModel read(Path file, byte[] bytes) throws ModelFormatException {
    return content(file, bytes).model();
  }

  private static Content content(Path file, byte[] bytes) throws ModelFormatException {
    OnnxSource source = new OnnxSource(file);
    OnnxModel model = OnnxParser.parse(source, ByteBuffer.wrap(bytes));
    return new Content(
        OnnxImporter.read(source, model, List.of(), budget(bytes.length)), model.metadata());
  }

  static long budget(int fileBytes) {
    return (long) ELEMENTS_PER_BYTE * fileBytes + SPARE_ELEMENTS;
  }
}
