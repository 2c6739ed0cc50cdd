// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx.graph;

import java.util.Arrays;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.io.onnx.proto.OnnxTensor;

/**
 * Computes the nodes whose inputs are known before the network runs. Every element that is made
 * counts against a budget, because a few bytes of nodes can ask for terabytes.
 */
final class ConstantFolding {
  private long budget;

  /** Allows that many elements in all. */
  ConstantFolding(long budget) {
    this.budget = budget;
  }

  Constant transpose(NodeReader in, Constant from, int[] order) throws ModelFormatException {
    int[] dims = new int[order.length];
    boolean[] open = new boolean[order.length];
    int[] strides = new int[order.length];
    int[] old = strides(from.dims);
    for (int i = 0; i < order.length; i++) {
      dims[i] = from.dims[order[i]];
      open[i] = from.open[order[i]];
      strides[i] = old[order[i]];
    }
    return walk(in, from, dims, open, strides, 0);
  }

  /** Elements start, start + step, … of an axis. */
  Constant slice(NodeReader in, Constant from, int axis, int start, int step, int count)
      throws ModelFormatException {
    int[] dims = from.dims.clone();
    int[] strides = strides(from.dims);
    int first = start * strides[axis];
    dims[axis] = count;
    strides[axis] *= step;
    return walk(in, from, dims, from.open, strides, first);
  }

  /** Elements of an axis by their place; the shape of {@code at} replaces the axis. */
  Constant gather(NodeReader in, Constant from, int axis, Constant at) throws ModelFormatException {
    if (at.isFloat() || at.rank() > 1 || at.anyOpen() || from.open[axis]) {
      throw in.failure("indices of shape " + at.shape() + " on " + from.shape());
    }
    int inner = strides(from.dims)[axis];
    int outer = inner * from.dims[axis] == 0 ? 0 : from.size() / (inner * from.dims[axis]);
    int size = spend(in, (long) outer * at.size() * inner);
    float[] floats = from.isFloat() ? new float[size] : null;
    long[] longs = from.isFloat() ? null : new long[size];
    int n = 0;
    for (int o = 0; o < outer; o++) {
      for (long place : at.longs) {
        int p = in.axis(place, from.dims[axis]);
        from.copy((o * from.dims[axis] + p) * inner, floats, longs, n, inner);
        n += inner;
      }
    }
    int rank = from.rank() - 1 + at.rank();
    int[] dims = new int[rank];
    boolean[] open = new boolean[rank];
    for (int i = 0, to = 0; i < from.rank(); i++) {
      if (i != axis) {
        dims[to] = from.dims[i];
        open[to++] = from.open[i];
      } else if (at.rank() == 1) {
        dims[to++] = at.size();
      }
    }
    return Constant.ofEither(dims, open, floats, longs);
  }

  Constant concat(NodeReader in, Constant[] parts, int axis) throws ModelFormatException {
    Constant first = parts[0];
    int[] dims = first.dims.clone();
    long along = 0;
    long total = 0;
    for (Constant part : parts) {
      boolean same = part.rank() == dims.length && part.isFloat() == first.isFloat();
      for (int i = 0; same && i < dims.length; i++) {
        same = i == axis ? !part.open[i] : part.dims[i] == dims[i] && part.open[i] == first.open[i];
      }
      if (!same) {
        throw in.failure("cannot join shapes " + first.shape() + " and " + part.shape());
      }
      along += part.dims[axis];
      total += part.size();
    }
    int size = spend(in, total);
    dims[axis] = (int) Math.min(along, Integer.MAX_VALUE);
    float[] floats = first.isFloat() ? new float[size] : null;
    long[] longs = first.isFloat() ? null : new long[size];
    int outer = 1;
    for (int i = 0; i < axis; i++) {
      outer *= dims[i];
    }
    int to = 0;
    for (int o = 0; size > 0 && o < outer; o++) {
      for (Constant part : parts) {
        int run = part.size() / outer;
        part.copy(o * run, floats, longs, to, run);
        to += run;
      }
    }
    return Constant.ofEither(dims, first.open, floats, longs);
  }

