// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train.tape;

/**
 * Variational dropout of the recurrence: R sees h ⊙ m, the mask m being one per sequence, the same
 * at all timesteps. Gal &amp; Ghahramani, "A Theoretically Grounded Application of Dropout in
 * Recurrent Neural Networks", NIPS 2016.
 */
final class RecurrentDropout {
  private final DropoutMask source;
  private final int stride; // S
  private int sequences; // B
  private float[] mask = {}; // m; [B][S]
  float[] kept = {}; // h[t-1] ⊙ m; [T][B][S]

  RecurrentDropout(DropoutMask source, int stride) {
    this.source = source;
    this.stride = stride;
  }

  boolean drops() {
    return source.drops();
  }

  void reshape(int sequences, int steps, long step) {
    this.sequences = sequences;
    if (source.drops()) {
      source.step(step);
      mask = Lanes.room(mask, (long) sequences * stride);
      kept = Lanes.room(kept, (long) steps * sequences * stride);
    }
  }

  /** Draws the masks of the share's sequences. */
  void draw(Share share) {
    for (int b = share.first; b < share.first + share.count; b++) {
      source.fill(b, mask, b * stride, stride);
    }
  }

  /**
   * kept[t] = h[t-1] ⊙ m.
   *
   * @param h the tape, h[-1] first; shape [T+1][B][S]
   */
  void forward(Share share, float[] h, int t) {
    int block = t * sequences * stride;
    int to = (share.first + share.count) * stride;
    for (int i = share.first * stride; i < to; i++) {
      kept[block + i] = h[block + i] * mask[i];
    }
  }

  /**
   * dh = upstream + dh ⊙ m.
   *
   * @param upstream the block of a timestep from {@code upstreamAt}; shape [B][S]
   * @param dh what came back through R; shape [B][S]
   */
  void backward(Share share, float[] upstream, int upstreamAt, float[] dh) {
    int to = (share.first + share.count) * stride;
    for (int i = share.first * stride; i < to; i++) {
      dh[i] = upstream[upstreamAt + i] + dh[i] * mask[i];
    }
  }

  /** dh = dh ⊙ m, before the first timestep. */
  void backward(Share share, float[] dh) {
    int to = (share.first + share.count) * stride;
    for (int i = share.first * stride; i < to; i++) {
      dh[i] *= mask[i];
    }
  }
}
