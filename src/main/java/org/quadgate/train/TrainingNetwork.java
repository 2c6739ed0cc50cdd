// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import org.quadgate.LstmWeights;

/** A network being trained. */
final class TrainingNetwork implements AutoCloseable {
  /** Packs the weights. */
  TrainingNetwork(LstmWeights initial, TrainingOptions options) {
    throw new UnsupportedOperationException();
  }

  /** All parameters, packed, padding 0; an optimizer updates them in place, elementwise. */
  float[] parameters() {
    throw new UnsupportedOperationException();
  }

  /** The gradient in the layout of {@link #parameters}; entries of padding are 0. */
  float[] gradient() {
    throw new UnsupportedOperationException();
  }

  /** Which entries weight decay applies to: pairs [from, to), ascending: matrices alone. */
  int[] decayed() {
    throw new UnsupportedOperationException();
  }

  /** An unpacked copy of the current parameters; scaling arrays are those given at first. */
  LstmWeights weights() {
    throw new UnsupportedOperationException();
  }

  /** Takes all parameters from {@code weights}, of the same architecture. */
  void load(LstmWeights weights) {
    throw new UnsupportedOperationException();
  }

  /** Fills {@link #gradient} and returns the loss; {@code step} chooses the dropout masks. */
  double lossAndGradient(Minibatch batch, LossFunction loss, double normaliser, long step) {
    throw new UnsupportedOperationException();
  }

  /** The loss without dropout and without a gradient. */
  double loss(Minibatch batch, LossFunction loss, double normaliser) {
    throw new UnsupportedOperationException();
  }

  /** A copy of the states in which the last minibatch ended; empty before the first one. */
  float[] carriedState() {
    throw new UnsupportedOperationException();
  }

  /** Puts back what {@link #carriedState} gave. */
  void restoreCarriedState(float[] state) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}
}
