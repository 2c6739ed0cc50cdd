// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

import org.quadgate.network.Activation;

/**
 * The functions that a network may name, one number at a time: the definition that vector code
 * follows. σ and tanh are those of {@link Activations}; e^x and log are {@link StrictMath}'s, so
 * that they too are the same everywhere.
 */
public final class ActivationFunctions {
  private ActivationFunctions() {}

  /** The function's value. */
  public static float apply(Activation function, float x) {
    float alpha = function.alpha();
    float beta = function.beta();
    return switch (function.function()) {
      case SIGMOID -> Activations.sigmoid(x);
      case TANH -> Activations.tanh(x);
      case RELU -> Math.max(0, x);
      case HARD_SIGMOID -> Math.min(Math.max(alpha * x + beta, 0), 1);
      case AFFINE -> alpha * x + beta;
      case LEAKY_RELU -> x >= 0 ? x : alpha * x;
      case THRESHOLDED_RELU -> x >= alpha ? x : 0;
      case ELU -> x >= 0 ? x : (float) (alpha * StrictMath.expm1(x));
      case SOFTSIGN -> x / (1 + Math.abs(x));
      // log(1 + e^x) = max(x, 0) + log(1 + e^-|x|), which cannot overflow
      case SOFTPLUS ->
          (float) (Math.max(x, 0) + StrictMath.log1p(StrictMath.exp(-Math.abs((double) x))));
      case SCALED_TANH -> alpha * Activations.tanh(beta * x);
    };
  }

  /** z within ±{@code limit}, NaN as it is. */
  public static float clip(float z, float limit) {
    return Math.min(Math.max(z, -limit), limit);
  }
}
