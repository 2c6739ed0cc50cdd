// SPDX-License-Identifier: Apache-2.0
package org.quadgate.network;

import java.util.ArrayList;
import java.util.List;

/**
 * The sizes of a plain network and the names of its columns, and nothing that is learned: what a
 * trainer is asked to make. A plain network has layers that read forwards with the usual functions,
 * and a head without functions; {@link Network} has every other kind too.
 *
 * <p>An input of {@code inputSize} values passes through the recurrent {@code layers} in order,
 * then through the linear layers of the {@code head}. Without a head the output is the last layer's
 * hidden state.
 *
 * @param inputSize values per timestep, at least 1
 * @param layers the recurrent layers, at least one
 * @param head output sizes of the linear layers after the last recurrent one; may be empty
 * @param inputNames a name per input, or empty if the inputs have none
 * @param outputNames a name per output, or empty if the outputs have none
 */
public record Architecture(
    int inputSize,
    List<Layer> layers,
    List<Integer> head,
    List<String> inputNames,
    List<String> outputNames) {

  /** The largest size of any dimension; keeps every product of two sizes within an int. */
  public static final int MAX_SIZE = 1 << 16;

  /** One recurrent layer: its kind and its number of hidden units. */
  public record Layer(CellType cell, int hiddenSize) {
    /** Checks the size. */
    public Layer {
      checkSize("hidden size", hiddenSize);
    }
  }

  /**
   * Checks and copies the arguments.
   *
   * @throws IllegalArgumentException if a size is below 1 or above {@link #MAX_SIZE}, there is no
   *     layer, or a list of names has another length than what it names
   */
  public Architecture {
    layers = List.copyOf(layers);
    head = List.copyOf(head);
    inputNames = List.copyOf(inputNames);
    outputNames = List.copyOf(outputNames);
    checkSize("input size", inputSize);
    if (layers.isEmpty()) {
      throw new IllegalArgumentException("a network needs at least one recurrent layer");
    }
    for (int size : head) {
      checkSize("head size", size);
    }
    int outputSize = head.isEmpty() ? layers.getLast().hiddenSize() : head.getLast();
    checkNames("input", inputNames, inputSize);
    checkNames("output", outputNames, outputSize);
  }

  /** Values per timestep that come out: the head's last size, else the last layer's hidden size. */
  public int outputSize() {
    return head.isEmpty() ? layers.getLast().hiddenSize() : head.getLast();
  }

  /**
   * Inputs of recurrent layer {@code index}: the network's, or the hidden size of the one below.
   */
  public int layerInputSize(int index) {
    return index == 0 ? inputSize : layers.get(index - 1).hiddenSize();
  }

  /** Inputs of head layer {@code index}. */
  public int headInputSize(int index) {
    return index == 0 ? layers.getLast().hiddenSize() : head.get(index - 1);
  }

  /** Trainable numbers: weights and biases of all layers (one bias per gate row). */
  public long parameterCount() {
    long count = 0;
    for (int i = 0; i < layers.size(); i++) {
      Layer layer = layers.get(i);
      long rows = (long) layer.cell().gates() * layer.hiddenSize();
      count += rows * (layerInputSize(i) + layer.hiddenSize() + 1L);
    }
    for (int i = 0; i < head.size(); i++) {
      count += head.get(i) * (headInputSize(i) + 1L);
    }
    return count;
  }

  /** The same architecture with other names; an empty list takes the names away. */
  public Architecture withNames(List<String> inputNames, List<String> outputNames) {
    return new Architecture(inputSize, layers, head, inputNames, outputNames);
  }

  /** The shape in short, such as {@code 8 → LSTM 32 → linear 1}. */
  public String describe() {
    StringBuilder text = new StringBuilder().append(inputSize);
    for (Layer layer : layers) {
      String kind = layer.cell() == CellType.LSTM ? "LSTM" : "RNN";
      text.append(" → ").append(kind).append(' ').append(layer.hiddenSize());
    }
    for (int size : head) {
      text.append(" → linear ").append(size);
    }
    return text.toString();
  }

  /** Starts an architecture with {@code inputSize} values per timestep. */
  public static Builder builder(int inputSize) {
    return new Builder(inputSize);
  }

  /** Collects layers in the order in which data passes through them. */
  public static final class Builder {
    private final int inputSize;
    private final List<Layer> layers = new ArrayList<>();
    private final List<Integer> head = new ArrayList<>();
    private List<String> inputNames = List.of();
    private List<String> outputNames = List.of();

    private Builder(int inputSize) {
      this.inputSize = inputSize;
    }

    /** Adds an LSTM layer of {@code hiddenSize} units. */
    public Builder lstm(int hiddenSize) {
      return layer(CellType.LSTM, hiddenSize);
    }

    /** Adds a vanilla tanh RNN layer of {@code hiddenSize} units. */
    public Builder rnn(int hiddenSize) {
      return layer(CellType.RNN, hiddenSize);
    }

    /** Adds a recurrent layer. */
    public Builder layer(CellType cell, int hiddenSize) {
      if (!head.isEmpty()) {
        throw new IllegalArgumentException("a recurrent layer cannot follow the linear head");
      }
      layers.add(new Layer(cell, hiddenSize));
      return this;
    }

    /** Adds a linear layer to the head. */
    public Builder linear(int outputSize) {
      head.add(outputSize);
      return this;
    }

    /** Names the inputs, one name each. */
    public Builder inputNames(List<String> names) {
      inputNames = names;
      return this;
    }

    /** Names the outputs, one name each. */
    public Builder outputNames(List<String> names) {
      outputNames = names;
      return this;
    }

    /** The finished architecture. */
    public Architecture build() {
      return new Architecture(inputSize, layers, head, inputNames, outputNames);
    }
  }

  static void checkSize(String what, int size) {
    if (size < 1 || size > MAX_SIZE) {
      throw new IllegalArgumentException(what + " is " + size + ", expected 1 to " + MAX_SIZE);
    }
  }

  static void checkNames(String what, List<String> names, int size) {
    if (!names.isEmpty() && names.size() != size) {
      throw new IllegalArgumentException(
          names.size() + " " + what + " names for " + size + " " + what + "s");
    }
  }
}
