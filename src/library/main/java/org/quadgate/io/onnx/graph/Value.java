// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.quadgate.network.Rows;

/** What the importer knows of a value of the graph. */
sealed interface Value {

  /** What a dimension means. */
  enum Axis {
    /** The graph input's, until a layer says what they are. */
    FIRST,
    SECOND,
    THIRD,
    TIME,
    BATCH,
    /** Time and batch merged into one, in the order in which they stood. */
    ROWS,
    /** Of a recurrent layer's output: 1, or 2 of a bidirectional one. */
    DIRECTION,
    /** Of size 1, added by a shape operation. */
    ONE,
    FEATURE
  }

  /** A dimension: what it means and its size, {@link Constant#OPEN} where the file leaves it. */
  record Dim(Axis axis, long size) {}

  /** Known before the network runs. */
  record Fixed(Constant constant) implements Value {}

  /**
   * What flows through the network.
   *
   * @param input the graph input that it is, while nothing was computed of it; else ""
   * @param stage how many computations made it; shape operations are none
   * @param rows which timesteps it is of
   * @param part the one direction that it is of, or -1 if it is of all
   * @param state whether it is also what a caller keeps as hidden state
   * @param dims its dimensions
   */
  record Data(String input, int stage, Rows rows, int part, boolean state, List<Dim> dims)
      implements Value {
    /** Every direction. */
    static final int WHOLE = -1;

    public Data {
      dims = List.copyOf(dims);
    }

    int rank() {
      return dims.size();
    }

    Dim last() {
      return dims.getLast();
    }

    boolean isInput() {
      return !input.isEmpty();
    }

    Data with(List<Dim> newDims) {
      return new Data(input, stage, rows, part, state, newDims);
    }

    /** With one dimension put in another's place. */
    Data with(int at, Dim dim) {
      List<Dim> changed = new ArrayList<>(dims);
      changed.set(at, dim);
      return with(changed);
    }

    Data without(int at) {
      List<Dim> changed = new ArrayList<>(dims);
      changed.remove(at);
      return with(changed);
    }

    /** What was computed of this value. */
    Data atStage(int newStage, long features) {
      List<Dim> changed = new ArrayList<>(dims);
      changed.set(rank() - 1, new Dim(last().axis(), features));
      return new Data("", newStage, rows, WHOLE, false, changed);
    }

    Data ofRows(Rows newRows) {
      return new Data(input, stage, newRows, part, state, dims);
    }

    Data ofPart(int newPart) {
      return new Data(input, stage, rows, newPart, state, dims);
    }

    /** The sizes with ? for open ones, such as {@code [5, ?, 8]}. */
    String shape() {
      String[] sizes = new String[rank()];
      for (int i = 0; i < sizes.length; i++) {
        long size = dims.get(i).size();
        sizes[i] = size == Constant.OPEN ? "?" : Long.toString(size);
      }
      return Arrays.toString(sizes);
    }
  }

  /** Hidden states of several layers, one behind the other along the first dimension. */
  record Stack(List<Data> states) implements Value {
    public Stack {
      states = List.copyOf(states);
    }
  }

  /** A cell state: a caller may keep it, but nothing is computed of it. */
  record CellState() implements Value {}

  /** A part of a graph input; good for an initial state, which the caller gives. */
  record GivenState(String input) implements Value {}

  /** A graph input as integers; good for the lengths of sequences. */
  record Lengths(String input) implements Value {}
}
