// SPDX-License-Identifier: Apache-2.0
package org.quadgate.engine;

import java.util.Arrays;
import org.quadgate.network.Network;
import org.quadgate.network.Scaling;
import org.quadgate.options.ModelOptions;

/**
 * What becomes of an input between the caller and the first layer: it is standardised, if the
 * network does that, then checked, unless the model trusts its callers, and searched for zeros.
 * Immutable.
 *
 * <pre>
 *   in[k] = (x[k] − mean[k]) / std[k],   |in[k]| ≤ limit
 * </pre>
 */
public final class InputStage {
  /** Fewer inputs than this are not searched for zeros. */
  private static final int SPARSE_INPUTS = 16;

  private final int size;
  private final float[] mean; // [input], or null: inputs are used as they are
  private final float[] std; // [input]
  private final boolean checked;
  private final float limit;
  private final boolean masks;
  private final float mask; // the value that all inputs of a masked timestep have

  InputStage(Network network, ModelOptions options) {
    Scaling scaling = network.inputScaling();
    size = scaling.size();
    mean = scaling.isIdentity() ? null : scaling.mean();
    std = scaling.std();
    checked = options.checksInputs();
    limit = InputLimit.of(network, options.precision());
    masks = network.maskValue().isPresent();
    mask = (float) network.maskValue().orElse(0);
  }

  /** Whether inputs are standardised before the first layer. */
  boolean standardises() {
    return mean != null;
  }

  /** Whether some timesteps are passed over. */
  public boolean masks() {
    return masks;
  }

  /** The largest magnitude of an input, after standardisation, that is accepted. */
  public float limit() {
    return limit;
  }

  /** One timestep's inputs, standardised. */
  void standardise(float[] x, int offset, float[] to, int at) {
    for (int k = 0; k < mean.length; k++) {
      to[at + k] = (x[offset + k] - mean[k]) / std[k];
    }
  }

  /** One timestep's inputs as the first layer reads them. */
  void copy(float[] x, int offset, float[] to, int at) {
    if (mean == null) {
      System.arraycopy(x, offset, to, at, size);
    } else {
      standardise(x, offset, to, at);
    }
  }

  /** Whether a timestep, as the first layer would read it, is to be passed over. */
  boolean isMasked(float[] in, int at) {
    for (int k = 0; k < size; k++) {
      if (in[at + k] != mask) {
        return false;
      }
    }
    return true;
  }

  /**
   * Standardises and checks a timestep's input.
   *
   * @return where it then is, from {@link #acceptedAt}; null if it is refused
   */
  float[] accept(Workspace workspace, float[] x, int offset) {
    float[] in = x;
    if (mean != null) {
      in = workspace.input;
      standardise(x, offset, in, 0);
    }
    if (checked) {
      int at = acceptedAt(offset);
      for (int k = 0; k < size; k++) {
        // NaN compares as false, so it is refused too
        if (!(Math.abs(in[at + k]) <= limit)) {
          return null;
        }
      }
    }
    return in;
  }

  /** Where in the array that {@link #accept} gives the input begins. */
  int acceptedAt(int offset) {
    return mean == null ? offset : 0;
  }

  /**
   * Looks for an input that {@link #accept} would refuse.
   *
   * @param xs the rows' inputs from {@code offset}; shape [rows][input]
   * @return which it is, counted from {@code offset}; -1 if there is none
   */
  public int firstRefused(float[] xs, int offset, int rows) {
    if (!checked) {
      return -1;
    }
    int count = rows * size;
    if (mean == null) {
      // of numbers without their sign, NaN has the largest bits, then infinity
      int most = 0;
      for (int i = 0; i < count; i++) {
        most = Math.max(most, Float.floatToRawIntBits(xs[offset + i]) & Integer.MAX_VALUE);
      }
      if (most <= Float.floatToRawIntBits(limit)) {
        return -1;
      }
    }
    for (int i = 0; i < count; i++) {
      float x = xs[offset + i];
      float in = mean == null ? x : (x - mean[i % size]) / std[i % size];
      if (!(Math.abs(in) <= limit)) {
        return i;
      }
    }
    return -1;
  }

  /** Room for the columns that {@link #nonZero} lists. */
  int[] newColumns() {
    return new int[size < SPARSE_INPUTS ? 0 : size];
  }

  /**
   * Whether x has so many zeros, half of it or more, that leaving them out is faster; lists the
   * others in the workspace.
   */
  boolean nonZero(float[] x, int at, Workspace workspace) {
    int[] columns = workspace.columns;
    if (columns.length == 0) {
      return false;
    }
    int count = 0;
    for (int k = 0; k < columns.length; k++) {
      columns[count] = k;
      count += x[at + k] == 0 ? 0 : 1;
    }
    workspace.columnCount = count;
    return 2 * count <= columns.length;
  }

  /** Input {@code i} of a warm-up. */
  public void fillWarmUp(float[] x, int i) {
    // no input is zero, or all are: what may be left out has to be compiled as well
    Arrays.fill(x, i % 4 == 3 ? 0 : 1);
    if (mean != null) {
      for (int k = 0; k < x.length; k++) {
        x[k] = mean[k] + x[k] * std[k];
      }
    }
  }
}
