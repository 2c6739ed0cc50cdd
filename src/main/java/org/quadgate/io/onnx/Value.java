// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx;

import java.util.ArrayList;
import java.util.List;

/** What the importer knows of a value of the graph. */
sealed interface Value {

  /** What a dimension of the data means. The first three are the graph's input's, in order. */
  enum Axis {
    FIRST,
    SECOND,
    THIRD,
    TIME,
    BATCH,
    ONE,
    FEATURE
  }

  /** Known before the network runs. */
  record Fixed(Constant constant) implements Value {}

  /**
   * What flows through the network.
   *
   * @param input the graph input that it comes from, while nothing was computed of it; else null
   * @param stage how many computations made it; shape operations are none
   * @param axes what the dimensions mean
   * @param dims their sizes, -1 for open ones
   * @param last whether it is of the last timestep only
   * @param state whether it is also the hidden state after the last timestep
   */
  record Data(
      String input, int stage, List<Axis> axes, List<Long> dims, boolean last, boolean state)
      implements Value {

    /** Checks that the lists match. */
    public Data {
      axes = List.copyOf(axes);
      dims = List.copyOf(dims);
      assert axes.size() == dims.size();
    }

    Data shaped(List<Axis> newAxes, List<Long> newDims) {
      return new Data(input, stage, newAxes, newDims, last, state);
    }

    Data atStage(int newStage) {
      return new Data(null, newStage, axes, dims, last, false);
    }

    Data lastStep() {
      return new Data(input, stage, axes, dims, true, state);
    }

    Data without(int axis) {
      List<Axis> newAxes = new ArrayList<>(axes);
      List<Long> newDims = new ArrayList<>(dims);
      newAxes.remove(axis);
      newDims.remove(axis);
      return shaped(newAxes, newDims);
    }
  }

  /** States of several layers, one behind the other along an axis; each has size 1 there. */
  record Stack(List<Value> states, int axis) implements Value {
    /** Copies the list. */
    public Stack {
      states = List.copyOf(states);
    }
  }

  /** A state that a caller may keep but nothing is computed of, such as a layer's cell state. */
  record State() implements Value {}

  /** A part of a graph input; good for an initial state, which the caller gives. */
  record GivenState(String input) implements Value {}
}
