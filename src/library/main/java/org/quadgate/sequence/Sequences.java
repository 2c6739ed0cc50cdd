// SPDX-License-Identifier: Apache-2.0
package org.quadgate.sequence;

/**
 * Sequences side by side.
 *
 * @param values shape [steps][batch][values per timestep]
 * @param steps timesteps of the longest
 * @param batch how many sequences
 * @param lengths each one's length; null where all have {@code steps}
 * @param masked timesteps that no layer reads; shape [steps][batch]; null where all are read
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
record Sequences(float[] values, int steps, int batch, int[] lengths, boolean[] masked) {
  /** The same sequences with other values. */
  Sequences with(float[] newValues) {
    return new Sequences(newValues, steps, batch, lengths, masked);
  }

  int length(int sequence) {
    return lengths == null ? steps : lengths[sequence];
  }

  boolean isMasked(int row) {
    return masked != null && masked[row];
  }
}
