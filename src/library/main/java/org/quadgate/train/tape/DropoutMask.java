// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train.tape;

/**
 * Random masks that depend on what they are for and on nothing else: not on the thread, nor on
 * which rows were masked before. Each row's numbers come from a generator of its own, a {@link
 * SplitMix} started at a hash of seed, step, layer and row.
 */
final class DropoutMask {
  private static final long GOLDEN = SplitMix.GOLDEN_GAMMA;

  private final double probability;
  private final long seed;
  private long key;

  /**
   * @param layer tells one use of masks from another
   */
  DropoutMask(double probability, long seed, int layer) {
    this.probability = probability;
    this.seed = SplitMix.mix(seed + GOLDEN * (layer + 1L));
  }

  /** Whether anything is ever dropped. */
  boolean drops() {
    return probability > 0;
  }

  /** Chooses the masks of a training step. */
  void step(long step) {
    key = SplitMix.mix(seed ^ SplitMix.mix(step + GOLDEN));
  }

  /** Fills {@code count} entries with 0 or, for what is kept, 1 / (1 − p). */
  void fill(int row, float[] mask, int at, int count) {
    int dropBelow = (int) (probability * (1 << 24));
    float kept = (float) (1 / (1 - probability));
    long state = SplitMix.mix(key ^ SplitMix.mix(row + GOLDEN));
    for (int i = at; i < at + count; i++) {
      state += GOLDEN;
      mask[i] = SplitMix.mix(state) >>> 40 < dropBelow ? 0 : kept;
    }
  }
}
