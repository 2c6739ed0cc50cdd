// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx.proto;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * One Protocol Buffers message: fields, each a tag of number and wire type and then a varint, four
 * bytes, or a length and bytes. Methods that add a field return the message, for chaining.
 *
 * <p>A length comes before what it measures. So that weights are not copied for every message
 * around them, a message keeps nested messages and arrays as they are, adds up their sizes, and
 * makes bytes only when it is written.
 */
public final class ProtobufWriter {
  private static final int VARINT = 0;
  private static final int LENGTH_DELIMITED = 2;
  private static final int FIXED32 = 5;
  private static final int CHUNK_FLOATS = 1 << 14;

  private sealed interface Part permits Bytes, Floats, Message {}

  private record Bytes(ByteArrayOutputStream bytes) implements Part {}

  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  private record Floats(float[] values) implements Part {}

  private record Message(ProtobufWriter message) implements Part {}

  private final List<Part> parts = new ArrayList<>();
  private ByteArrayOutputStream bytes; // the last part, while it is of bytes
  private long size;

  /** Adds a varint. */
  public ProtobufWriter integer(int field, long value) {
    tag(field, VARINT);
    varint(value);
    return this;
  }

  /** Adds a float. */
  public ProtobufWriter real(int field, float value) {
    tag(field, FIXED32);
    add(ByteBuffer.allocate(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN).putFloat(value).array());
    return this;
  }

  /** Adds a string; what is no valid Unicode in it becomes question marks. */
  public ProtobufWriter text(int field, String value) {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    length(field, utf8.length);
    add(utf8);
    return this;
  }

  /** Adds a message, which must not be changed any more. */
  public ProtobufWriter message(int field, ProtobufWriter value) {
    length(field, value.size);
    add(new Message(value), value.size);
    return this;
  }

  /** Adds bytes: the floats, little-endian. The array must not be changed any more. */
  public ProtobufWriter rawFloats(int field, float... values) {
    long length = (long) values.length * Float.BYTES;
    length(field, length);
    add(new Floats(values), length);
    return this;
  }

  /** Adds bytes: the integers, eight bytes each, little-endian. */
  public ProtobufWriter rawLongs(int field, long... values) {
    ByteBuffer raw =
        ByteBuffer.allocate(Math.multiplyExact(Long.BYTES, values.length))
            .order(ByteOrder.LITTLE_ENDIAN);
    raw.asLongBuffer().put(values);
    length(field, raw.capacity());
    add(raw.array());
    return this;
  }

  /** Bytes of the message so far. */
  public long size() {
    return size;
  }

  /** Writes the message's bytes. */
  public void writeTo(WritableByteChannel channel) throws IOException {
    writeTo(
        channel, ByteBuffer.allocate(CHUNK_FLOATS * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN));
  }

  private void writeTo(WritableByteChannel channel, ByteBuffer chunk) throws IOException {
    for (Part part : parts) {
      switch (part) {
        case Bytes some -> writeFully(channel, ByteBuffer.wrap(some.bytes.toByteArray()));
        case Message some -> some.message.writeTo(channel, chunk);
        case Floats some -> {
          for (int at = 0; at < some.values.length; at += CHUNK_FLOATS) {
            int count = Math.min(CHUNK_FLOATS, some.values.length - at);
            chunk.clear().limit(count * Float.BYTES);
            chunk.asFloatBuffer().put(some.values, at, count);
            writeFully(channel, chunk);
          }
        }
      }
    }
  }

  private static void writeFully(WritableByteChannel channel, ByteBuffer from) throws IOException {
    while (from.hasRemaining()) {
      channel.write(from);
    }
  }

  private void length(int field, long length) {
    tag(field, LENGTH_DELIMITED);
    varint(length);
  }

  private void tag(int field, int wireType) {
    varint((long) field << 3 | wireType);
  }

  /** Seven bits a byte, the lowest first; the top bit says that another byte follows. */
  private void varint(long value) {
    long rest = value;
    byte[] groups = new byte[10];
    int count = 0;
    do {
      long group = rest & 0x7f;
      rest >>>= 7;
      groups[count++] = (byte) (rest == 0 ? group : group | 0x80);
    } while (rest != 0);
    add(groups, count);
  }

  private void add(byte[] from) {
    add(from, from.length);
  }

  private void add(byte[] from, int count) {
    if (bytes == null) {
      bytes = new ByteArrayOutputStream();
      parts.add(new Bytes(bytes));
    }
    bytes.write(from, 0, count);
    size += count;
  }

  private void add(Part part, long length) {
    parts.add(part);
    bytes = null;
    size = Math.addExact(size, length);
  }
}
