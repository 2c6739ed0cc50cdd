// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx.graph;

import java.util.ArrayList;
import java.util.List;
import org.quadgate.io.format.ModelFormatException;

/** The operators of which every input is known before the network runs. */
final class ConstantNodes {
  private final ConstantFolding folding;
  private final long opset;

  ConstantNodes(ConstantFolding folding, long opset) {
    this.folding = folding;
    this.opset = opset;
  }

  List<Value> compute(NodeReader in) throws ModelFormatException {
    if (in.node().op().equals("Split")) {
      List<Value> parts = new ArrayList<>();
      for (Constant part : split(in)) {
        parts.add(new Value.Fixed(part));
      }
      return parts;
    }
    return List.of(new Value.Fixed(constant(in)));
  }

  private Constant constant(NodeReader in) throws ModelFormatException {
    return switch (in.node().op()) {
      case "Constant" -> literal(in);
      case "Identity" -> in.constant(0, "input");
      case "Shape" -> shape(in);
      case "Transpose" -> {
        Constant from = in.constant(0, "input");
        yield folding.transpose(in, from, Axes.order(in, from.rank()));
      }
      case "Slice" -> {
        Constant from = in.constant(0, "input");
        for (Axes.Range range : Axes.ranges(in, opset)) {
          int axis = in.axis(range.axis(), from.rank());
          if (from.open[axis]) {
            throw in.failure("takes places of a dimension that the file leaves open");
          }
          Axes.Range bounded = range.within(in, from.dims[axis]);
          from =
              folding.slice(
                  in, from, axis, (int) bounded.from(), (int) bounded.step(), bounded.count());
        }
        yield from;
      }
      case "Gather" -> {
        Constant from = in.constant(0, "input");
        int axis = in.axis(in.integer("axis", 0), from.rank());
        yield folding.gather(in, from, axis, in.constant(1, "indices"));
      }
      case "Concat" -> {
        Constant[] parts = new Constant[in.node().inputs().size()];
        for (int i = 0; i < parts.length; i++) {
          parts[i] = in.constant(i, "input");
        }
        if (parts.length == 0) {
          throw in.failure("joins nothing");
        }
        yield folding.concat(in, parts, in.axis(in.integer("axis", 0), parts[0].rank()));
      }
      case "Unsqueeze" -> unsqueeze(in);
      case "Squeeze" -> squeeze(in);
      case "Reshape" -> {
        Constant from = in.constant(0, "input");
        long[] shape = in.openList(1, "shape");
        yield folding.reshape(in, from, shape, in.integer("allowzero", 0) == 0);
      }
      case "Expand" -> folding.expand(in, in.constant(0, "input"), in.openList(1, "shape"));
      case "ConstantOfShape" -> {
        Constant value = in.tensor("value");
        Constant zero = Constant.ofFloats(new int[] {1}, new boolean[1], 0);
        yield folding.fill(in, value == null ? zero : value, in.openList(0, "shape"));
      }
      case "Cast" -> folding.cast(in, in.constant(0, "input"), in.integer("to", 0));
      case "Mul" -> folding.multiply(in, in.constant(0, "input"), in.constant(1, "input"));
      case "Add" -> folding.add(in, in.constant(0, "input"), in.constant(1, "input"));
      case "Equal" -> folding.equal(in, in.constant(0, "input"), in.constant(1, "input"));
      case "Where" ->
          folding.where(
              in, in.constant(0, "condition"), in.constant(1, "input"), in.constant(2, "input"));
      default -> throw in.failure(DataNodes.NOT_UNDERSTOOD);
    };
  }

