// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx.proto;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.quadgate.io.format.ModelFormatException;

/**
 * The fields of one Protocol Buffers message, in the order in which they stand. Every length is
 * checked against what is left of the message before it is used, and nested messages are windows on
 * the same bytes, so that nothing is allocated but the strings asked for.
 *
 * <p>{@code while (next()) switch (field()) …}; each case reads the value or calls {@link #skip}.
 */
final class ProtobufReader {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  private final OnnxSource source;
  private final ByteBuffer bytes; // position to limit: what is left of this message
  private int field;
  private int wireType;
  private int start;

  /** Reads the message that is all of {@code bytes} between position and limit. */
  ProtobufReader(OnnxSource source, ByteBuffer bytes) {
    this.source = source;
    this.bytes = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Steps to the next field; false at the end of the message. */
  boolean next() throws ModelFormatException {
    if (!bytes.hasRemaining()) {
      return false;
    }
    start = bytes.position();
    long tag = rawVarint();
    long number = tag >>> 3;
    wireType = (int) (tag & 7);
    if (number < 1 || number >= 1 << 29) {
      throw failure("field number " + Long.toUnsignedString(number) + " is not one");
    }
    field = (int) number;
    switch (wireType) {
      case VARINT, FIXED64, BYTES, FIXED32 -> {}
      default -> throw failure("wire type " + wireType + ", expected 0, 1, 2 or 5");
    }
    return true;
  }

  /** The number of the present field. */
  int field() {
    return field;
  }

  /** An integer of up to 64 bits, in two's complement. */
  long integer() throws ModelFormatException {
    expect(VARINT, "an integer");
    return rawVarint();
  }

  /** An integer that serves as a code, such as a data type. */
  int code() throws ModelFormatException {
    long value = integer();
    if (value < 0 || value > Integer.MAX_VALUE) {
      throw failure("the code " + value + " is outside of 0 to 2^31-1");
    }
    return (int) value;
  }

  float number() throws ModelFormatException {
    expect(FIXED32, "a float");
    return Float.intBitsToFloat((int) fixed(Integer.BYTES));
  }

  /** A window on the value's bytes, not a copy. */
  ByteBuffer bytes() throws ModelFormatException {
    expect(BYTES, "bytes");
    long length = rawVarint();
    if (length < 0 || length > bytes.remaining()) {
      throw failure(
          "a length of %s, but %d bytes are left of its message"
              .formatted(Long.toUnsignedString(length), bytes.remaining()));
    }
    return window((int) length);
  }

  private ByteBuffer window(int length) {
    ByteBuffer window = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    window.limit(bytes.position() + length);
    bytes.position(window.limit());
    return window;
  }

  ProtobufReader message() throws ModelFormatException {
    return new ProtobufReader(source, bytes());
  }

  String text() throws ModelFormatException {
    ByteBuffer value = bytes();
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(value).toString();
    } catch (CharacterCodingException e) {
      throw failure("a string that is not valid UTF-8");
    }
  }

  /** Adds the elements of a repeated integer field, packed or not. */
  void integers(NumberList to) throws ModelFormatException {
    if (wireType == VARINT) {
      to.add(rawVarint());
      return;
    }
    ProtobufReader packed = message();
    while (packed.bytes.hasRemaining()) {
      packed.start = packed.bytes.position();
      to.add(packed.rawVarint());
    }
  }

  /** Adds the elements of a repeated float field, packed or not. */
  void floats(FixedNumbers to) throws ModelFormatException {
    fixedNumbers(to, FIXED32, Float.BYTES);
  }

  /** Adds the elements of a repeated double field, packed or not. */
  void doubles(FixedNumbers to) throws ModelFormatException {
    fixedNumbers(to, FIXED64, Double.BYTES);
  }

  private void fixedNumbers(FixedNumbers to, int single, int size) throws ModelFormatException {
    if (wireType == single) {
      checkFixed(size);
      to.add(window(size));
      return;
    }
    ByteBuffer packed = bytes();
    if (packed.remaining() % size != 0) {
      throw failure(packed.remaining() + " bytes, expected a multiple of " + size);
    }
    to.add(packed);
  }

  void skip() throws ModelFormatException {
    switch (wireType) {
      case VARINT -> rawVarint();
      case FIXED64 -> fixed(Long.BYTES);
      case FIXED32 -> fixed(Integer.BYTES);
      default -> bytes();
    }
  }

  /** A failure at the start of the present field. */
  ModelFormatException failure(String problem) {
    return source.at(start, problem);
  }

  private void expect(int type, String what) throws ModelFormatException {
    if (wireType != type) {
      throw failure("field " + field + " has wire type " + wireType + ", expected " + what);
    }
  }

  private void checkFixed(int size) throws ModelFormatException {
    if (bytes.remaining() < size) {
      throw failure("its message ends within a number of " + size + " bytes");
    }
  }

  private long fixed(int size) throws ModelFormatException {
    checkFixed(size);
    return size == Integer.BYTES ? bytes.getInt() : bytes.getLong();
  }

  private long rawVarint() throws ModelFormatException {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      if (!bytes.hasRemaining()) {
        throw failure("its message ends within an integer");
      }
      byte next = bytes.get();
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw failure("an integer of more than 10 bytes");
  }
}
