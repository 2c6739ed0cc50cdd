// SPDX-License-Identifier: Apache-2.0
package org.quadgate.sequence;

/** One direction of a layer in one sequence: its state, and what moves it on. */
interface Stream {
  /** Goes to the layer's own initial state. */
  void reset();

  /** Sets h from {@code from[at …]}; shape [pass size]. */
  void setHidden(float[] from, int at);

  /** Sets c from {@code from[at …]}; shape [hidden], nothing for an RNN. */
  void setCell(float[] from, int at);

  /** Writes h to {@code to[at …]}. */
  void copyHidden(float[] to, int at);

  /** Writes c to {@code to[at …]}; nothing for an RNN. */
  void copyCell(float[] to, int at);

  /** Reads one timestep from {@code x[at …]}. */
  void step(float[] x, int at);

  /**
   * Reads timesteps in the order in which they stand.
   *
   * @param xs shape [steps][input]
   * @param ys receives h after each; shape [steps][pass size]
   */
  void run(float[] xs, int steps, float[] ys);
}