  private static Constant literal(NodeReader in) throws ModelFormatException {
    if (in.has("value")) {
      return in.tensor("value");
    }
    if (in.has("value_int")) {
      return Constant.ofLongs(new int[0], new boolean[0], in.integer("value_int", 0));
    }
    if (in.has("value_ints")) {
      return Constant.list(in.integers("value_ints"));
    }
    if (in.has("value_float")) {
      return Constant.ofFloats(new int[0], new boolean[0], in.real("value_float", 0));
    }
    if (in.has("value_floats")) {
      List<Float> values = in.reals("value_floats");
      float[] floats = new float[values.size()];
      for (int i = 0; i < floats.length; i++) {
        floats[i] = values.get(i);
      }
      return Constant.ofFloats(new int[] {floats.length}, new boolean[1], floats);
    }
    throw in.failure("has no value of a kind that is understood");
  }

  /** The sizes of a constant, open ones among them. */
  private static Constant shape(NodeReader in) throws ModelFormatException {
    Constant of = in.constant(0, "input");
    long[] sizes = new long[of.rank()];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = of.open[i] ? Constant.OPEN : of.dims[i];
    }
    return Axes.part(in, sizes);
  }

  private Constant unsqueeze(NodeReader in) throws ModelFormatException {
    Constant from = in.constant(0, "input");
    long[] axes = Axes.listed(in, opset);
    if (axes == null) {
      throw in.failure("has no axes");
    }
    int rank = ShapeOps.checkedRank(in, from.rank() + axes.length);
    boolean[] added = new boolean[rank];
    for (long axis : axes) {
      added[in.axis(axis, rank)] = true;
    }
    int[] dims = new int[rank];
    boolean[] open = new boolean[rank];
    int at = 0;
    for (int i = 0; i < rank; i++) {
      if (!added[i] && at == from.rank()) {
        throw in.failure("adds the same dimension twice");
      }
      open[i] = !added[i] && from.open[at];
      dims[i] = added[i] ? 1 : from.dims[at++];
    }
    return from.reshaped(dims, open);
  }

  private Constant squeeze(NodeReader in) throws ModelFormatException {
    Constant from = in.constant(0, "input");
    long[] axes = Axes.listed(in, opset);
    boolean[] gone = new boolean[from.rank()];
    for (int i = 0; axes == null && i < gone.length; i++) {
      gone[i] = from.dims[i] == 1 && !from.open[i];
    }
    for (int i = 0; axes != null && i < axes.length; i++) {
      int axis = in.axis(axes[i], from.rank());
      if (from.dims[axis] != 1) {
        throw in.failure("takes away dimension " + axis + " of " + from.shape());
      }
      gone[axis] = true;
    }
    int kept = 0;
    for (boolean each : gone) {
      kept += each ? 0 : 1;
    }
    int[] dims = new int[kept];
    boolean[] open = new boolean[kept];
    int to = 0;
    for (int i = 0; i < gone.length; i++) {
      if (!gone[i]) {
        dims[to] = from.dims[i];
        open[to++] = from.open[i];
      }
    }
    return from.reshaped(dims, open);
  }

  private List<Constant> split(NodeReader in) throws ModelFormatException {
    Constant from = in.constant(0, "input");
    int axis = in.axis(in.integer("axis", 0), from.rank());
    long[] sizes = opset < 13 ? in.integers("split") : in.optionalList(1, "split");
    int count = in.node().outputs().size();
    if (in.has("num_outputs") && in.integer("num_outputs", count) != count) {
      throw in.failure("num_outputs is not the number of its outputs");
    }
    if (from.open[axis] || count == 0 || (sizes != null && sizes.length != count)) {
      throw in.failure("cannot split " + from.shape() + " into " + count);
    }
    List<Constant> parts = new ArrayList<>();
    int at = 0;
    // without sizes the parts are equal, and the last is smaller if that does not come out even
    int equal = (from.dims[axis] + count - 1) / count;
    for (int i = 0; i < count; i++) {
      long size = sizes == null ? Math.min(equal, from.dims[axis] - at) : sizes[i];
      if (size < 0 || size > from.dims[axis] - at) {
        throw in.failure("cannot split " + from.shape() + " like this");
      }
      parts.add(folding.slice(in, from, axis, at, 1, (int) size));
      at += (int) size;
    }
    if (at != from.dims[axis]) {
      throw in.failure("splits only a part of " + from.shape());
    }
    return parts;
  }
}
