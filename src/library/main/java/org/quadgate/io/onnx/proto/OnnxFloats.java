// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx.proto;

import java.nio.ByteBuffer;

/**
 * Floats in an array, or still in the file as float, float16 or double: a large matrix is copied
 * once, to where it is wanted.
 */
public final class OnnxFloats {
  // eight rows at a time, so that what is read and what is written stay in the cache
  private static final int ROWS = 8;

  private final int type;
  private final ByteBuffer bytes; // little-endian, from 0 on; null where there was an array
  private final int size;
  private float[] array; // null until somebody asks for it

  private OnnxFloats(int type, ByteBuffer bytes, int size, float[] array) {
    this.type = type;
    this.bytes = bytes;
    this.size = size;
    this.array = array;
  }

  /** Those of an array, which is not copied. */
  public static OnnxFloats of(float... array) {
    return new OnnxFloats(OnnxTensor.FLOAT, null, array.length, array);
  }

  static OnnxFloats inFile(int type, ByteBuffer bytes, int size) {
    return new OnnxFloats(type, bytes, size, null);
  }

  /** How many there are. */
  public int size() {
    return size;
  }

  /** One of them, the nearest float to what the file has. */
  public float get(int index) {
    if (array != null) {
      return array[index];
    }
    return switch (type) {
      case OnnxTensor.FLOAT16 -> Float.float16ToFloat(bytes.getShort(index * Short.BYTES));
      case OnnxTensor.DOUBLE -> (float) bytes.getDouble(index * Double.BYTES);
      default -> bytes.getFloat(index * Float.BYTES);
    };
  }

  /** Copies {@code count} of them from {@code from} on to {@code to} from index {@code at}. */
  public void copy(int from, float[] to, int at, int count) {
    if (array != null) {
      System.arraycopy(array, from, to, at, count);
    } else if (type == OnnxTensor.FLOAT) {
      bytes.asFloatBuffer().get(from, to, at, count);
    } else {
      for (int i = 0; i < count; i++) {
        to[at + i] = get(from + i);
      }
    }
  }

  /** Those of a matrix [rows][columns] as [columns][rows]. */
  public float[] transposed(int rows, int columns) {
    float[] to = new float[size];
    for (int first = 0; first < rows; first += ROWS) {
      int end = Math.min(first + ROWS, rows);
      for (int column = 0; column < columns; column++) {
        for (int row = first; row < end; row++) {
          to[column * rows + row] = get(row * columns + column);
        }
      }
    }
    return to;
  }

  /** All of them; the same array at every call, and not to be changed. */
  public float[] array() {
    if (array == null) {
      float[] all = new float[size];
      copy(0, all, 0, size);
      array = all;
    }
    return array;
  }
}
