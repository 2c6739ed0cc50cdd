// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx.proto;

import java.util.Arrays;

/** Integers of a repeated field, unboxed. */
final class NumberList {
  private long[] values = new long[4];
  private int size;

  void add(long value) {
    if (size == values.length) {
      values = Arrays.copyOf(values, (int) Math.min(2L * size, Integer.MAX_VALUE - 8));
    }
    values[size++] = value;
  }

  int size() {
    return size;
  }

  long get(int index) {
    return values[index];
  }

  long[] toArray() {
    return Arrays.copyOf(values, size);
  }
}
