// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

/**
 * What training makes small. A row is one timestep of one sequence, with outputs y and targets t; d
 * = y − t. The loss of a row with several outputs is the mean over them, as in PyTorch; the loss of
 * a minibatch is Σ weight·loss(row) / normaliser, where the caller gives the normaliser.
 */
public sealed interface LossFunction {
  /** Mean squared error, d². */
  record Mse() implements LossFunction {}

  /** Mean absolute error, |d|. */
  record Mae() implements LossFunction {}

  /**
   * d²/2 where |d| ≤ δ, else δ·(|d| − δ/2). Huber, "Robust Estimation of a Location Parameter",
   * 1964.
   */
  record Huber(double delta) implements LossFunction {
    /**
     * Checks δ.
     *
     * @throws IllegalArgumentException if it is not a finite number above 0
     */
    public Huber {
      if (!(delta > 0) || delta == Double.POSITIVE_INFINITY) {
        throw new IllegalArgumentException("delta is " + delta + ", expected a number above 0");
      }
    }
  }

  /**
   * The pinball loss, whose minimum is the τ-quantile: τ·(t − y) where t ≥ y, else (1 − τ)·(y − t).
   * Koenker &amp; Bassett, "Regression Quantiles", 1978.
   */
  record Quantile(double tau) implements LossFunction {
    /**
     * Checks τ.
     *
     * @throws IllegalArgumentException if it is not between 0 and 1
     */
    public Quantile {
      if (!(tau > 0 && tau < 1)) {
        throw new IllegalArgumentException("tau is " + tau + ", expected between 0 and 1");
      }
    }
  }

  /** −t·ln σ(y) − (1 − t)·ln(1 − σ(y)): outputs are logits, targets probabilities. */
  record BinaryCrossEntropy() implements LossFunction {}

  /** −ln softmax(y)[t]: outputs are logits, one target a row, the class index as a float. */
  record SoftmaxCrossEntropy() implements LossFunction {}

  /** Targets a row: one per output, or the single class index. */
  default int targets(int outputSize) {
    return this instanceof SoftmaxCrossEntropy ? 1 : outputSize;
  }
}
