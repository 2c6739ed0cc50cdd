// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Makes safetensors files for tests, good and bad, with none of the code under test. Elements count
 * up in steps of 1/64 from 1/64, through all tensors in the order in which they were added.
 */
public final class TensorFileBuilder {
  private final Map<String, String> entries = new LinkedHashMap<>();
  private final ByteArrayOutputStream data = new ByteArrayOutputStream();
  private String metadata;
  private int counter;

  /** A whole metadata object in JSON. */
  public TensorFileBuilder metadata(String json) {
    metadata = json;
    return this;
  }

  /** An F32 tensor that is filled by counting. */
  public TensorFileBuilder tensor(String name, long... shape) {
    float[] values = new float[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
    for (int i = 0; i < values.length; i++) {
      values[i] = ++counter / 64f;
    }
    return values(name, values, shape);
  }

  /** An F32 tensor of given values. */
  public TensorFileBuilder values(String name, float[] values, long... shape) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes(name, "F32", bytes.array(), shape);
  }

  /** A tensor of any type. */
  public TensorFileBuilder bytes(String name, String dtype, byte[] bytes, long... shape) {
    int begin = data.size();
    data.writeBytes(bytes);
    entries.put(
        name,
        "{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
            .formatted(dtype, Arrays.toString(shape), begin, data.size()));
    return this;
  }

  /** The tensors of an nn.LSTM layer, or of whatever else has {@code gates} rows a unit. */
  public TensorFileBuilder layer(String prefix, String suffix, int gates, int input, int hidden) {
    return tensor(prefix + "weight_ih" + suffix, (long) gates * hidden, input)
        .tensor(prefix + "weight_hh" + suffix, (long) gates * hidden, hidden)
        .tensor(prefix + "bias_ih" + suffix, (long) gates * hidden)
        .tensor(prefix + "bias_hh" + suffix, (long) gates * hidden);
  }

  /** The first layer of an nn.LSTM. */
  public TensorFileBuilder lstm(String path, int input, int hidden) {
    return layer(path + ".", "_l0", 4, input, hidden);
  }

  /** An nn.Linear. */
  public TensorFileBuilder linear(String path, int input, int output) {
    return tensor(path + ".weight", output, input).tensor(path + ".bias", output);
  }

  /** Writes the file. */
  public Path writeTo(Path folder) throws IOException {
    StringBuilder header = new StringBuilder("{");
    if (metadata != null) {
      header.append("\"__metadata__\":").append(metadata).append(entries.isEmpty() ? "" : ",");
    }
    String separator = "";
    for (Map.Entry<String, String> entry : entries.entrySet()) {
      header.append(separator).append('"').append(entry.getKey()).append("\":");
      header.append(entry.getValue());
      separator = ",";
    }
    return raw(folder, header.append('}').toString(), data.toByteArray());
  }

  /** A file of any header and data. */
  public static Path raw(Path folder, String header, byte[] data) throws IOException {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    return raw(folder, json.length, json, data);
  }

  /** A file whose header length may lie. */
  public static Path raw(Path folder, long length, byte[] json, byte[] data) throws IOException {
    Path file = folder.resolve("made.safetensors");
    ByteBuffer bytes =
        ByteBuffer.allocate(Long.BYTES + json.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
    return Files.write(file, bytes.putLong(length).put(json).put(data).array());
  }
}
