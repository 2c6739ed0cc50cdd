// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.quadgate.io.format.ModelFormatException;

/** The arguments of shape operators, which are attributes in old opsets and inputs in new ones. */
final class Axes {
  private Axes() {}

  /**
   * Places of a dimension.
   *
   * @param axis which; below 0 counted from behind
   * @param from the first, as the file says it
   * @param to the place behind the last, as the file says it
   */
  record Range(long axis, long from, long to, long step) {
    /** The same counted from the front, within a dimension of that size. */
    Range within(NodeReader in, long size) throws ModelFormatException {
      if (step == 0 || step == Long.MIN_VALUE) {
        throw in.failure("has the step " + step);
      }
      long first = from < 0 ? from + size : from;
      long end = to < 0 && to >= -size ? to + size : to;
      if (step > 0) {
        first = Math.clamp(first, 0, size);
        end = Math.clamp(end, 0, size);
      } else {
        first = Math.clamp(first, -1, size - 1);
        end = to < -size ? -1 : Math.clamp(end, 0, size - 1);
      }
      return new Range(axis, first, end, step);
    }

    /** How many places; of a range within a dimension. */
    int count() {
      long distance = step > 0 ? to - from : from - to;
      long stride = Math.abs(step);
      return (int) (distance <= 0 ? 0 : (distance - 1) / stride + 1);
    }
  }

  /** A Slice node's ranges. */
  static List<Range> ranges(NodeReader in, long opset) throws ModelFormatException {
    long[] from;
    long[] to;
    long[] axes;
    long[] steps = null;
    if (opset < 10) {
      from = in.integers("starts");
      to = in.integers("ends");
      axes = in.integers("axes");
    } else {
      from = in.optionalList(1, "starts");
      to = in.optionalList(2, "ends");
      axes = in.optionalList(3, "axes");
      steps = in.optionalList(4, "steps");
    }
    if (from == null
        || to == null
        || from.length != to.length
        || (axes != null && axes.length != from.length)
        || (steps != null && steps.length != from.length)) {
      throw in.failure("expected as many starts as ends, axes and steps");
    }
    List<Range> ranges = new ArrayList<>();
    for (int i = 0; i < from.length; i++) {
      long axis = axes == null ? i : axes[i];
      ranges.add(new Range(axis, from[i], to[i], steps == null ? 1 : steps[i]));
    }
    return ranges;
  }

  /** The axes of Squeeze and Unsqueeze; null if there are none. */
  static long[] listed(NodeReader in, long opset) throws ModelFormatException {
    return opset < 13 ? in.integers("axes") : in.optionalList(1, "axes");
  }

  /** A Transpose node's order; reversed unless it says one. */
  static int[] order(NodeReader in, int rank) throws ModelFormatException {
    long[] said = in.integers("perm");
    int[] order = new int[rank];
    boolean[] seen = new boolean[rank];
    if (said != null && said.length != rank) {
      throw in.failure("perm has %d entries for %d dimensions".formatted(said.length, rank));
    }
    for (int i = 0; i < rank; i++) {
      order[i] = said == null ? rank - 1 - i : in.axis(said[i], rank);
      if (seen[order[i]]) {
        throw in.failure("perm has dimension " + order[i] + " twice");
      }
      seen[order[i]] = true;
    }
    return order;
  }

  /** A Shape node's part of a shape. */
  static Constant part(NodeReader in, long[] sizes) throws ModelFormatException {
    int rank = sizes.length;
    long start = in.integer("start", 0);
    long end = in.integer("end", rank);
    int from = Math.clamp(start < 0 ? start + rank : start, 0, rank);
    int to = Math.clamp(end < 0 ? end + rank : end, from, rank);
    return Constant.list(Arrays.copyOfRange(sizes, from, to));
  }
}
