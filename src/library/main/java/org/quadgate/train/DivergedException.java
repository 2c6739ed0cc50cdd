// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import java.util.Locale;
import org.quadgate.network.Network;

/** A loss, a gradient or a parameter that is no longer finite; the network before it is kept. */
public final class DivergedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final long step;
  private final double loss;
  private final double gradientNorm;
  private final int bestEpoch;
  private final transient Network lastGood;
  private final transient float[] lastGoodEmbedding;

  DivergedException(
      long step,
      int epoch,
      double loss,
      double gradientNorm,
      int bestEpoch,
      Network lastGood,
      float[] lastGoodEmbedding) {
    super(
        String.format(
            Locale.ROOT,
            "training diverged at step %d (epoch %d): the loss is %s, the gradient's norm %s;"
                + " a lower learning rate or clipping may help",
            step,
            epoch,
            number(loss),
            number(gradientNorm)));
    this.step = step;
    this.loss = loss;
    this.gradientNorm = gradientNorm;
    this.bestEpoch = bestEpoch;
    this.lastGood = lastGood;
    this.lastGoodEmbedding = lastGoodEmbedding;
  }

  private static String number(double value) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, "%.4g", value) : "" + value;
  }

  /** The minibatch it happened at, from 1. */
  public long step() {
    return step;
  }

  /** That minibatch's loss. */
  public double loss() {
    return loss;
  }

  /** The Euclidean norm of its gradient. */
  public double gradientNorm() {
    return gradientNorm;
  }

  /** The epoch that {@link #lastGood} is of; 0 if none is finished. */
  public int bestEpoch() {
    return bestEpoch;
  }

  /** The best epoch's network or, where none is finished yet, the one that the run began with. */
  public Network lastGood() {
    return lastGood;
  }

  /**
   * A copy of the vectors of the tokens that belong to {@link #lastGood}; empty where there are
   * none.
   */
  public float[] lastGoodEmbedding() {
    return lastGoodEmbedding.clone();
  }
}
