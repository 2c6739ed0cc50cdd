// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;

/** A protobuf message in memory. */
final class MessageBytes {
  private MessageBytes() {}

  static byte[] of(ProtobufWriter message) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      message.writeTo(Channels.newChannel(bytes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
