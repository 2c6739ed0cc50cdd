// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.io.onnx.graph.Value.Axis;
import org.quadgate.io.onnx.graph.Value.Data;
import org.quadgate.io.onnx.graph.Value.Dim;
import org.quadgate.io.onnx.proto.OnnxTensor;
import org.quadgate.network.Rows;

/**
 * What the shape operations that exporters put around recurrent layers do to data: they move, add
 * and take away dimensions, pick the last timestep or a direction, and lay directions side by side.
 * Whatever would mix values of different sequences, timesteps or features is refused.
 */
final class ShapeOps {
  private ShapeOps() {}

  static Data transpose(Data data, int[] order) {
    List<Dim> dims = new ArrayList<>();
    for (int from : order) {
      dims.add(data.dims().get(from));
    }
    return data.with(dims);
  }

  /** Takes dimensions of size 1 away: those of {@code axes}, or all where it is null. */
  static Data squeeze(NodeReader in, Data data, long[] axes) throws ModelFormatException {
    boolean[] gone = new boolean[data.rank()];
    if (axes == null) {
      for (int i = 0; i < gone.length; i++) {
        gone[i] = data.dims().get(i).size() == 1;
      }
    } else {
      for (long axis : axes) {
        gone[in.axis(axis, data.rank())] = true;
      }
    }
    List<Dim> kept = new ArrayList<>();
    for (int i = 0; i < gone.length; i++) {
      if (!gone[i]) {
        kept.add(data.dims().get(i));
      } else if (data.dims().get(i).size() != 1) {
        throw in.failure("takes away dimension %d of %s".formatted(i, data.shape()));
      }
    }
    return data.with(kept);
  }

  static Data unsqueeze(NodeReader in, Data data, long[] axes) throws ModelFormatException {
    int rank = checkedRank(in, data.rank() + axes.length);
    boolean[] added = new boolean[rank];
    for (long axis : axes) {
      added[in.axis(axis, rank)] = true;
    }
    List<Dim> dims = new ArrayList<>();
    int from = 0;
    for (boolean isNew : added) {
      if (!isNew && from == data.rank()) {
        throw in.failure("adds the same dimension twice");
      }
      dims.add(isNew ? new Dim(Axis.ONE, 1) : data.dims().get(from++));
    }
    return data.with(dims);
  }

  static int checkedRank(NodeReader in, int rank) throws ModelFormatException {
    if (rank > OnnxTensor.MOST_DIMENSIONS) {
      throw in.failure(rank + " dimensions, expected at most " + OnnxTensor.MOST_DIMENSIONS);
    }
    return rank;
  }

  /**
   * Some places of a dimension, which stays.
   *
   * @param from the first, already counted from the front where the size is known
   * @param to the place behind the last, likewise
   */
  static Value slice(NodeReader in, Data data, int axis, long from, long to, long step)
      throws ModelFormatException {
    Dim dim = data.dims().get(axis);
    long size = dim.size();
    boolean toEnd = to >= (size == Constant.OPEN ? Integer.MAX_VALUE : size);
    if (from == 0 && toEnd && step == 1) {
      return data;
    }
    if (data.isInput()) {
      return new Value.GivenState(data.input());
    }
    if (step != 1) {
      throw in.failure("takes places of %s with step %d".formatted(data.shape(), step));
    }
    Dim one = new Dim(Axis.ONE, 1);
    if (toEnd && (from == -1 || from == size - 1) && dim.axis() == Axis.TIME) {
      return lastStep(in, data).with(axis, one);
    }
    if (from == 0 && to == 1 && dim.axis() == Axis.TIME && readsBackwards(data)) {
      return data.ofRows(Rows.FINAL).with(axis, one);
    }
    if (dim.axis() == Axis.DIRECTION && from >= 0 && to == from + 1) {
      return data.ofPart((int) from).with(axis, one);
    }
    throw in.failure(
        "takes places %d to %d of dimension %d of %s; expected the last timestep or a direction"
            .formatted(from, to, axis, data.shape()));
  }

  /** One place of a dimension, which goes; below 0 it is counted from behind. */
  static Value pick(NodeReader in, Data data, int axis, long place) throws ModelFormatException {
    Dim dim = data.dims().get(axis);
    if (data.isInput()) {
      return new Value.GivenState(data.input());
    }
    long size = dim.size();
    if (dim.axis() == Axis.TIME && (place == -1 || place == size - 1)) {
      return lastStep(in, data).without(axis);
    }
    if (dim.axis() == Axis.TIME && place == 0 && readsBackwards(data)) {
      return data.ofRows(Rows.FINAL).without(axis);
    }
    long front = place < 0 ? place + size : place;
    if (dim.axis() == Axis.DIRECTION && front >= 0 && front < size) {
      return (size == 1 ? data : data.ofPart((int) front)).without(axis);
    }
    if (size == 1 && front == 0) {
      return data.without(axis);
    }
    throw in.failure(
        "takes place %d of dimension %d of %s; expected the last timestep or a direction"
            .formatted(place, axis, data.shape()));
  }

  private static Data lastStep(NodeReader in, Data data) throws ModelFormatException {
    if (data.rows() != Rows.EACH) {
      throw in.failure("takes the last timestep of what is one timestep already");
    }
    // a forward direction ends with the last timestep
    return data.ofRows(data.part() == 0 ? Rows.FINAL : Rows.LAST);
  }

