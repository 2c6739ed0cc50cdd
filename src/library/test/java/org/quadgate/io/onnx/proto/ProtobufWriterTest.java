// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx.proto;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Bytes as in the description of the encoding, protobuf.dev/programming-guides/encoding. */
class ProtobufWriterTest {
  private static String hex(ProtobufWriter message) {
    byte[] bytes = MessageBytes.of(message);
    assertEquals(message.size(), bytes.length);
    return HexFormat.ofDelimiter(" ").formatHex(bytes);
  }

  @Test
  void integersHaveSevenBitsAByte() {
    assertEquals("08 96 01", hex(new ProtobufWriter().integer(1, 150)));
    assertEquals("08 00", hex(new ProtobufWriter().integer(1, 0)));
    assertEquals("08 7f", hex(new ProtobufWriter().integer(1, 127)));
    assertEquals("08 80 01", hex(new ProtobufWriter().integer(1, 128)));
    assertEquals("a0 01 fe ff ff ff ff ff ff ff ff 01", hex(new ProtobufWriter().integer(20, -2)));
  }

  @Test
  void textsAndMessagesHaveALength() {
    assertEquals("12 07 74 65 73 74 69 6e 67", hex(new ProtobufWriter().text(2, "testing")));
    assertEquals("12 02 c3 a9", hex(new ProtobufWriter().text(2, "é")));
    ProtobufWriter inner = new ProtobufWriter().integer(1, 150);
    assertEquals("1a 03 08 96 01 08 01", hex(new ProtobufWriter().message(3, inner).integer(1, 1)));
    assertEquals("1a 00", hex(new ProtobufWriter().message(3, new ProtobufWriter())));
  }

  @Test
  void numbersAreLittleEndian() {
    assertEquals("15 00 00 80 3f", hex(new ProtobufWriter().real(2, 1)));
    assertEquals("4a 08 00 00 80 3f 00 00 00 c0", hex(new ProtobufWriter().rawFloats(9, 1, -2)));
    assertEquals("4a 08 fe ff ff ff ff ff ff ff", hex(new ProtobufWriter().rawLongs(9, -2)));
  }

  @Test
  void anArrayBeyondOneChunkIsWhole() {
    float[] values = new float[(1 << 15) + 3];
    values[values.length - 1] = 1;
    String hex = hex(new ProtobufWriter().rawFloats(9, values).integer(1, 1));
    assertEquals("00 00 80 3f 08 01", hex.substring(hex.length() - 17));
  }
}
