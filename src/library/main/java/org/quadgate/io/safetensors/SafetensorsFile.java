// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.safetensors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.quadgate.io.format.ModelFormatException;

/**
 * A safetensors file as a container: its metadata and its tensors by name, whatever they mean. For
 * a model there is {@code ModelFiles}; this is for other tensors, such as a test's inputs and
 * expected outputs.
 *
 * <p>Every number in the header is checked against the size of the file before anything is
 * allocated for it. If the metadata has {@code quadgate.sha256}, it is verified.
 */
public final class SafetensorsFile {
  private static final long LENGTH_BYTES = Long.BYTES;
  private static final int CHUNK_BYTES = 1 << 16;

  private final Path path;
  private final Map<String, String> metadata;
  private final Map<String, Tensor> tensors;

  private SafetensorsFile(Path path, Map<String, String> metadata, Map<String, Tensor> tensors) {
    this.path = path;
    this.metadata = metadata;
    this.tensors = Collections.unmodifiableMap(tensors);
  }

  /** A tensor in memory, row-major. */
  public static final class Tensor {
    private final String name;
    private final Dtype dtype;
    private final List<Long> shape;
    private final float[] data;

    Tensor(String name, Dtype dtype, List<Long> shape, float[] data) {
      this.name = name;
      this.dtype = dtype;
      this.shape = List.copyOf(shape);
      this.data = data;
    }

    /**
     * A flat F32 tensor to write.
     *
     * @param data not copied; at least one element
     */
    public static Tensor of(String name, float[] data) {
      return of(name, data, data.length);
    }

    /**
     * An F32 tensor to write.
     *
     * @param data row-major; not copied
     * @param shape the sizes of the dimensions, outermost first
     * @throws IllegalArgumentException if the shape is that of another number of elements
     */
    public static Tensor of(String name, float[] data, long... shape) {
      if (Arrays.stream(shape).reduce(1, Math::multiplyExact) != data.length) {
        throw new IllegalArgumentException(
            "tensor %s of shape %s with %d elements"
                .formatted(name, Arrays.toString(shape), data.length));
      }
      return new Tensor(name, Dtype.F32, Arrays.stream(shape).boxed().toList(), data);
    }

    /** The name in the file. */
    public String name() {
      return name;
    }

    /** The element type in the file, by safetensors' name for it, such as {@code F32}. */
    public String dtype() {
      return dtype.name();
    }

    /** The sizes of the dimensions, outermost first; empty for a scalar. */
    public List<Long> shape() {
      return shape;
    }

    /** Whether the elements are F32, F64, F16 or BF16, so that {@link #data} has them. */
    public boolean isFloat() {
      return data != null;
    }

    /**
     * The elements, each the nearest float; shape {@link #shape}, row-major. The array is the
     * tensor's own, not a copy.
     *
     * @throws IllegalStateException if the elements are of another kind; see {@link #isFloat}
     */
    public float[] data() {
      if (data == null) {
        throw new IllegalStateException(
            "tensor " + name + " has dtype " + dtype + ", expected F32, F64, F16 or BF16");
      }
      return data;
    }

    /** Name, type and shape, such as {@code fc.weight F32 [1, 8]}. */
    @Override
    public String toString() {
      return name + " " + dtype + " " + shape;
    }
  }

