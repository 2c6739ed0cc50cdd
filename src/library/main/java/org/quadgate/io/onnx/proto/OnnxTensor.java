// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx.proto;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.quadgate.io.format.ModelFormatException;

/** ONNX's TensorProto, row-major; its elements are floats or integers, and the other is null. */
public final class OnnxTensor {
  /** May be empty in an attribute. */
  public final String name;

  /** The sizes of the dimensions, outermost first; empty for a scalar. */
  public final List<Integer> dims;

  /** The elements of type float, float16 and double, each the nearest float; shape [dims]. */
  public final OnnxFloats floats;

  /** The elements of type int32, int64 and bool; shape [dims]. */
  public final long[] longs;

  /** The code of 32-bit floats. */
  public static final int FLOAT = 1;

  /** The code of 32-bit integers. */
  public static final int INT32 = 6;

  /** The code of 64-bit integers. */
  public static final int INT64 = 7;

  /** The code of truth values. */
  public static final int BOOL = 9;

  /** The code of 16-bit floats. */
  public static final int FLOAT16 = 10;

  /** The code of 64-bit floats. */
  public static final int DOUBLE = 11;

  /** No exporter of a recurrent network needs more. */
  public static final int MOST_DIMENSIONS = 8;

  private static final int EXTERNAL = 1;

  private OnnxTensor(String name, List<Integer> dims, OnnxFloats floats, long[] longs) {
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
    final FixedNumbers floats = new FixedNumbers();
    final NumberList int32s = new NumberList();
    final NumberList int64s = new NumberList();
    final FixedNumbers doubles = new FixedNumbers();

    /** Of the fields for elements of some type, how many are not empty. */
    int filled() {
      return (floats.bytes().hasRemaining() ? 1 : 0)
          + (doubles.bytes().hasRemaining() ? 1 : 0)
          + (int32s.size() > 0 ? 1 : 0)
          + (int64s.size() > 0 ? 1 : 0);
    }
  }

  /** Reads a file that is a tensor. */
  public static OnnxTensor read(OnnxSource source, ByteBuffer bytes) throws ModelFormatException {
    return read(source, new ProtobufReader(source, bytes));
  }

  static OnnxTensor read(OnnxSource source, ProtobufReader in) throws ModelFormatException {
    Fields fields = new Fields();
    boolean external = false;
    while (in.next()) {
      switch (in.field()) {
        case 1 -> in.integers(fields.dims);
        case 2 -> fields.type = in.code();
        case 4 -> in.floats(fields.floats);
        case 5 -> in.integers(fields.int32s);
        case 7 -> in.integers(fields.int64s);
        case 8 -> fields.name = in.text();
        case 9 -> fields.raw = in.bytes();
        case 10 -> in.doubles(fields.doubles);
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
      count *= size; // no overflow: both are below 2^31
      if (count > Integer.MAX_VALUE) {
        throw source.tensor(fields.name, "has over 2^31-1 elements");
      }
    }
    List<Integer> shape = List.of(dims);
    int elements = (int) count;
    return switch (fields.type) {
      case FLOAT -> floats(source, fields, shape, elements, Float.BYTES, fields.floats);
      case DOUBLE -> floats(source, fields, shape, elements, Double.BYTES, fields.doubles);
      case FLOAT16 ->
          fields.raw == null
              ? halves(source, fields, shape, elements)
              : floats(source, fields, shape, elements, Short.BYTES, new FixedNumbers());
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

  /** Leaves the elements in the file. */
  private static OnnxTensor floats(
      OnnxSource source,
      Fields fields,
      List<Integer> shape,
      int elements,
      int size,
      FixedNumbers typed)
      throws ModelFormatException {
    check(source, fields, elements, size, typed.bytes().remaining() / size);
    ByteBuffer bytes =
        fields.raw == null ? typed.bytes() : fields.raw.slice().order(ByteOrder.LITTLE_ENDIAN);
    OnnxFloats floats = OnnxFloats.inFile(fields.type, bytes, elements);
    if (fields.type == DOUBLE) {
      for (int i = 0; i < elements; i++) {
        if (Float.isInfinite(floats.get(i))
            && !Double.isInfinite(bytes.getDouble(i * Double.BYTES))) {
          throw source.tensor(fields.name, "element " + i + " is beyond what a float can hold");
        }
      }
    }
    return new OnnxTensor(fields.name, shape, floats, null);
  }

  /** Half precision outside of raw data has an integer for each number's bits. */
  private static OnnxTensor halves(
      OnnxSource source, Fields fields, List<Integer> shape, int elements)
      throws ModelFormatException {
    check(source, fields, elements, Short.BYTES, fields.int32s.size());
    float[] values = new float[elements];
    for (int i = 0; i < elements; i++) {
      values[i] = Float.float16ToFloat((short) fields.int32s.get(i));
    }
    return new OnnxTensor(fields.name, shape, OnnxFloats.of(values), null);
  }

  private static OnnxTensor integers(
      OnnxSource source,
      Fields fields,
      List<Integer> shape,
      int elements,
      int size,
      NumberList typed)
      throws ModelFormatException {
    check(source, fields, elements, size, typed.size());
    long[] values = new long[elements];
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

  /** Checks, before anything is allocated, that the file has the elements, and has them once. */
  private static void check(
      OnnxSource source, Fields fields, int elements, int size, int inTypedField)
      throws ModelFormatException {
    if (fields.filled() > (fields.raw == null && inTypedField > 0 ? 1 : 0)) {
      throw source.tensor(fields.name, "has its data twice, or as another type than it says");
    }
    if (fields.raw != null && fields.raw.remaining() != (long) elements * size) {
      throw source.tensor(
          fields.name,
          "%d bytes of data, expected %d"
              .formatted(fields.raw.remaining(), (long) elements * size));
    }
    if (fields.raw == null && inTypedField != elements) {
      throw source.tensor(
          fields.name, "%d elements, expected %d".formatted(inTypedField, elements));
    }
  }
}
