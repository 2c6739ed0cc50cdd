// SPDX-License-Identifier: Apache-2.0
package org.quadgate.gap;

import java.util.List;
import java.util.SplittableRandom;
import org.quadgate.train.Dataset;
import org.quadgate.train.LossFunction;

/**
 * A problem whose answer depends on something seen long before: sequences, what is asked about
 * them, and when a network counts as having solved it.
 */
interface GapTask {
  /**
   * One sequence.
   *
   * @param x shape [steps][inputs]
   * @param target shape [steps]; what is not scored is any valid value
   */
  @SuppressWarnings("ArrayRecordComponent") // not compared
  record Sequence(float[] x, float[] target) {}

  /** In a table. */
  String name();

  /** Numbers a timestep. */
  int inputs();

  /** Outputs of the network. */
  int outputs();

  LossFunction loss();

  /** Which timesteps are scored. */
  Dataset.Scoring scoring();

  /** Draws a sequence. */
  Sequence next(SplittableRandom random);

  /**
   * Judges a network by fresh sequences.
   *
   * @param answers its outputs for each; shape [sequences][steps][outputs]
   */
  Verdict judge(List<Sequence> sequences, List<float[]> answers);

  /**
   * What came of it.
   *
   * @param solved by the task's criterion
   * @param wrong the share of sequences with a wrong answer, from 0 to 1
   */
  record Verdict(boolean solved, double wrong) {}
}
