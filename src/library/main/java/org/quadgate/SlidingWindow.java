// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import org.jspecify.annotations.Nullable;

/**
 * The output of the last {@code length} timesteps of a stream, at every tick: as if a new state
 * were run over just these, with the same bits, yet with one step of work between the tick and the
 * result.
 *
 * <p>At any time as many windows are under way as one has timesteps, each begun a tick after the
 * one before. A tick finishes the oldest; the others are advanced afterwards, as one batch:
 *
 * <pre>
 *   ticks      1  2  3  4  5  6          length 3
 *   windows    a  a  a
 *                 b  b  b
 *                    c  c  c             tick 5: c is stepped and published by {@link #step};
 *                       d  d  d          {@link #prepareNext} then steps d and begins e
 *                          e  e …
 * </pre>
 *
 * <p>Until there were that many ticks, the window is all of them. Windows begin at the model's
 * initial state, which is zero unless one was learned. For one thread at a time.
 */
public final class SlidingWindow {
  private final Model model;
  private final int length;

  /** The oldest window: the next tick is its last, once there were enough. */
  private final StreamState oldest;

  /** The windows begun after it; null if a window is a single timestep. */
  private final @Nullable StreamBatch others;

  /** The numbers of the others, by age, as a ring from {@link #first}; shape [length − 1]. */
  private final int[] order;

  private int first;

  /** The last tick's input, which the others have not seen yet while {@link #behind}; [input]. */
  private final float[] last;

  private boolean behind;

  /** Ticks that the oldest window has seen. */
  private int seen;

  /** Ticks that the last output was of. */
  private int size;

  /**
   * A window before its first tick.
   *
   * @param length timesteps of a full window, at least 1
   * @throws IllegalArgumentException if it is below 1, or the memory for it is not there
   */
  SlidingWindow(Model model, int length) {
    if (length < 1) {
      throw new IllegalArgumentException("length is " + length + ", expected at least 1");
    }
    this.model = model;
    this.length = length;
    oldest = model.newState();
    others = length == 1 ? null : model.newBatch(length - 1);
    order = new int[length - 1];
    last = new float[model.inputSize()];
  }

  /**
   * Takes a tick and gives the output of the window that ends with it. Allocates nothing.
   *
   * @param x the input; shape [input]
   * @param y receives the output; shape [output]; may be {@code x} where the sizes agree
   * @throws IllegalArgumentException if an array has another length; nothing has changed
   * @throws RefusedInputException if an input is NaN, infinite or over-large; the tick has not
   *     happened
   */
  public void step(float[] x, float[] y) {
    take(x);
    model.step(oldest, x, y);
    ticked();
  }

  /**
   * As {@link #step(float[], float[])}, and records the last timestep of the window that ends.
   *
   * @throws IllegalStateException if the trace is full; the tick has not happened
   */
  public void step(float[] x, float[] y, GateTrace trace) {
    take(x);
    model.step(oldest, x, y, trace);
    ticked();
  }

  private void take(float[] x) {
    prepareNext();
    Arguments.checkLength("x", x.length, last.length);
    System.arraycopy(x, 0, last, 0, last.length); // y may be x
  }

  private void ticked() {
    seen++;
    size = seen;
    behind = true;
  }

  /**
   * Advances the windows that the last tick did not finish, so that the next tick finds them ready.
   * Optional, and what {@link #step} begins with where it was left out: results are the same
   * without it, but later. Allocates nothing.
   */
  public void prepareNext() {
    if (!behind) {
      return;
    }
    behind = false;
    if (seen > 1 && others != null) { // at its first tick the oldest is the one begun then
      order[(first + others.size()) % order.length] = others.add();
      others.advance(last);
    }
    if (seen == length) {
      succeed();
    }
    model.prepareNext(oldest);
  }

  /** The oldest window is finished: the one begun after it takes its place. */
  private void succeed() {
    seen = length - 1;
    if (others == null) {
      oldest.reset();
      return;
    }
    int next = order[first];
    first = (first + 1) % order.length;
    others.save(next, oldest);
    others.remove(next);
  }

  /** Forgets all ticks. */
  public void reset() {
    oldest.reset();
    while (others != null && others.size() > 0) {
      others.remove(order[first]);
      first = (first + 1) % order.length;
    }
    seen = 0;
    size = 0;
    behind = false;
  }

  /** Timesteps of a full window. */
  public int length() {
    return length;
  }

  /** How many ticks the last output was of: {@link #length} once there were as many. */
  public int size() {
    return size;
  }

  /** The model it steps. */
  public Model model() {
    return model;
  }
}
