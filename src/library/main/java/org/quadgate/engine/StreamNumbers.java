// SPDX-License-Identifier: Apache-2.0
package org.quadgate.engine;

/** Which numbers below a capacity stand for streams; a new one gets the smallest that is free. */
public final class StreamNumbers {
  /** A bit per number: whether it was taken. */
  private final long[] taken;

  /** A bit per number: whether the present call names it; all 0 between calls. */
  private final long[] named;

  private final int capacity;
  private int size;

  /** No word of {@link #taken} before this one has a free number. */
  private int freeFrom;

  /** None taken. */
  public StreamNumbers(int capacity) {
    this.capacity = capacity;
    taken = new long[(capacity + Long.SIZE - 1) / Long.SIZE];
    named = new long[taken.length];
  }

  /** Those of {@code before}, and room for more. */
  public StreamNumbers(StreamNumbers before, int capacity) {
    this(capacity);
    System.arraycopy(before.taken, 0, taken, 0, before.taken.length);
    size = before.size;
    freeFrom = before.freeFrom;
  }

  /** Bytes for so many numbers, rounded down. */
  public static long bytes(int capacity) {
    return 2 * (capacity / 8L);
  }

  /** Bytes of these numbers. */
  public long bytes() {
    return 8L * (taken.length + named.length);
  }

  /** Numbers there can be. */
  public int capacity() {
    return capacity;
  }

  /** Numbers that were taken. */
  public int size() {
    return size;
  }

  private static boolean has(long[] bits, int number) {
    return (bits[number / Long.SIZE] & 1L << number) != 0;
  }

  /** Whether a number was taken. */
  public boolean contains(int number) {
    return number >= 0 && number < capacity && has(taken, number);
  }

  /**
   * Takes the smallest number that is free.
   *
   * @throws IllegalStateException if there is none
   */
  public int take() {
    if (size == capacity) {
      throw new IllegalStateException(
          "all " + capacity + " streams of the batch's capacity are in use");
    }
    while (taken[freeFrom] == -1L) {
      freeFrom++;
    }
    int number = freeFrom * Long.SIZE + Long.numberOfTrailingZeros(~taken[freeFrom]);
    taken[freeFrom] |= 1L << number;
    size++;
    return number;
  }

  /** Frees a number that was taken. */
  public void giveBack(int number) {
    taken[number / Long.SIZE] &= ~(1L << number);
    freeFrom = Math.min(freeFrom, number / Long.SIZE);
    size--;
  }

  /** The smallest number from {@code from} on that was taken, or -1. */
  public int next(int from) {
    int word = from / Long.SIZE;
    if (word >= taken.length) {
      return -1;
    }
    long bits = taken[word] & -1L << from;
    while (bits == 0) {
      if (++word == taken.length) {
        return -1;
      }
      bits = taken[word];
    }
    return word * Long.SIZE + Long.numberOfTrailingZeros(bits);
  }

  /**
   * Checks that a number was taken.
   *
   * @throws IllegalArgumentException if it was not
   */
  public void check(int number) {
    if (!contains(number)) {
      throw new IllegalArgumentException(absent(number));
    }
  }

  /**
   * Checks that each number was taken and stands there once.
   *
   * @param numbers the first {@code count} count
   * @throws IllegalArgumentException if one is not so
   */
  public void check(int[] numbers, int count) {
    for (int i = 0; i < count; i++) {
      int number = numbers[i];
      boolean there = contains(number);
      if (!there || has(named, number)) {
        forget(numbers, i);
        throw new IllegalArgumentException(
            there ? "stream " + number + " is named twice, again at " + i : absent(number));
      }
      named[number / Long.SIZE] |= 1L << number;
    }
    forget(numbers, count);
  }

  private void forget(int[] numbers, int count) {
    for (int i = 0; i < count; i++) {
      named[numbers[i] / Long.SIZE] = 0;
    }
  }

  private static String absent(int number) {
    return "there is no stream " + number + ": it was never added, or removed";
  }
}
