// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train.tape;

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
 * @param threads that share the work; results do not depend on it
 */
public record PassOptions(
    double dropout, double recurrentDropout, boolean learnInitialState, long seed, int threads) {
  /** No dropout, zero initial states kept, one thread. */
  public static final PassOptions PLAIN = new PassOptions(0, 0, false, 0, 1);
}
