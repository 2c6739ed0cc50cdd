// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train.tape;

/**
 * Dropout of a layer's outputs on their way up, anew at every timestep: y = h ⊙ m, dh = dy ⊙ m.
 * Zaremba, Sutskever &amp; Vinyals, "Recurrent Neural Network Regularization", 2014.
 */
final class OutputDropout {
  private final DropoutMask source;
  private final int stride; // S
  private float[] mask = {}; // m; [T][B][S]
  float[] y = {}; // [T][B][S]

  OutputDropout(DropoutMask source, int stride) {
    this.source = source;
    this.stride = stride;
  }

  boolean drops() {
    return source.drops();
  }

  void reshape(int rows, long step) {
    if (source.drops()) {
      source.step(step);
      mask = Lanes.room(mask, (long) rows * stride);
      y = Lanes.room(y, (long) rows * stride);
    }
  }

  /**
   * Drops {@code count} rows from {@code row} on.
   *
   * @param h rows from {@code hiddenAt}; shape [rows][S]
   */
  void forward(float[] h, int hiddenAt, int row, int count) {
    for (int r = row; r < row + count; r++) {
      source.fill(r, mask, r * stride, stride);
    }
    int from = row * stride;
    int shift = hiddenAt - from;
    for (int i = from; i < from + count * stride; i++) {
      y[i] = h[i + shift] * mask[i];
    }
  }

  /** Turns dL/dy into dL/dh, in place. */
  void backward(float[] dy, int row, int count) {
    for (int i = row * stride; i < (row + count) * stride; i++) {
      dy[i] *= mask[i];
    }
  }
}
