// SPDX-License-Identifier: Apache-2.0
package org.quadgate.network;

import java.util.Objects;

/**
 * A function of one number, as ONNX's recurrent operators name them, with its two parameters; most
 * functions use none of them. What a kernel computes for each is defined beside the kernels.
 *
 * @param function which function
 * @param alpha its first number
 * @param beta its second number
 */
public record Activation(Function function, float alpha, float beta) {
  /** The logistic function, 1 / (1 + e^-x). */
  public static final Activation SIGMOID = of(Function.SIGMOID);

  /** The hyperbolic tangent. */
  public static final Activation TANH = of(Function.TANH);

  /** max(0, x). */
  public static final Activation RELU = of(Function.RELU);

  /** x as it is. */
  public static final Activation IDENTITY = of(Function.AFFINE);

  /** The functions, with how many numbers each has and which they are unless given. */
  public enum Function {
    /** 1 / (1 + e^-x). */
    SIGMOID("Sigmoid", 0, 0, 0),
    /** The hyperbolic tangent. */
    TANH("Tanh", 0, 0, 0),
    /** max(0, x). */
    RELU("Relu", 0, 0, 0),
    /** min(max(alpha·x + beta, 0), 1). */
    HARD_SIGMOID("HardSigmoid", 2, 0.2f, 0.5f),
    /** alpha·x + beta. */
    AFFINE("Affine", 2, 1, 0),
    /** x from 0, alpha·x below. */
    LEAKY_RELU("LeakyRelu", 1, 0.01f, 0),
    /** x from alpha, 0 below. */
    THRESHOLDED_RELU("ThresholdedRelu", 1, 1, 0),
    /** x from 0, alpha·(e^x − 1) below. */
    ELU("Elu", 1, 1, 0),
    /** x / (1 + |x|). */
    SOFTSIGN("Softsign", 0, 0, 0),
    /** log(1 + e^x). */
    SOFTPLUS("Softplus", 0, 0, 0),
    /** alpha·tanh(beta·x). */
    SCALED_TANH("ScaledTanh", 2, 1, 1);

    private final String onnxName;
    private final int numbers;
    private final float alpha;
    private final float beta;

    Function(String onnxName, int numbers, float alpha, float beta) {
      this.onnxName = onnxName;
      this.numbers = numbers;
      this.alpha = alpha;
      this.beta = beta;
    }

    /** ONNX's name for it. */
    public String onnxName() {
      return onnxName;
    }

    /** How many numbers it has: none, alpha, or alpha and beta. */
    public int numbers() {
      return numbers;
    }

    /** Alpha unless given. */
    public float defaultAlpha() {
      return alpha;
    }

    /** Beta unless given. */
    public float defaultBeta() {
      return beta;
    }
  }

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one of them is not finite
   */
  public Activation {
    Objects.requireNonNull(function, "function");
    if (!Float.isFinite(alpha) || !Float.isFinite(beta)) {
      throw new IllegalArgumentException(
          function.onnxName + " with alpha " + alpha + " and beta " + beta + ", expected numbers");
    }
  }

  /** A function with the numbers it has unless given. */
  public static Activation of(Function function) {
    return new Activation(function, function.alpha, function.beta);
  }
}
