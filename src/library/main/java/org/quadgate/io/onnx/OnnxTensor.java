// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.quadgate.io.ModelFormatException;

/** ONNX's TensorProto, row-major; its elements are in one of two arrays and the other is null. */
final class OnnxTensor {
  /** May be empty in an attribute. */
  final String name;

  /** The sizes of the dimensions, outermost first; empty for a scalar. */
  final List<Integer> dims;

  /** The elements of type float, float16 and double, each the nearest float; shape [dims]. */
  final float[] floats;

  /** The elements of type int32, int64 and bool; shape [dims]. */
  final long[] longs;

  static final int FLOAT = 1;
  static final int INT32 = 6;
  static final int INT64 = 7;
  static final int BOOL = 9;
  static final int FLOAT16 = 10;
  static final int DOUBLE = 11;

  /** No exporter of a recurrent network needs more. */
  static final int MOST_DIMENSIONS = 8;

  private static final int EXTERNAL = 1;

  private OnnxTensor(String name, List<Integer> dims, float[] floats, long[] longs) {
    this.name = name;
    this.dims = dims;
    this.floats = floats;
    this.longs = longs;
  }

  /** The fields of a message as they stand; checked once all are there. */
  private static final class Fields {
    String name = "";
    int type;
    ByteBuffer raw;
    final NumberList dims = new NumberList();
    final NumberList floats = new NumberList();
    final NumberList int32s = new NumberList();
    final NumberList int64s = new NumberList();
    final NumberList doubles = new NumberList();
  }

  static OnnxTensor read(OnnxSource source, ProtobufReader in) throws ModelFormatException {
    Fields fields = new Fields();
    boolean external = false;
    while (in.next()) {
      switch (in.field()) {
        case 1 -> in.integers(fields.dims);
        case 2 -> fields.type = in.code();
        case 4 -> in.floatBits(fields.floats);
        case 5 -> in.integers(fields.int32s);
        case 7 -> in.integers(fields.int64s);
        case 8 -> fields.name = in.text();
        case 9 -> fields.raw = in.bytes();
        case 10 -> in.doubleBits(fields.doubles);
        case 12, 16 -> in.skip(); // doc_string, metadata_props
        case 13 -> {
          external = true;
          in.skip();
        }
        case 14 -> external |= in.integer() == EXTERNAL;
        default -> throw in.failure("field " + in.field() + " of a tensor is not understood");
      }
    }
    if (external) {
      throw source.tensor(
          fields.name, "its data is in another file, which is not opened; save the model as one");
    }
    return decode(source, fields);
  }

  private static OnnxTensor decode(OnnxSource source, Fields fields) throws ModelFormatException {
    if (fields.dims.size() > MOST_DIMENSIONS) {
      throw source.tensor(
          fields.name, fields.dims.size() + " dimensions, expected at most " + MOST_DIMENSIONS);
    }
    Integer[] dims = new Integer[fields.dims.size()];
    long count = 1;
    for (int i = 0; i < dims.length; i++) {
      long size = fields.dims.get(i);
      if (size < 0 || size > Integer.MAX_VALUE) {
        throw source.tensor(fields.name, "dimension " + i + " has size " + size);
      }
      dims[i] = (int) size;
      count *= size; // below 2^62, for it was at most 2^31-1 before
      if (count > Integer.MAX_VALUE) {
        throw source.tensor(fields.name, "has over 2^31-1 elements");
      }
    }
    List<Integer> shape = List.of(dims);
    int elements = (int) count;
    return switch (fields.type) {
      case FLOAT -> {
        float[] values = new float[checked(source, fields, elements, Float.BYTES, fields.floats)];
        for (int i = 0; i < elements; i++) {
          values[i] =
              fields.raw == null
                  ? Float.intBitsToFloat((int) fields.floats.get(i))
                  : fields.raw.getFloat(fields.raw.position() + i * Float.BYTES);
        }
        yield new OnnxTensor(fields.name, shape, values, null);
      }
      case FLOAT16 -> {
        float[] values = new float[checked(source, fields, elements, Short.BYTES, fields.int32s)];
        for (int i = 0; i < elements; i++) {
          values[i] =
              Float.float16ToFloat(
                  fields.raw == null
                      ? (short) fields.int32s.get(i)
                      : fields.raw.getShort(fields.raw.position() + i * Short.BYTES));
        }
        yield new OnnxTensor(fields.name, shape, values, null);
      }
      case DOUBLE -> {
        float[] values = new float[checked(source, fields, elements, Double.BYTES, fields.doubles)];
        for (int i = 0; i < elements; i++) {
          double value =
              fields.raw == null
                  ? Double.longBitsToDouble(fields.doubles.get(i))
                  : fields.raw.getDouble(fields.raw.position() + i * Double.BYTES);
          values[i] = (float) value;
          if (Float.isInfinite(values[i]) && !Double.isInfinite(value)) {
            throw source.tensor(fields.name, "element " + i + " is beyond what a float can hold");
          }
        }
        yield new OnnxTensor(fields.name, shape, values, null);
      }
      case INT64 -> integers(source, fields, shape, elements, Long.BYTES, fields.int64s);
      case INT32 -> integers(source, fields, shape, elements, Integer.BYTES, fields.int32s);
      case BOOL -> integers(source, fields, shape, elements, Byte.BYTES, fields.int32s);
      default ->
          throw source.tensor(
              fields.name,
              "element type "
                  + fields.type
                  + ", expected float, float16, double, int32, int64 or bool; export as float");
    };
  }

  private static OnnxTensor integers(
      OnnxSource source,
      Fields fields,
      List<Integer> shape,
      int elements,
      int size,
      NumberList typed)
      throws ModelFormatException {
    long[] values = new long[checked(source, fields, elements, size, typed)];
    for (int i = 0; i < elements; i++) {
      if (fields.raw == null) {
        values[i] = typed.get(i);
      } else {
        int at = fields.raw.position() + i * size;
        values[i] =
            switch (size) {
              case Long.BYTES -> fields.raw.getLong(at);
              case Integer.BYTES -> fields.raw.getInt(at);
              default -> fields.raw.get(at);
            };
      }
    }
    return new OnnxTensor(fields.name, shape, null, values);
  }

  /** The number of elements, once it is sure that the file has them, and has them once. */
  private static int checked(
      OnnxSource source, Fields fields, int elements, int size, NumberList typed)
      throws ModelFormatException {
    NumberList[] lists = {fields.floats, fields.int32s, fields.int64s, fields.doubles};
    for (NumberList list : lists) {
      if (list.size() > 0 && (list != typed || fields.raw != null)) {
        throw source.tensor(fields.name, "has its data twice, or as another type than it says");
      }
    }
    if (fields.raw != null && fields.raw.remaining() != (long) elements * size) {
      throw source.tensor(
          fields.name,
          "%d bytes of data, expected %d"
              .formatted(fields.raw.remaining(), (long) elements * size));
    }
    if (fields.raw == null && typed.size() != elements) {
      throw source.tensor(
          fields.name, "%d elements, expected %d".formatted(typed.size(), elements));
    }
    assert fields.raw == null || fields.raw.order() == ByteOrder.LITTLE_ENDIAN;
    return elements;
  }
}
