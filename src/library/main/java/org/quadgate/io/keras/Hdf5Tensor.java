// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.keras;

import io.jhdf.object.datatype.DataType;
import io.jhdf.object.datatype.FloatingPoint;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.quadgate.io.format.ModelFormatException;

/**
 * A dataset that lies in one piece. Its size was checked; its numbers are decoded when asked for,
 * straight to where they are wanted.
 */
final class Hdf5Tensor {
  // eight rows at a time: fewer would write cache lines in pieces, and more would evict each other
  // where rows are a power of two apart
  private static final int ROWS = 8;

  private final Path file;
  private final String place;
  private final List<Integer> shape;
  private final DataType type;
  private final ByteBuffer data;

  Hdf5Tensor(Path file, String place, List<Integer> shape, DataType type, ByteBuffer data) {
    this.file = file;
    this.place = place;
    this.shape = List.copyOf(shape);
    this.type = type;
    this.data = data;
  }

  /** Its dimensions; none for a scalar. */
  List<Integer> shape() {
    return shape;
  }

  /** Its values, row-major, the nearest floats. */
  float[] values() throws ModelFormatException {
    return transposed(1, data.remaining() / floating().getSize());
  }

  /** The values of a matrix [rows][columns] as [columns][rows], the nearest floats. */
  float[] transposed(int rows, int columns) throws ModelFormatException {
    FloatingPoint floating = floating();
    ByteBuffer from = data.duplicate().order(floating.getByteOrder());
    boolean single = floating.getSize() == Float.BYTES;
    float[] to = new float[Math.multiplyExact(rows, columns)];
    if (rows == 1 && single) {
      from.asFloatBuffer().get(to);
      return to;
    }
    for (int first = 0; first < rows; first += ROWS) {
      int end = Math.min(first + ROWS, rows);
      for (int column = 0; column < columns; column++) {
        for (int row = first; row < end; row++) {
          int at = row * columns + column;
          to[column * rows + row] =
              single ? from.getFloat(at * Float.BYTES) : (float) from.getDouble(at * Double.BYTES);
        }
      }
    }
    return to;
  }

  private FloatingPoint floating() throws ModelFormatException {
    if (type instanceof FloatingPoint floating && isIeee(floating)) {
      return floating;
    }
    throw new ModelFormatException(file, place, "is not of type float32 or float64");
  }

  private static boolean isIeee(FloatingPoint type) {
    boolean single = type.getSize() == Float.BYTES;
    return (single || type.getSize() == Double.BYTES)
        && type.getBitOffset() == 0
        && type.getBitPrecision() == type.getSize() * Byte.SIZE
        && type.getExponentBias() == (single ? 127 : 1023)
        && type.getExponentSize() == (single ? 8 : 11)
        && type.getExponentLocation() == (single ? 23 : 52)
        && type.getMantissaLocation() == 0
        && type.getMantissaSize() == (single ? 23 : 52)
        && type.getMantissaNormalization() == 2
        && type.getSignLocation() == (single ? 31 : 63);
  }
}
