// SPDX-License-Identifier: Apache-2.0
package org.quadgate.engine;

import org.quadgate.network.Scaling;

/**
 * What becomes of the last layer's values before the caller gets them. Immutable.
 *
 * <pre>
 *   y[i] = v[i]·std[i] + mean[i]
 * </pre>
 */
final class OutputStage {
  private final int size;
  private final float[] mean; // [output], or null: outputs are given as they are
  private final float[] std; // [output]

  OutputStage(Scaling scaling) {
    size = scaling.size();
    mean = scaling.isIdentity() ? null : scaling.mean();
    std = scaling.std();
  }

  /** Whether outputs are scaled after the last layer. */
  boolean scales() {
    return mean != null;
  }

  /** One timestep's outputs, from {@code v[at …]} to {@code y[to …]}. */
  void give(float[] v, int at, float[] y, int to) {
    if (mean == null) {
      System.arraycopy(v, at, y, to, size);
    } else {
      for (int i = 0; i < size; i++) {
        y[to + i] = v[at + i] * std[i] + mean[i];
      }
    }
  }
}
