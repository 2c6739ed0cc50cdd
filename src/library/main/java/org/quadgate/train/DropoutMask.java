// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

/**
 * Random masks that depend on what they are for and on nothing else: not on the thread, nor on
 * which rows were masked before. Each row's numbers come from a generator of its own, SplitMix64
 * (Steele, Lea &amp; Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014), started
 * at a hash of seed, step, layer and row.
 */
final class DropoutMask {
  private static final long GOLDEN = 0x9e3779b97f4a7c15L;

  private final double probability;
  private final long seed;
  private long key;

  /**
   * @param layer tells one use of masks from another
   */
  DropoutMask(double probability, long seed, int layer) {
    this.probability = probability;
    this.seed = mix(seed + GOLDEN * (layer + 1L));
  }

  /** Whether anything is ever dropped. */
  boolean drops() {
    return probability > 0;
  }

  /** Chooses the masks of a training step. */
  void step(long step) {
    key = mix(seed ^ mix(step + GOLDEN));
  }

  /** Fills {@code count} entries with 0 or, for what is kept, 1 / (1 − p). */
  void fill(int row, float[] mask, int at, int count) {
    int dropBelow = (int) (probability * (1 << 24));
    float kept = (float) (1 / (1 - probability));
    long state = mix(key ^ mix(row + GOLDEN));
    for (int i = at; i < at + count; i++) {
      state += GOLDEN;
      mask[i] = mix(state) >>> 40 < dropBelow ? 0 : kept;
    }
  }

  private static long mix(long value) {
    long z = (value ^ value >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }
}