  /** Whether it is of the second direction, which ends with the first timestep. */
  private static boolean readsBackwards(Data data) {
    return data.part() == 1 && data.rows() == Rows.EACH;
  }

  /** One place of the first dimension of states that stand one behind the other. */
  static Value pick(NodeReader in, Value.Stack stack, long place) throws ModelFormatException {
    long total = 0;
    for (Data state : stack.states()) {
      total += state.dims().getFirst().size();
    }
    long left = place < 0 ? place + total : place;
    for (Data state : stack.states()) {
      long size = state.dims().getFirst().size();
      if (left >= 0 && left < size) {
        return pick(in, state, 0, left);
      }
      left -= size;
    }
    throw in.failure("takes state " + place + " of " + total);
  }

  /** Hidden states one behind the other, or two directions side by side. */
  static Value concat(NodeReader in, List<Value> values, long axis) throws ModelFormatException {
    List<Data> parts = new ArrayList<>();
    for (Value value : values) {
      if (!(value instanceof Data data)) {
        throw in.failure("joins values of different kinds");
      }
      parts.add(data);
    }
    Data first = parts.getFirst();
    int at = in.axis(axis, first.rank());
    if (parts.size() == 1) {
      return first;
    }
    if (at == 0
        && parts.stream().allMatch(p -> p.state() && p.part() == Data.WHOLE)
        && parts.stream().allMatch(p -> p.dims().getFirst().axis() == Axis.DIRECTION)) {
      return new Value.Stack(parts);
    }
    Data second = parts.get(1);
    boolean directions =
        parts.size() == 2
            && at == first.rank() - 1
            && first.last().axis() == Axis.FEATURE
            && first.part() == 0
            && second.part() == 1
            && first.stage() == second.stage()
            && first.rows() == second.rows()
            && first.dims().equals(second.dims());
    if (!directions) {
      throw in.failure(
          "joins %s and %s; expected both directions of a layer, forward first"
              .formatted(first.shape(), second.shape()));
    }
    long features = first.last().size() + second.last().size();
    return first.ofPart(Data.WHOLE).with(first.rank() - 1, new Dim(Axis.FEATURE, features));
  }

  /**
   * Gives data another shape. Directions that stand before the features become part of them, time
   * and batch may become one dimension and two again, and dimensions of size 1 come and go.
   */
  static Data reshape(NodeReader in, Data data, long[] shape, boolean zeroCopies)
      throws ModelFormatException {
    checkedRank(in, shape.length);
    long[] wanted = shape.clone();
    for (int i = 0; i < wanted.length; i++) {
      if (wanted[i] == 0 && zeroCopies && i < data.rank()) {
        wanted[i] = data.dims().get(i).size();
      }
    }
    List<Dim> old = new ArrayList<>(data.dims());
    old.removeIf(
        dim -> dim.axis() == Axis.ONE || (dim.axis() == Axis.DIRECTION && dim.size() == 1));
    int n = old.size();
    if (n >= 2
        && old.get(n - 2).axis() == Axis.DIRECTION
        && old.get(n - 1).axis() == Axis.FEATURE) {
      long merged = old.get(n - 2).size() * old.get(n - 1).size();
      boolean kept = wanted.length >= 2 && wanted[wanted.length - 1] == old.get(n - 1).size();
      if (!kept) {
        old.subList(n - 2, n).clear();
        old.add(new Dim(Axis.FEATURE, merged));
      }
    }
    List<Dim> dims = match(old, wanted);
    if (dims == null) {
      dims = match(withRows(old), wanted);
    }
    if (dims == null && old.size() == 2 && old.getFirst().axis() == Axis.ROWS) {
      Dim time = new Dim(Axis.TIME, Constant.OPEN);
      Dim batch = new Dim(Axis.BATCH, Constant.OPEN);
      dims = match(List.of(time, batch, old.getLast()), wanted);
    }
    if (dims == null) {
      throw in.failure(
          "changes the shape %s to %s, which is not understood"
              .formatted(data.shape(), shown(shape)));
    }
    return data.with(dims);
  }

  private static String shown(long[] shape) {
    return Arrays.toString(shape).replace(Long.toString(Constant.OPEN), "?");
  }

  /** Time and batch as one dimension; as it is where there are not both. */
  private static List<Dim> withRows(List<Dim> dims) {
    if (dims.size() != 3
        || dims.get(0).axis() == Axis.DIRECTION
        || dims.get(1).axis() == Axis.DIRECTION) {
      return dims;
    }
    long a = dims.get(0).size();
    long b = dims.get(1).size();
    long rows = a == Constant.OPEN || b == Constant.OPEN ? Constant.OPEN : a * b;
    return List.of(new Dim(Axis.ROWS, rows), dims.getLast());
  }

  /** The dimensions under the wanted sizes, in the same order; null if they cannot be. */
  private static List<Dim> match(List<Dim> old, long[] wanted) {
    List<Dim> dims = new ArrayList<>();
    int from = 0;
    int extra = wanted.length - old.size();
    for (long size : wanted) {
      Dim dim = from < old.size() ? old.get(from) : null;
      boolean fits =
          dim != null
              && (size == -1
                  || size == Constant.OPEN
                  || dim.size() == Constant.OPEN
                  || dim.size() == size);
      if (extra > 0 && size == 1 && (!fits || dim.size() != 1)) {
        dims.add(new Dim(Axis.ONE, 1));
        extra--;
      } else if (fits) {
        dims.add(dim);
        from++;
      } else {
        return null;
      }
    }
    return from == old.size() ? dims : null;
  }
}
