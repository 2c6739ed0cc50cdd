// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import org.quadgate.Model;
import org.quadgate.SlidingWindow;
import org.quadgate.StreamState;

/**
 * The output of the window that ends with a tick, started from zero state: what both suites ask for
 * at every tick, each in its manner.
 */
interface StacWindow {
  /** The result of the window that ends with tick {@code last}: what is timed. */
  float result(int last);

  /** What can be done between a result and the next tick: not timed. */
  void prepare();

  /**
   * The Sumaco manner: every window is new and is computed as a whole.
   *
   * @param inputs used in turn; shape [ticks][features]
   */
  static StacWindow whole(StacSteps steps, Model model, float[][] inputs, int window) {
    StreamState state = model.newState();
    if (steps.cores() == 1) {
      return wholeAtOnce(model, state, inputs, window);
    }
    float[] y = new float[1];
    return new StacWindow() {
      @Override
      public float result(int last) {
        state.reset();
        for (int t = last - window + 1; t <= last; t++) {
          steps.step(state, inputs[t % inputs.length], y);
        }
        return y[0];
      }

      @Override
      public void prepare() {}
    };
  }

  /** With all timesteps of a window at hand. */
  private static StacWindow wholeAtOnce(
      Model model, StreamState state, float[][] inputs, int window) {
    int features = model.inputSize();
    float[] xs = new float[window * features];
    float[] ys = new float[window];
    return new StacWindow() {
      @Override
      public float result(int last) {
        for (int t = 0; t < window; t++) {
          float[] x = inputs[(last - window + 1 + t) % inputs.length];
          System.arraycopy(x, 0, xs, t * features, features);
        }
        state.reset();
        model.run(state, xs, window, ys);
        return ys[window - 1];
      }

      @Override
      public void prepare() {}
    };
  }

  /** By the engine's own sliding window. */
  private static StacWindow slidingAlone(Model model, float[][] inputs, int window, int first) {
    SlidingWindow sliding = model.newWindow(window);
    float[] y = new float[1];
    for (int t = first - window + 1; t < first; t++) {
      sliding.step(inputs[t % inputs.length], y);
    }
    sliding.prepareNext();
    return new StacWindow() {
      @Override
      public float result(int last) {
        sliding.step(inputs[last % inputs.length], y);
        return y[0];
      }

      @Override
      public void prepare() {
        sliding.prepareNext();
      }
    };
  }

  /**
   * The Tacana manner: each window is the one before, moved on by a tick. There is a state for each
   * window that has begun; the one that ends is stepped and gives the result, then the others are.
   *
   * @param inputs used in turn; shape [ticks][features]
   * @param first the first tick a result is asked for; then every tick in turn
   * @param results how many results there will be: only the states these need have their past, and
   *     the others are stepped all the same
   */
  static StacWindow sliding(
      StacSteps steps, Model model, float[][] inputs, int window, int first, int results) {
    if (steps.cores() == 1) {
      return slidingAlone(model, inputs, window, first);
    }
    StreamState[] states = new StreamState[window];
    float[] y = new float[1];
    for (int i = 0; i < window; i++) {
      // ends with tick first + i
      StreamState state = model.newState();
      states[(first + i) % window] = state;
      for (int t = first + i - window + 1; i < results && t < first; t++) {
        steps.step(state, inputs[t % inputs.length], y);
      }
    }
    steps.prepareNext(states[first % window]);
    return new StacWindow() {
      private int tick = first;

      @Override
      public float result(int last) {
        assert last == tick;
        steps.step(states[tick % window], inputs[tick % inputs.length], y);
        return y[0];
      }

      @Override
      public void prepare() {
        float result = y[0];
        int ended = tick % window;
        states[ended].reset();
        for (int i = 0; i < window; i++) {
          if (i != ended) {
            steps.step(states[i], inputs[tick % inputs.length], y);
          }
        }
        y[0] = result;
        tick++;
        steps.prepareNext(states[tick % window]);
      }
    };
  }
}
