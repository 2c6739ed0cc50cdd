// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.safetensors;

import java.nio.ByteBuffer;

/**
 * The element types of safetensors whose elements take whole bytes. Those that do not convert to
 * float are skipped over.
 */
enum Dtype {
  BOOL(1),
  U8(1),
  I8(1),
  F8_E5M2(1),
  F8_E4M3(1),
  F8_E8M0(1),
  I16(2),
  U16(2),
  F16(2),
  BF16(2),
  I32(4),
  U32(4),
  F32(4),
  F64(8),
  I64(8),
  U64(8),
  C64(8);

  private final int bytes;

  Dtype(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes an element. */
  int bytes() {
    return bytes;
  }

  /** Whether {@link #convert} works. */
  boolean isFloat() {
    return this == F32 || this == F64 || this == F16 || this == BF16;
  }

  /**
   * Reads {@code count} little-endian elements into {@code to} from index {@code at}, each the
   * nearest float.
   *
   * @return the index in {@code to} of the first finite element that is beyond a float, or -1
   */
  int convert(ByteBuffer from, float[] to, int at, int count) {
    switch (this) {
      case F32 -> {
        from.asFloatBuffer().get(to, at, count);
        from.position(from.position() + 4 * count);
      }
      case F16 -> {
        for (int i = 0; i < count; i++) {
          to[at + i] = Float.float16ToFloat(from.getShort());
        }
      }
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          to[at + i] = Float.intBitsToFloat(from.getShort() << 16);
        }
      }
      case F64 -> {
        for (int i = 0; i < count; i++) {
          double value = from.getDouble();
          to[at + i] = (float) value;
          if (Double.isFinite(value) && !Float.isFinite(to[at + i])) {
            return at + i;
          }
        }
      }
      default -> throw new IllegalStateException(this + " does not convert to float");
    }
    return -1;
  }
}
