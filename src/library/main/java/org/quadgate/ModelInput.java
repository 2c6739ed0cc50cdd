// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import java.util.Arrays;

/**
 * What becomes of an input between the caller and the first layer: it is standardised, if the model
 * does that, then checked, unless the model trusts its callers, and searched for zeros. Immutable.
 *
 * <pre>
 *   in[k] = (x[k] − mean[k]) / std[k],   |in[k]| ≤ limit
 * </pre>
 */
final class ModelInput {
  /** Fewer inputs than this are not searched for zeros. */
  static final int SPARSE_INPUTS = 16;

  /** The share of inputs that are not zero up to which zeros are left out. */
  private static final double SPARSE = 0.5;

  private final int size;
  private final float[] mean; // [input], or null: inputs are used as they are
  private final float[] std; // [input]
  private final boolean checked;
  private final float limit;

  ModelInput(LstmWeights weights, boolean checked) {
    size = weights.config().inputSize();
    mean = weights.standardisesInput() ? weights.inputMean.clone() : null;
    std = weights.inputStd.clone();
    this.checked = checked;
    limit = InputLimit.of(weights);
  }

  /** Whether inputs are standardised before the first layer. */
  boolean standardises() {
    return mean != null;
  }

  /** One timestep's inputs, standardised. */
  void standardise(float[] x, int offset, float[] to, int at) {
    for (int k = 0; k < mean.length; k++) {
      to[at + k] = (x[offset + k] - mean[k]) / std[k];
    }
  }

  /**
   * Standardises and checks a timestep's input; returns where it then is.
   *
   * @throws NonFiniteInputException if an input is NaN, infinite or over-large
   */
  float[] accept(LstmState state, float[] x, int offset) {
    float[] in = x;
    if (mean != null) {
      standardise(x, offset, state.x, 0);
      in = state.x;
    }
    if (checked) {
      check(in, acceptedAt(offset), x, offset);
    }
    return in;
  }

  /** Where in the array that {@link #accept} gives the input begins. */
  int acceptedAt(int offset) {
    return mean == null ? offset : 0;
  }

  /** NaN compares as false, so it is refused too. */
  private void check(float[] in, int at, float[] x, int xOffset) {
    for (int k = 0; k < size; k++) {
      if (!(Math.abs(in[at + k]) <= limit)) {
        throw refused(in, at, x, xOffset);
      }
    }
  }

  private NonFiniteInputException refused(float[] in, int at, float[] x, int xOffset) {
    int k = 0;
    while (Math.abs(in[at + k]) <= limit) {
      k++;
    }
    return new NonFiniteInputException(k, x[xOffset + k], limit);
  }

  /**
   * Checks the inputs of many rows as {@link #accept} does those of one.
   *
   * @param xs shape [rows][input]
   * @throws NonFiniteInputException naming the first row with such an input
   */
  void check(float[] xs, int rows) {
    if (!checked) {
      return;
    }
    if (mean == null) {
      // of numbers without their sign, NaN has the largest bits, then infinity
      int most = 0;
      for (int i = 0; i < rows * size; i++) {
        most = Math.max(most, Float.floatToRawIntBits(xs[i]) & Integer.MAX_VALUE);
      }
      if (most <= Float.floatToRawIntBits(limit)) {
        return;
      }
    }
    for (int row = 0; row < rows; row++) {
      for (int k = 0; k < size; k++) {
        float x = xs[row * size + k];
        float in = mean == null ? x : (x - mean[k]) / std[k];
        if (!(Math.abs(in) <= limit)) {
          throw new NonFiniteInputException(row, k, x, limit);
        }
      }
    }
  }

  /** Whether x has so many zeros that leaving them out is faster; lists the others. */
  boolean nonZero(float[] x, int at, LstmState state) {
    int[] columns = state.columns;
    if (columns.length == 0) {
      return false;
    }
    int count = 0;
    for (int k = 0; k < columns.length; k++) {
      columns[count] = k;
      count += x[at + k] == 0 ? 0 : 1;
    }
    state.columnCount = count;
    return count <= columns.length * SPARSE;
  }

  /** Input {@code i} of a warm-up. */
  void fillWarmUp(float[] x, int i) {
    // no input is zero, or all are: what may be left out has to be compiled as well
    Arrays.fill(x, i % 4 == 3 ? 0 : 1);
    if (mean != null) {
      for (int k = 0; k < x.length; k++) {
        x[k] = mean[k] + x[k] * std[k];
      }
    }
  }
}
