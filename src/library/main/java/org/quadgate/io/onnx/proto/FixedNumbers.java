// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx.proto;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The bytes of a repeated field whose numbers have a fixed size. Weights lie in one piece as a
 * rule, and then they stay where they are.
 */
final class FixedNumbers {
  private static final int FIRST_BYTES = 64;

  private ByteBuffer bytes = ByteBuffer.allocate(0).order(ByteOrder.LITTLE_ENDIAN);
  private boolean isCopy;

  /** Adds what is between position and limit of a window on the file. */
  void add(ByteBuffer window) {
    if (!bytes.hasRemaining() && !isCopy) {
      bytes = window.slice().order(ByteOrder.LITTLE_ENDIAN);
      return;
    }
    int size = bytes.remaining() + window.remaining();
    if (!isCopy || size > bytes.capacity()) {
      int capacity = (int) Math.min(size + size / 2L + FIRST_BYTES, Integer.MAX_VALUE - 8);
      bytes = ByteBuffer.allocate(capacity).order(ByteOrder.LITTLE_ENDIAN).put(bytes).flip();
      isCopy = true;
    }
    int end = bytes.limit();
    bytes.limit(size).put(end, window, window.position(), window.remaining());
  }

  /** All bytes, from position 0 on. */
  ByteBuffer bytes() {
    return bytes;
  }
}
