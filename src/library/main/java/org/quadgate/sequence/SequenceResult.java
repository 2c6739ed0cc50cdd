// SPDX-License-Identifier: Apache-2.0
package org.quadgate.sequence;

/** What a layer gives for sequences. */
public final class SequenceResult {
  /** Timesteps. */
  public final int steps;

  /** Sequences. */
  public final int batch;

  /** h of every timestep; shape [steps][batch][directions][pass size]. */
  public final float[] outputs;

  /** h after each sequence's last timestep read; shape [batch][directions][pass size]. */
  public final float[] finalHidden;

  /** c after each sequence's last timestep read; shape [batch][directions][hidden]; RNN: empty. */
  public final float[] finalCell;

  SequenceResult(SequenceLayer layer, int steps, int batch) {
    this.steps = steps;
    this.batch = batch;
    int width = Math.multiplyExact(batch, layer.outputSize());
    outputs = new float[Math.multiplyExact(steps, width)];
    finalHidden = new float[width];
    int cells = layer.cell() == SequenceLayer.Cell.LSTM ? layer.hiddenSize() : 0;
    finalCell = new float[Math.multiplyExact(batch, layer.direction().count() * cells)];
  }
}
