// SPDX-License-Identifier: Apache-2.0
package org.quadgate.sequence;

/** The state of one direction in one sequence, and its scratch. */
final class PassState {
  /** o ⊙ h(c), which without a projection is h; shape [padded hidden]. */
  final float[] h;

  /** Shape [padded hidden], empty for an RNN. */
  final float[] c;

  /** Gate sums, then gates; shape [panel][4][16]. */
  final float[] z;

  /** x and the projected h behind it; shape [input + projected], empty without a projection. */
  final float[] xh;

  PassState(int hidden, int cell, int rows, int projected) {
    h = new float[hidden];
    c = new float[cell];
    z = new float[rows];
    xh = new float[projected];
  }
}