  /** As many dimensions as the longer of both shapes; a size of 1 grows to the other's. */
  Constant expand(NodeReader in, Constant from, long[] shape) throws ModelFormatException {
    int rank = Math.max(from.rank(), shape.length);
    int[] dims = new int[rank];
    boolean[] open = new boolean[rank];
    int[] strides = new int[rank];
    int[] old = strides(from.dims);
    for (int i = 0; i < rank; i++) {
      int mine = i - (rank - from.rank());
      int theirs = i - (rank - shape.length);
      int size = mine < 0 ? 1 : from.dims[mine];
      long wanted = theirs < 0 ? 1 : shape[theirs];
      strides[i] = mine < 0 || size == 1 ? 0 : old[mine];
      open[i] = wanted == Constant.OPEN || (mine >= 0 && from.open[mine]);
      if ((wanted == Constant.OPEN && size == 1) || wanted == 1 || wanted == size) {
        dims[i] = size;
      } else if (size == 1 && !open[i] && wanted >= 0 && wanted <= Integer.MAX_VALUE) {
        dims[i] = (int) wanted;
      } else {
        throw in.failure("cannot expand " + from.shape() + " to " + Arrays.toString(shape));
      }
    }
    return walk(in, from, dims, open, strides, 0);
  }

  Constant fill(NodeReader in, Constant value, long[] shape) throws ModelFormatException {
    if (value.size() != 1) {
      throw in.failure("a value of shape " + value.shape() + ", expected one element");
    }
    return expand(in, value.reshaped(new int[0], new boolean[0]), shape);
  }

  /** To float (1), int64 (7) or int32 (6). */
  Constant cast(NodeReader in, Constant from, long type) throws ModelFormatException {
    boolean toFloat = type == OnnxTensor.FLOAT || (type == OnnxTensor.DOUBLE && from.isFloat());
    boolean toInteger = type == OnnxTensor.INT64 || type == OnnxTensor.INT32;
    if (!toFloat && !toInteger) {
      throw in.failure("a cast of a constant to type " + type + ", expected float or int64");
    }
    if (from.isFloat() == toFloat) {
      if (type == OnnxTensor.INT32) {
        for (long each : from.longs) {
          if (each != Constant.OPEN && each != (int) each) {
            throw in.failure("a cast of " + each + " to int32");
          }
        }
      }
      return from;
    }
    int size = spend(in, from.size());
    if (toFloat) {
      float[] values = new float[size];
      for (int i = 0; i < size; i++) {
        if (from.longs[i] == Constant.OPEN) {
          throw in.failure("a cast of a size that the file leaves open");
        }
        values[i] = from.longs[i];
      }
      return Constant.ofFloats(from.dims, from.open, values);
    }
    long[] values = new long[size];
    for (int i = 0; i < size; i++) {
      float value = from.floats.get(i);
      values[i] = (long) value;
      if (values[i] != value || Math.abs(values[i]) > Integer.MAX_VALUE) {
        throw in.failure("a cast of " + value + " to an integer");
      }
    }
    return Constant.ofLongs(from.dims, from.open, values);
  }

  /** The product; one of the factors has one element, or both have the same shape. */
  Constant multiply(NodeReader in, Constant a, Constant b) throws ModelFormatException {
    boolean sameShape = Arrays.equals(a.dims, b.dims) && Arrays.equals(a.open, b.open);
    boolean bySingle = b.size() == 1 && b.rank() <= a.rank() && !b.anyOpen();
    if (!sameShape && !bySingle) {
      if (a.size() == 1 && b.rank() >= a.rank() && !a.anyOpen()) {
        return multiply(in, b, a);
      }
      throw in.failure("cannot multiply shapes " + a.shape() + " and " + b.shape());
    }
    if (a.isFloat() != b.isFloat()) {
      throw in.failure("cannot multiply a float by an integer");
    }
    int size = spend(in, a.size());
    if (a.isFloat()) {
      float[] values = new float[size];
      for (int i = 0; i < size; i++) {
        values[i] = a.floats.get(i) * b.floats.get(sameShape ? i : 0);
      }
      return Constant.ofFloats(a.dims, a.open, values);
    }
    long[] values = new long[size];
    for (int i = 0; i < size; i++) {
      long x = a.longs[i];
      long y = b.longs[sameShape ? i : 0];
      try {
        values[i] =
            x == Constant.OPEN || y == Constant.OPEN ? Constant.OPEN : Math.multiplyExact(x, y);
      } catch (ArithmeticException e) {
        throw in.failure("the product of " + x + " and " + y + " is beyond 64 bits");
      }
    }
    return Constant.ofLongs(a.dims, a.open, values);
  }

  /** The sum of integers; of an open size it is open. */
  Constant add(NodeReader in, Constant a, Constant b) throws ModelFormatException {
    checkIntegers(in, a, b);
    long[] values = new long[spend(in, a.size())];
    for (int i = 0; i < values.length; i++) {
      boolean open = a.longs[i] == Constant.OPEN || b.longs[i] == Constant.OPEN;
      values[i] = open ? Constant.OPEN : a.longs[i] + b.longs[i];
    }
    return Constant.ofLongs(a.dims, a.open, values);
  }

