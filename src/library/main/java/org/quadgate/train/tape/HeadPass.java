// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train.tape;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * From the last recurrent layer's hidden states to the loss and back: the linear layers, none of
 * them if the hidden states are the outputs, then the loss of every scored row.
 */
final class HeadPass {
  /** Rows that are taken through all linear layers at once: a layer's weights are read for each. */
  private static final int BLOCK = 48;

  private final RecurrentPass top;
  private final List<LinearPass> layers = new ArrayList<>();
  private final int outputSize; // O

  private int sequences; // B
  private int steps; // T
  private Minibatch batch;
  private RowLoss loss;
  private double normaliser;
  private double[] rowLosses = {}; // weighted; [T][B]
  private float[] bare = {}; // outputs without a linear layer, then their derivatives; [T][B][O]

  HeadPass(ParameterLayout layout, RecurrentPass top, float[] parameters) {
    this.top = top;
    outputSize = layout.architecture.outputSize();
    for (LinearLayout linear : layout.head) {
      layers.add(new LinearPass(linear, parameters));
    }
  }

  /**
   * Takes a minibatch in hand.
   *
   * @throws IllegalArgumentException if a class index is not one
   */
  void begin(Minibatch batch, RowLoss loss, double normaliser) {
    if (loss.hasClasses()) {
      checkClasses(batch);
    }
    this.batch = batch;
    this.loss = loss;
    this.normaliser = normaliser;
    sequences = batch.sequences();
    steps = batch.steps();
    int rows = sequences * steps;
    for (int i = 0; i < layers.size(); i++) {
      layers.get(i).reshape(rows, i == layers.size() - 1);
    }
    if (layers.isEmpty()) {
      bare = Lanes.room(bare, (long) rows * outputSize);
    }
    if (rowLosses.length < rows) {
      rowLosses = new double[rows];
    }
  }

  private void checkClasses(Minibatch batch) {
    for (int row = 0; row < batch.sequences() * batch.steps(); row++) {
      float target = batch.target[row];
      if (batch.weight[row] != 0
          && !(target >= 0 && target < outputSize && target == (int) target)) {
        throw new IllegalArgumentException(
            "class %s in row %d, expected an integer from 0 to %d"
                .formatted(target, row, outputSize - 1));
      }
    }
  }

  /** Blocks of rows, which do not depend on each other. */
  int blocks() {
    return Math.ceilDiv(sequences * steps, BLOCK);
  }

  /**
   * The losses of a block of rows; in learning also the derivatives of its outputs and hidden
   * states. Rows before the first scored one and after the last cost next to nothing.
   */
  void rows(Share share, int block, boolean learning) {
    int begin = block * BLOCK;
    int end = Math.min(begin + BLOCK, sequences * steps);
    int first = begin;
    while (first < end && batch.weight[first] == 0) {
      first++;
    }
    int after = end;
    while (after > first && batch.weight[after - 1] == 0) {
      after--;
    }
    skip(begin, first, learning);
    skip(after, end, learning);
    if (first < after) {
      forward(share, first, after - first);
      if (learning) {
        backward(share, first, after - first);
      }
    }
  }

  private void skip(int from, int to, boolean learning) {
    Arrays.fill(rowLosses, from, to, 0);
    if (learning) {
      for (LinearPass layer : layers) {
        Arrays.fill(layer.y, from * layer.stride, to * layer.stride, 0);
        Arrays.fill(layer.dy, from * layer.stride, to * layer.stride, 0);
      }
      Arrays.fill(top.upstream, from * top.stride, to * top.stride, 0);
    }
  }

  private void forward(Share share, int first, int count) {
    float[] y = bare;
    int stride = outputSize;
    for (int i = 0; i < layers.size(); i++) {
      LinearPass layer = layers.get(i);
      layer.forward(share, input(i), inputAt(i), inputRow(i), first, count);
      y = layer.y;
      stride = layer.stride;
    }
    if (layers.isEmpty()) {
      for (int row = first; row < first + count; row++) {
        int from = top.hiddenOutputAt() + row * top.stride;
        System.arraycopy(top.hidden, from, y, row * outputSize, outputSize);
      }
    }
    for (int row = first; row < first + count; row++) {
      score(share, y, row, row * stride);
    }
  }

  /** Replaces a row's outputs by the derivatives of its weighted loss. */
  private void score(Share share, float[] y, int row, int at) {
    double weight = batch.weight[row];
    if (weight == 0) {
      rowLosses[row] = 0;
      Arrays.fill(y, at, at + outputSize, 0);
      return;
    }
    ScoredRow scored = share.row;
    scored.y = y;
    scored.at = at;
    scored.outputs = outputSize;
    scored.target = batch.target;
    scored.targetAt = row * loss.targets(outputSize);
    scored.scale = weight / normaliser;
    double value = loss.replace(scored);
    rowLosses[row] = weight * value;
  }

  /** From the derivatives of outputs to those of hidden states. */
  private void backward(Share share, int first, int count) {
    for (int i = layers.size() - 1; i >= 0; i--) {
      float[] below = i == 0 ? top.upstream : layers.get(i - 1).dy;
      int stride = i == 0 ? top.stride : layers.get(i - 1).stride;
      layers.get(i).inputGradient(share, below, stride, first, count);
    }
    if (layers.isEmpty()) {
      for (int row = first; row < first + count; row++) {
        System.arraycopy(bare, row * outputSize, top.upstream, row * top.stride, outputSize);
      }
    }
  }

  /** The sum of the rows' losses, in their order. */
  double loss() {
    double sum = 0;
    for (int row = 0; row < steps * sequences; row++) {
      sum += rowLosses[row];
    }
    return sum / normaliser;
  }

  int gradientTasks() {
    int tasks = 0;
    for (int i = 0; i < layers.size(); i++) {
      tasks += layers.get(i).gradientTasks();
    }
    return tasks;
  }

  /** One part of the gradient, over all rows of the minibatch in order. */
  void gradient(Share share, int task, float[] gradient) {
    int part = task;
    for (int i = 0; i < layers.size(); i++) {
      LinearPass layer = layers.get(i);
      if (part < layer.gradientTasks()) {
        layer.gradient(share, part, input(i), inputAt(i), inputRow(i), gradient);
        return;
      }
      part -= layer.gradientTasks();
    }
  }

  private float[] input(int layer) {
    return layer == 0 ? top.hidden : layers.get(layer - 1).y;
  }

  private int inputAt(int layer) {
    return layer == 0 ? top.hiddenOutputAt() : 0;
  }

  private int inputRow(int layer) {
    return layer == 0 ? top.stride : layers.get(layer - 1).stride;
  }
}
