// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

/** Told what a run does, on the run's own thread. */
public interface TrainingListener {
  /**
   * One step.
   *
   * @param step minibatches so far, from 1
   * @param totalSteps minibatches of the whole run, if nothing ends it early
   * @param epoch from 1
   * @param loss of this minibatch, in standardised units
   * @param gradientNorm before clipping
   * @param learningRate of this step
   */
  record Step(
      long step,
      long totalSteps,
      int epoch,
      double loss,
      double gradientNorm,
      double learningRate) {}

  /**
   * One pass over the training data.
   *
   * @param number from 1
   * @param loss mean over the scored rows, each at the time of its step
   * @param validationLoss mean over the held-out rows; NaN if nothing is held out
   * @param best whether this is the best epoch so far
   */
  record Epoch(int number, double loss, double validationLoss, boolean best) {}

  /** After each step. */
  default void onStep(Step step) {}

  /** After each epoch. */
  default void onEpoch(Epoch epoch) {}
}
