// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train.tape;

/**
 * The pseudo-random numbers of a training run: SplitMix64 of Steele, Lea &amp; Flood, "Fast
 * Splittable Pseudorandom Number Generators", OOPSLA 2014. Written out here because the JDK's
 * generators promise no sequence, and a seed has to mean the same bits on every release.
 */
public final class SplitMix {
  static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

  private long state;

  /** A generator whose state is the seed itself. */
  public SplitMix(long seed) {
    state = seed;
  }

  /** A generator for one purpose of a run: {@code stream} tells its uses apart. */
  public static SplitMix of(long seed, long stream) {
    return new SplitMix(mix(seed + GOLDEN_GAMMA) ^ mix(~stream * GOLDEN_GAMMA));
  }

  /** 64 random bits. */
  public long nextLong() {
    state += GOLDEN_GAMMA;
    return mix(state);
  }

  /** Scatters the bits of a number: a hash, of which no two numbers have the same. */
  static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  /** Uniform in [0, 1), 53 bits. */
  public double nextDouble() {
    return (nextLong() >>> 11) * 0x1p-53;
  }

  /** Uniform in [0, bound), without bias. */
  public int nextInt(int bound) {
    // the multiply-shift of Lemire, "Fast Random Integer Generation in an Interval", 2019
    long product = (nextLong() >>> 32) * bound;
    long threshold = (1L << 32) % bound;
    while ((product & 0xffffffffL) < threshold) {
      product = (nextLong() >>> 32) * bound;
    }
    return (int) (product >>> 32);
  }

  /** Standard normal, by the method of Box and Muller; StrictMath gives the same bits anywhere. */
  public double nextGaussian() {
    double radius = Math.sqrt(-2 * StrictMath.log(1 - nextDouble()));
    return radius * StrictMath.cos(2 * Math.PI * nextDouble());
  }

  /** Puts the elements in an order of which each is equally likely (Fisher and Yates). */
  public void shuffle(int[] elements) {
    for (int i = elements.length - 1; i > 0; i--) {
      int j = nextInt(i + 1);
      int swapped = elements[i];
      elements[i] = elements[j];
      elements[j] = swapped;
    }
  }
}