  /** 1 where the integers are equal, else 0; an open size is no negative number. */
  Constant equal(NodeReader in, Constant a, Constant b) throws ModelFormatException {
    checkIntegers(in, a, b);
    long[] values = new long[spend(in, a.size())];
    for (int i = 0; i < values.length; i++) {
      boolean open = a.longs[i] == Constant.OPEN || b.longs[i] == Constant.OPEN;
      if (open && Math.max(a.longs[i], b.longs[i]) >= 0) {
        throw in.failure("compares a size that the file leaves open");
      }
      values[i] = !open && a.longs[i] == b.longs[i] ? 1 : 0;
    }
    return Constant.ofLongs(a.dims, a.open, values);
  }

  /** Of integers, {@code a}'s where the condition is not 0 and {@code b}'s elsewhere. */
  Constant where(NodeReader in, Constant condition, Constant a, Constant b)
      throws ModelFormatException {
    checkIntegers(in, condition, a);
    checkIntegers(in, a, b);
    long[] values = new long[spend(in, a.size())];
    for (int i = 0; i < values.length; i++) {
      values[i] = condition.longs[i] != 0 ? a.longs[i] : b.longs[i];
    }
    return Constant.ofLongs(a.dims, a.open, values);
  }

  private static void checkIntegers(NodeReader in, Constant a, Constant b)
      throws ModelFormatException {
    if (a.isFloat()
        || b.isFloat()
        || !Arrays.equals(a.dims, b.dims)
        || a.anyOpen()
        || b.anyOpen()) {
      throw in.failure("cannot join shapes " + a.shape() + " and " + b.shape());
    }
  }

  Constant reshape(NodeReader in, Constant from, long[] shape, boolean zeroCopies)
      throws ModelFormatException {
    int[] dims = new int[shape.length];
    boolean[] open = new boolean[shape.length];
    int inferred = -1;
    long known = 1;
    for (int i = 0; i < shape.length; i++) {
      long size = shape[i];
      if (size == 0 && zeroCopies && i < from.rank()) {
        size = from.dims[i];
        open[i] = from.open[i];
      }
      if (size == -1 && inferred < 0) {
        inferred = i;
        continue;
      }
      if (size < 0 || size > Integer.MAX_VALUE) {
        throw in.failure("cannot reshape " + from.shape() + " to " + Arrays.toString(shape));
      }
      dims[i] = (int) size;
      known = Math.min(known * size, Integer.MAX_VALUE + 1L);
    }
    if (inferred >= 0) {
      dims[inferred] = known == 0 ? 0 : (int) (from.size() / known);
      known *= dims[inferred];
    }
    if (known != from.size() || (from.anyOpen() && !Arrays.equals(from.open, open))) {
      throw in.failure("cannot reshape " + from.shape() + " to " + Arrays.toString(shape));
    }
    return from.reshaped(dims, open);
  }

  /** The elements that one meets walking through a shape with these strides. */
  private Constant walk(
      NodeReader in, Constant from, int[] dims, boolean[] open, int[] strides, int first)
      throws ModelFormatException {
    long count = 1;
    for (int size : dims) {
      count = Math.min(count * size, Integer.MAX_VALUE + 1L);
    }
    int size = spend(in, count);
    float[] floats = from.isFloat() ? new float[size] : null;
    long[] longs = from.isFloat() ? null : new long[size];
    // the innermost dimensions that lie in one piece are copied in one go
    int outer = dims.length;
    int run = 1;
    while (outer > 0 && (dims[outer - 1] == 1 || strides[outer - 1] == run)) {
      run *= dims[--outer];
    }
    int[] at = new int[outer];
    int place = first;
    for (int i = 0; i < size; i += run) {
      from.copy(place, floats, longs, i, run);
      for (int d = outer - 1; d >= 0; d--) {
        place += strides[d];
        if (++at[d] < dims[d]) {
          break;
        }
        place -= dims[d] * strides[d];
        at[d] = 0;
      }
    }
    return Constant.ofEither(dims, open, floats, longs);
  }

  private static int[] strides(int[] dims) {
    int[] strides = new int[dims.length];
    int stride = 1;
    for (int i = dims.length - 1; i >= 0; i--) {
      strides[i] = stride;
      stride *= dims[i];
    }
    return strides;
  }

  /**
   * Takes elements from the budget before they are allocated.
   *
   * @return as many
   */
  int spend(NodeReader in, long elements) throws ModelFormatException {
    budget -= elements;
    if (budget < 0) {
      throw in.failure("the file's constants would become far larger than the file");
    }
    return (int) elements;
  }
}
