// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train.tape;

import org.quadgate.kernel.PanelShape;
import org.quadgate.kernel.TrainingKernels;

/** What the loss of one row is computed from. Mutable: a thread reuses one for all its rows. */
public final class ScoredRow {
  public final TrainingKernels kernels;

  /** For {@link TrainingKernels#exponentials}. */
  public final float[] scratch = new float[PanelShape.LANES];

  /** In: outputs of the network; out: derivatives; {@link #outputs} values from {@code at}. */
  public float[] y;

  public int at;
  public int outputs;

  /** As many values as {@link RowLoss#targets} says from {@code targetAt}. */
  public float[] target;

  public int targetAt;

  /** What the derivatives are multiplied by. */
  public double scale;

  ScoredRow(TrainingKernels kernels) {
    this.kernels = kernels;
  }
}
