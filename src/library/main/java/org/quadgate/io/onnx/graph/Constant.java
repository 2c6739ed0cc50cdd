// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx.graph;

import org.quadgate.io.onnx.proto.OnnxFloats;
import org.quadgate.io.onnx.proto.OnnxTensor;

/**
 * A tensor whose elements are known before the network runs: a weight, a list of axes, a shape. Its
 * elements are floats or integers, and the other is null.
 *
 * <p>A shape can have sizes that are left open, such as the batch; these are {@link #OPEN}. A
 * tensor that was expanded to an open size has equal elements along it, of which one is kept: its
 * size here is 1, and {@code open} says that it stands for any.
 */
final class Constant {
  /** An integer that is only known once the network runs. */
  static final long OPEN = Long.MIN_VALUE;

  /** The sizes of the dimensions, outermost first. */
  final int[] dims;

  /** Which dimensions stand for any number of equal elements; shape [dims.length]. */
  final boolean[] open;

  /** Elements, row-major; shape [dims]. */
  final OnnxFloats floats;

  /** Elements, row-major; shape [dims]. */
  final long[] longs;

  private Constant(int[] dims, boolean[] open, OnnxFloats floats, long[] longs) {
    this.dims = dims;
    this.open = open;
    this.floats = floats;
    this.longs = longs;
  }

  static Constant of(OnnxTensor tensor) {
    int[] dims = tensor.dims.stream().mapToInt(Integer::intValue).toArray();
    return new Constant(dims, new boolean[dims.length], tensor.floats, tensor.longs);
  }

  static Constant ofFloats(int[] dims, boolean[] open, float... values) {
    return new Constant(dims, open, OnnxFloats.of(values), null);
  }

  static Constant ofLongs(int[] dims, boolean[] open, long... values) {
    return new Constant(dims, open, null, values);
  }

  /** Of the one array that there is. */
  static Constant ofEither(int[] dims, boolean[] open, float[] floats, long[] longs) {
    return floats != null ? ofFloats(dims, open, floats) : ofLongs(dims, open, longs);
  }

  /** A list of integers, such as a shape. */
  static Constant list(long... values) {
    return ofLongs(new int[] {values.length}, new boolean[1], values);
  }

  int rank() {
    return dims.length;
  }

  int size() {
    return floats != null ? floats.size() : longs.length;
  }

  boolean isFloat() {
    return floats != null;
  }

  /** The same elements under another shape of the same number of elements. */
  Constant reshaped(int[] newDims, boolean[] newOpen) {
    return new Constant(newDims, newOpen, floats, longs);
  }

  /** Copies elements to whichever of the two arrays is of their kind. */
  void copy(int from, float[] toFloats, long[] toLongs, int at, int count) {
    if (floats == null) {
      System.arraycopy(longs, from, toLongs, at, count);
    } else if (count == 1) {
      toFloats[at] = floats.get(from);
    } else {
      floats.copy(from, toFloats, at, count);
    }
  }

  boolean anyOpen() {
    for (boolean each : open) {
      if (each) {
        return true;
      }
    }
    return false;
  }

  /** The sizes with ? for open ones, such as {@code [1, ?, 8]}. */
  String shape() {
    StringBuilder text = new StringBuilder("[");
    for (int i = 0; i < dims.length; i++) {
      text.append(i == 0 ? "" : ", ").append(open[i] ? "?" : Integer.toString(dims[i]));
    }
    return text.append(']').toString();
  }
}
