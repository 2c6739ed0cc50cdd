// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train.tape;

/**
 * One minibatch of sequences, padded to the longest. Time-major, so that a timestep is contiguous.
 * Mutable and reusable: buffers only grow.
 *
 * <p>Padding stands at the end of a sequence, with finite inputs and weight 0.
 */
public final class Minibatch {
  private int sequences;
  private int steps;

  /** Inputs, standardised already; shape [steps][sequences][input]. */
  public float[] x = {};

  /** Targets, scaled already; shape [steps][sequences][targets]. */
  public float[] target = {};

  /** How much each row counts, 0 for one that is not scored; shape [steps][sequences]. */
  public float[] weight = {};

  /**
   * Whether sequence b starts from the state in which sequence b of the previous minibatch ended,
   * after its last timestep, padding included; if not, all start from the model's initial state.
   */
  public boolean carriesState;

  /** An empty one, to be given its shape. */
  public Minibatch() {}

  /** Sequences side by side. */
  public int sequences() {
    return sequences;
  }

  /** Timesteps of the longest sequence. */
  public int steps() {
    return steps;
  }

  /**
   * Makes room. What the buffers hold afterwards is undefined: the caller fills all of {@code
   * steps·sequences} rows, padding included.
   *
   * @param targetSize {@link RowLoss#targets} of the network's outputs
   * @throws IllegalArgumentException if a size is below 1 or an array would pass 2³¹−1 elements
   */
  public void reshape(int sequences, int steps, int inputSize, int targetSize) {
    if (sequences < 1 || steps < 1 || inputSize < 1 || targetSize < 1) {
      throw new IllegalArgumentException(
          "sizes of a minibatch have to be at least 1: %d sequences, %d steps, %d inputs, %d targets"
              .formatted(sequences, steps, inputSize, targetSize));
    }
    long rows = (long) sequences * steps;
    if (rows * Math.max(inputSize, targetSize) > Integer.MAX_VALUE - 64) {
      throw new IllegalArgumentException(
          "a minibatch of %d sequences of %d steps is too large".formatted(sequences, steps));
    }
    this.sequences = sequences;
    this.steps = steps;
    x = grown(x, (int) rows * inputSize);
    target = grown(target, (int) rows * targetSize);
    weight = grown(weight, (int) rows);
  }

  private static float[] grown(float[] array, int length) {
    return array.length >= length ? array : new float[length];
  }
}
