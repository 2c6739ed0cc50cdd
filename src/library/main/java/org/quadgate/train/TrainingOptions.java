// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import org.quadgate.options.TeamOptions;

/**
 * What the network does in training beside its arithmetic.
 *
 * @param dropout probability with which each output of a recurrent layer but the last is dropped on
 *     its way to the layer above, anew at every timestep (Zaremba et al., 2014); 0 for none
 * @param recurrentDropout probability with which a hidden unit is dropped on its way to the next
 *     timestep, the same units in all timesteps of a sequence (Gal &amp; Ghahramani, 2016); 0 for
 *     none
 * @param learnInitialState whether the states before the first timestep are parameters too
 * @param seed of the dropout masks
 * @param team the threads that share the work; results do not depend on them
 */
public record TrainingOptions(
    double dropout, double recurrentDropout, boolean learnInitialState, long seed, TeamOptions team) {
  /** No dropout, zero initial states kept, one thread. */
  public static final TrainingOptions PLAIN = new TrainingOptions(0, 0, false, 0, 1);

  private static final int MOST_THREADS = 1024;

  /**
   * Checks the options.
   *
   * @throws IllegalArgumentException if a probability is not in [0, 1), or threads is not in 1 to
   *     1024
   */
  public TrainingOptions {
    checkProbability("dropout", dropout);
    checkProbability("recurrent dropout", recurrentDropout);
    if (team.threads() > MOST_THREADS) {
      throw new IllegalArgumentException(
          "threads is " + team.threads() + ", expected 1 to " + MOST_THREADS);
    }
  }

  /** So many threads, of which nothing else matters. */
  public TrainingOptions(
      double dropout, double recurrentDropout, boolean learnInitialState, long seed, int threads) {
    this(dropout, recurrentDropout, learnInitialState, seed, TeamOptions.of(threads));
  }

  /** How many threads share the work. */
  public int threads() {
    return team.threads();
  }

  private static void checkProbability(String what, double p) {
    if (!(p >= 0 && p < 1)) {
      throw new IllegalArgumentException(what + " is " + p + ", expected 0 to below 1");
    }
  }
}
