// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx.proto;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;

/** A protobuf message in memory. */
public final class MessageBytes {
  private MessageBytes() {}

  /** The message's bytes. */
  public static byte[] of(ProtobufWriter message) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      message.writeTo(Channels.newChannel(bytes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
