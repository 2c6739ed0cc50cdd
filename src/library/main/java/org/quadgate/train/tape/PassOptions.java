// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train.tape;

import org.quadgate.options.TeamOptions;

/**
 * What the passes do in training beside their arithmetic.
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
public record PassOptions(
    double dropout,
    double recurrentDropout,
    boolean learnInitialState,
    long seed,
    TeamOptions team) {
  /** No dropout, zero initial states kept, one thread. */
  public static final PassOptions PLAIN = new PassOptions(0, 0, false, 0, 1);

  /** With so many threads of the usual make. */
  public PassOptions(
      double dropout, double recurrentDropout, boolean learnInitialState, long seed, int threads) {
    this(dropout, recurrentDropout, learnInitialState, seed, TeamOptions.of(threads));
  }
}
