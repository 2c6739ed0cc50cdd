// SPDX-License-Identifier: Apache-2.0
package org.quadgate.network;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The numbers of a plain network in arrays that anyone may change, row-major and with gates in
 * canonical (PyTorch's) order: for who makes a network number by number, such as an initialiser or
 * a trainer. {@link #toNetwork} copies them, so that later changes here do not reach the network.
 */
public final class WeightArrays {
  private final Architecture architecture;
  private final List<Recurrent> layers;
  private final List<Linear> head;

  /** Subtracted from each input before the first layer; shape [input]; 0 where not wanted. */
  public final float[] inputMean;

  /** Divides each input after the mean was subtracted; shape [input]; 1 where not wanted. */
  public final float[] inputStd;

  /** Multiplies each output of the network; shape [output]; 1 where not wanted. */
  public final float[] outputStd;

  /** Added to each output after the scaling; shape [output]; 0 where not wanted. */
  public final float[] outputMean;

  /** One recurrent layer; rows are gate-major: gate g of unit u is row g·hidden + u. */
  public static final class Recurrent {
    /** W, applied to the input; shape [gates·hidden][input]. */
    public final float[] input;

    /** R, applied to the previous hidden state; shape [gates·hidden][hidden]. */
    public final float[] recurrent;

    /** b, the sum of PyTorch's {@code bias_ih} and {@code bias_hh}; shape [gates·hidden]. */
    public final float[] bias;

    /** h before the first timestep; shape [hidden]; zeros by default. */
    public final float[] initialHidden;

    /** c before the first timestep; shape [hidden], empty for a vanilla RNN; zeros by default. */
    public final float[] initialCell;

    private Recurrent(CellType cell, int inputSize, int hiddenSize) {
      int rows = cell.gates() * hiddenSize;
      input = new float[Math.multiplyExact(rows, inputSize)];
      recurrent = new float[Math.multiplyExact(rows, hiddenSize)];
      bias = new float[rows];
      initialHidden = new float[hiddenSize];
      initialCell = new float[cell.hasCellState() ? hiddenSize : 0];
    }
  }

  /** One linear layer of the head, y = weight·x + bias. */
  public static final class Linear {
    /** Shape [output][input]. */
    public final float[] weight;

    /** Shape [output]. */
    public final float[] bias;

    private Linear(int inputSize, int outputSize) {
      weight = new float[Math.multiplyExact(outputSize, inputSize)];
      bias = new float[outputSize];
    }
  }

  /**
   * All-zero weights with neither standardisation nor output scaling.
   *
   * @throws IllegalArgumentException if a matrix of this architecture has over 2³¹−1 elements
   */
  public WeightArrays(Architecture architecture) {
    this.architecture = architecture;
    try {
      List<Recurrent> recurrent = new ArrayList<>();
      for (int i = 0; i < architecture.layers().size(); i++) {
        Architecture.Layer layer = architecture.layers().get(i);
        recurrent.add(
            new Recurrent(layer.cell(), architecture.layerInputSize(i), layer.hiddenSize()));
      }
      List<Linear> linear = new ArrayList<>();
      for (int i = 0; i < architecture.head().size(); i++) {
        linear.add(new Linear(architecture.headInputSize(i), architecture.head().get(i)));
      }
      layers = List.copyOf(recurrent);
      head = List.copyOf(linear);
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          "a weight matrix of " + architecture.describe() + " has over 2^31-1 elements", e);
    }
    inputMean = new float[architecture.inputSize()];
    inputStd = new float[architecture.inputSize()];
    Arrays.fill(inputStd, 1);
    outputMean = new float[architecture.outputSize()];
    outputStd = new float[architecture.outputSize()];
    Arrays.fill(outputStd, 1);
  }

  /** The architecture these weights belong to. */
  public Architecture architecture() {
    return architecture;
  }

  /** The recurrent layers, first to last. */
  public List<Recurrent> layers() {
    return layers;
  }

  /** The linear layers of the head, first to last; empty if there is none. */
  public List<Linear> head() {
    return head;
  }

  static WeightArrays of(Network network) {
    WeightArrays arrays = new WeightArrays(network.architecture());
    for (int i = 0; i < arrays.layers.size(); i++) {
      DirectionWeights from = network.layers().get(i).directions().getFirst();
      Recurrent to = arrays.layers.get(i);
      copy(from.input(), to.input);
      copy(from.recurrent(), to.recurrent);
      copy(from.bias(), to.bias);
      copy(from.initialHidden(), to.initialHidden);
      copy(from.initialCell(), to.initialCell);
    }
    for (int i = 0; i < arrays.head.size(); i++) {
      copy(network.head().get(i).weight(), arrays.head.get(i).weight);
      copy(network.head().get(i).bias(), arrays.head.get(i).bias);
    }
    copy(network.inputScaling().mean(), arrays.inputMean);
    copy(network.inputScaling().std(), arrays.inputStd);
    copy(network.outputScaling().mean(), arrays.outputMean);
    copy(network.outputScaling().std(), arrays.outputStd);
    return arrays;
  }

  private static void copy(float[] from, float[] to) {
    System.arraycopy(from, 0, to, 0, to.length);
  }

  /**
   * A network of these numbers as they are now.
   *
   * @throws IllegalArgumentException naming the first array and index with a number that is not
   *     finite, or a divisor that is not above 0
   */
  public Network toNetwork() {
    validate();
    Network.Builder builder = Network.builder();
    for (int i = 0; i < layers.size(); i++) {
      Architecture.Layer shape = architecture.layers().get(i);
      Recurrent from = layers.get(i);
      builder.layer(
          RecurrentLayer.builder(shape.cell(), architecture.layerInputSize(i), shape.hiddenSize())
              .weights(
                  DirectionWeights.builder(from.input, from.recurrent, from.bias)
                      .initialHidden(from.initialHidden)
                      .initialCell(from.initialCell)
                      .activations(shape.cell().usualActivations())
                      .build())
              .build());
    }
    for (int i = 0; i < head.size(); i++) {
      builder.linear(
          new LinearLayer(
              architecture.headInputSize(i),
              architecture.head().get(i),
              head.get(i).weight,
              head.get(i).bias,
              Activation.IDENTITY));
    }
    return builder
        .inputScaling(new Scaling(inputMean, inputStd))
        .outputScaling(new Scaling(outputMean, outputStd))
        .names(architecture.inputNames(), architecture.outputNames())
        .build();
  }

  /**
   * Checks that every number is finite and every divisor is positive.
   *
   * @throws IllegalArgumentException naming the first array and index that is not
   */
  public void validate() {
    for (int i = 0; i < layers.size(); i++) {
      Recurrent layer = layers.get(i);
      Finite.check("layer " + i + " input weights", layer.input);
      Finite.check("layer " + i + " recurrent weights", layer.recurrent);
      Finite.check("layer " + i + " bias", layer.bias);
      Finite.check("layer " + i + " initial hidden state", layer.initialHidden);
      Finite.check("layer " + i + " initial cell state", layer.initialCell);
    }
    for (int i = 0; i < head.size(); i++) {
      Finite.check("head layer " + i + " weights", head.get(i).weight);
      Finite.check("head layer " + i + " bias", head.get(i).bias);
    }
    Finite.check("input mean", inputMean);
    checkPositive("input std", inputStd);
    Finite.check("output mean", outputMean);
    checkPositive("output std", outputStd);
  }

  private static void checkPositive(String what, float[] values) {
    Finite.check(what, values);
    for (int i = 0; i < values.length; i++) {
      if (!(values[i] > 0)) {
        throw new IllegalArgumentException(
            what + "[" + i + "] is " + values[i] + ", expected a number above 0");
      }
    }
  }
}