  /**
   * Reads a whole file.
   *
   * @throws ModelFormatException if it is not a safetensors file, contradicts itself, has an F64
   *     element that no float can hold, or does not match its checksum
   * @throws java.nio.file.NoSuchFileException if there is no such file
   * @throws IOException if reading fails
   */
  public static SafetensorsFile read(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      long fileBytes = channel.size();
      int headerBytes = readHeaderLength(path, channel, fileBytes);
      ByteBuffer json = ByteBuffer.allocate(headerBytes);
      readFully(path, channel, json, LENGTH_BYTES);
      long dataStart = LENGTH_BYTES + headerBytes;
      SafetensorsHeader header = SafetensorsHeader.parse(path, json.array(), fileBytes - dataStart);
      return new SafetensorsFile(
          path, header.metadata(), readTensors(path, channel, header, dataStart));
    }
  }

  /**
   * Writes tensors in the given order, with a checksum, all or nothing: see {@link
   * org.quadgate.io.format.AtomicFile}. Any bits of a float are kept.
   *
   * @param metadata without {@code quadgate.sha256}, which is added
   * @throws ModelFormatException if {@link #read} would not read such a header
   * @throws IOException if writing fails; an older file is as it was
   */
  public static void write(Path path, Map<String, String> metadata, List<Tensor> tensors)
      throws IOException {
    SafetensorsWriter.write(path, metadata, tensors);
  }

  /** The file, as the caller named it. */
  public Path path() {
    return path;
  }

  /** The metadata; empty if there is none. Not modifiable. */
  public Map<String, String> metadata() {
    return metadata;
  }

  /** The tensors by name, in the order of their names. Not modifiable. */
  public Map<String, Tensor> tensors() {
    return tensors;
  }

  /**
   * The tensor of that name.
   *
   * @throws ModelFormatException if there is none
   */
  public Tensor tensor(String name) throws ModelFormatException {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new ModelFormatException(path, ModelFormatException.tensor(name), "is not in the file");
    }
    return tensor;
  }

  private static int readHeaderLength(Path path, FileChannel channel, long fileBytes)
      throws IOException {
    if (fileBytes < LENGTH_BYTES) {
      throw new ModelFormatException(
          path, "offset 0", "the file has " + fileBytes + " bytes, expected a header length of 8");
    }
    ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    readFully(path, channel, length, 0);
    long headerBytes = length.flip().getLong();
    long available = Math.min(fileBytes - LENGTH_BYTES, SafetensorsHeader.MAX_BYTES);
    if (headerBytes < 0 || headerBytes > available) {
      throw new ModelFormatException(
          path,
          "offset 0",
          "the header length is %s, expected at most %d (the file has %d bytes)"
              .formatted(Long.toUnsignedString(headerBytes), available, fileBytes));
    }
    return (int) headerBytes;
  }

  /** Reads in the order of the names, for that is the order of the checksum. */
  private static Map<String, Tensor> readTensors(
      Path path, FileChannel channel, SafetensorsHeader header, long dataStart) throws IOException {
    String expected = header.metadata().get(ModelChecksum.KEY);
    ModelChecksum checksum = expected == null ? null : new ModelChecksum(header.metadata());
    List<SafetensorsHeader.Entry> entries = new ArrayList<>(header.entries());
    entries.sort(Comparator.comparing(SafetensorsHeader.Entry::name, ModelChecksum.NAME_ORDER));
    Map<String, Tensor> tensors = new TreeMap<>(ModelChecksum.NAME_ORDER);
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (SafetensorsHeader.Entry entry : entries) {
      if (checksum != null) {
        checksum.tensor(
            entry.name(), entry.dtype().name(), entry.shape(), entry.end() - entry.begin());
      }
      float[] data = readTensor(path, channel, entry, dataStart, chunk, checksum);
      tensors.put(entry.name(), new Tensor(entry.name(), entry.dtype(), entry.shape(), data));
    }
    if (checksum != null) {
      String found = checksum.hex();
      if (!found.equals(expected)) {
        throw new ModelFormatException(
            path,
            ModelFormatException.metadata(ModelChecksum.KEY),
            "the content's checksum is " + found + ", expected this one; the file is damaged");
      }
    }
    return tensors;
  }

  private static float[] readTensor(
      Path path,
      FileChannel channel,
      SafetensorsHeader.Entry entry,
      long dataStart,
      ByteBuffer chunk,
      ModelChecksum checksum)
      throws IOException {
    Dtype dtype = entry.dtype();
    long bytes = entry.end() - entry.begin();
    float[] data = dtype.isFloat() ? new float[(int) (bytes / dtype.bytes())] : null;
    if (data == null && checksum == null) {
      return null;
    }
    int done = 0;
    for (long at = 0; at < bytes; at += chunk.limit()) {
      chunk.clear().limit((int) Math.min(chunk.capacity(), bytes - at));
      readFully(path, channel, chunk, dataStart + entry.begin() + at);
      chunk.flip();
      if (checksum != null) {
        checksum.data(chunk);
      }
      if (data != null) {
        int count = chunk.limit() / dtype.bytes();
        int tooBig = dtype.convert(chunk, data, done, count);
        if (tooBig >= 0) {
          throw new ModelFormatException(
              path,
              ModelFormatException.tensor(entry.name()),
              "the F64 element " + tooBig + " is beyond what a float can hold");
        }
        done += count;
      }
    }
    return data;
  }

  private static void readFully(Path path, FileChannel channel, ByteBuffer to, long position)
      throws IOException {
    long at = position;
    while (to.hasRemaining()) {
      int count = channel.read(to, at);
      if (count < 0) {
        throw new ModelFormatException(
            path, "offset " + at, "the file ended here while it was read; it was longer before");
      }
      at += count;
    }
  }
}
