// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Everything that is learned or fitted, in canonical (PyTorch's) order and row-major arrays that
 * importers, the trainer and exporters fill and read. Packing for the kernels happens when a model
 * is made of it, which copies: later changes here do not reach the model.
 */
public final class LstmWeights {
  private final LstmConfig config;
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
  public LstmWeights(LstmConfig config) {
    this.config = config;
    try {
      List<Recurrent> recurrent = new ArrayList<>();
      for (int i = 0; i < config.layers().size(); i++) {
        LstmConfig.Layer layer = config.layers().get(i);
        recurrent.add(new Recurrent(layer.cell(), config.layerInputSize(i), layer.hiddenSize()));
      }
      List<Linear> linear = new ArrayList<>();
      for (int i = 0; i < config.head().size(); i++) {
        linear.add(new Linear(config.headInputSize(i), config.head().get(i)));
      }
      layers = List.copyOf(recurrent);
      head = List.copyOf(linear);
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          "a weight matrix of " + config.describe() + " has over 2^31-1 elements", e);
    }
    inputMean = new float[config.inputSize()];
    inputStd = new float[config.inputSize()];
    Arrays.fill(inputStd, 1);
    outputMean = new float[config.outputSize()];
    outputStd = new float[config.outputSize()];
    Arrays.fill(outputStd, 1);
  }

  /** The architecture these weights belong to. */
  public LstmConfig config() {
    return config;
  }

  /** The recurrent layers, first to last. */
  public List<Recurrent> layers() {
    return layers;
  }

  /** The linear layers of the head, first to last; empty if there is none. */
  public List<Linear> head() {
    return head;
  }

  /** Whether any input is shifted or scaled before the first layer. */
  public boolean standardisesInput() {
    return !isIdentity(inputMean, inputStd);
  }

  /** Whether any output is scaled or shifted after the last layer. */
  public boolean scalesOutput() {
    return !isIdentity(outputMean, outputStd);
  }

  private static boolean isIdentity(float[] mean, float[] std) {
    for (int i = 0; i < mean.length; i++) {
      if (mean[i] != 0 || std[i] != 1) {
        return false;
      }
    }
    return true;
  }

  /**
   * Checks that every number is finite and every divisor is positive.
   *
   * @throws IllegalArgumentException naming the first array and index that is not
   */
  public void validate() {
    for (int i = 0; i < layers.size(); i++) {
      Recurrent layer = layers.get(i);
      checkFinite("layer " + i + " input weights", layer.input);
      checkFinite("layer " + i + " recurrent weights", layer.recurrent);
      checkFinite("layer " + i + " bias", layer.bias);
      checkFinite("layer " + i + " initial hidden state", layer.initialHidden);
      checkFinite("layer " + i + " initial cell state", layer.initialCell);
    }
    for (int i = 0; i < head.size(); i++) {
      checkFinite("head layer " + i + " weights", head.get(i).weight);
      checkFinite("head layer " + i + " bias", head.get(i).bias);
    }
    checkFinite("input mean", inputMean);
    checkPositive("input std", inputStd);
    checkFinite("output mean", outputMean);
    checkPositive("output std", outputStd);
  }

  private static void checkFinite(String what, float[] values) {
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw new IllegalArgumentException(
            what + "[" + i + "] is " + values[i] + ", expected a finite number");
      }
    }
  }

  private static void checkPositive(String what, float[] values) {
    checkFinite(what, values);
    for (int i = 0; i < values.length; i++) {
      if (!(values[i] > 0)) {
        throw new IllegalArgumentException(
            what + "[" + i + "] is " + values[i] + ", expected a number above 0");
      }
    }
  }
}
