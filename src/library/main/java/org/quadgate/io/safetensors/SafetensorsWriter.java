// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.safetensors;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.quadgate.io.format.AtomicFile;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.io.metadata.Json;
import tools.jackson.core.JsonGenerator;

/** Writes F32 tensors and metadata as a safetensors file with a checksum. */
final class SafetensorsWriter {
  private static final int CHUNK_FLOATS = 1 << 14;
  // readers map the file and want the data aligned for their largest element
  private static final int ALIGNMENT = 8;

  private SafetensorsWriter() {}

  /**
   * Writes tensors in the given order, replacing an older file in one step.
   *
   * @param metadata without {@link ModelChecksum#KEY}, which is added
   * @throws ModelFormatException if {@link SafetensorsFile} would not read such a header
   */
  static void write(Path file, Map<String, String> metadata, List<SafetensorsFile.Tensor> tensors)
      throws IOException {
    Map<String, String> all = new LinkedHashMap<>(metadata);
    all.put(ModelChecksum.KEY, checksum(metadata, tensors));
    byte[] header = header(file, all, tensors);
    SafetensorsHeader.parse(file, header, dataBytes(tensors));
    AtomicFile.replace(
        file,
        channel -> {
          ByteBuffer start =
              ByteBuffer.allocate(Long.BYTES + header.length).order(ByteOrder.LITTLE_ENDIAN);
          writeFully(channel, start.putLong(header.length).put(header).flip());
          for (SafetensorsFile.Tensor tensor : tensors) {
            forEachChunk(tensor.data(), chunk -> writeFully(channel, chunk));
          }
        });
  }

  private static String checksum(Map<String, String> metadata, List<SafetensorsFile.Tensor> tensors)
      throws IOException {
    ModelChecksum checksum = new ModelChecksum(metadata);
    List<SafetensorsFile.Tensor> sorted = new ArrayList<>(tensors);
    sorted.sort(Comparator.comparing(SafetensorsFile.Tensor::name, ModelChecksum.NAME_ORDER));
    for (SafetensorsFile.Tensor tensor : sorted) {
      checksum.tensor(
          tensor.name(), tensor.dtype(), tensor.shape(), (long) tensor.data().length * Float.BYTES);
      forEachChunk(tensor.data(), checksum::data);
    }
    return checksum.hex();
  }

  private static byte[] header(
      Path file, Map<String, String> metadata, List<SafetensorsFile.Tensor> tensors)
      throws ModelFormatException {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = Json.generator(text)) {
      json.writeStartObject();
      json.writeObjectPropertyStart(SafetensorsHeader.METADATA);
      metadata.forEach(json::writeStringProperty);
      json.writeEndObject();
      long at = 0;
      for (SafetensorsFile.Tensor tensor : tensors) {
        long end = at + (long) tensor.data().length * Float.BYTES;
        json.writeObjectPropertyStart(tensor.name());
        json.writeStringProperty("dtype", tensor.dtype());
        json.writeArrayPropertyStart("shape");
        for (long size : tensor.shape()) {
          json.writeNumber(size);
        }
        json.writeEndArray();
        json.writeArrayPropertyStart("data_offsets");
        json.writeNumber(at);
        json.writeNumber(end);
        json.writeEndArray();
        json.writeEndObject();
        at = end;
      }
      json.writeEndObject();
    }
    ByteBuffer utf8;
    try {
      utf8 = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text.getBuffer()));
    } catch (CharacterCodingException e) {
      throw new ModelFormatException(file, "header", "a name is not valid Unicode", e);
    }
    int length = Math.ceilDiv(utf8.remaining(), ALIGNMENT) * ALIGNMENT;
    byte[] header = new byte[length];
    Arrays.fill(header, (byte) ' ');
    utf8.get(header, 0, utf8.remaining());
    return header;
  }

  private static long dataBytes(List<SafetensorsFile.Tensor> tensors) {
    long bytes = 0;
    for (SafetensorsFile.Tensor tensor : tensors) {
      bytes += (long) tensor.data().length * Float.BYTES;
    }
    return bytes;
  }

  private interface ChunkConsumer {
    void accept(ByteBuffer chunk) throws IOException;
  }

  private static void forEachChunk(float[] data, ChunkConsumer consumer) throws IOException {
    ByteBuffer chunk =
        ByteBuffer.allocate(Math.min(data.length, CHUNK_FLOATS) * Float.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < data.length; at += CHUNK_FLOATS) {
      int count = Math.min(CHUNK_FLOATS, data.length - at);
      chunk.clear().limit(count * Float.BYTES);
      chunk.asFloatBuffer().put(data, at, count);
      consumer.accept(chunk);
    }
  }

  private static void writeFully(FileChannel channel, ByteBuffer from) throws IOException {
    while (from.hasRemaining()) {
      channel.write(from);
    }
  }
}
