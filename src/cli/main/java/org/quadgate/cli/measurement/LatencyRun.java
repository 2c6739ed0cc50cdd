// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.measurement;

import java.util.Arrays;
import org.quadgate.Model;
import org.quadgate.StreamState;

/** A warm model under the {@link LatencyLoop}. */
public final class LatencyRun {
  private static final long WARM_UP_NANOS = 250_000_000L;
  private static final int MOST_ROUNDS = 12;

  private static final int FIRST_STEPS = 1000;

  private final LatencyLoop loop;
  private final long firstNanos;

  private LatencyRun(LatencyLoop loop, long firstNanos) {
    this.loop = loop;
    this.firstNanos = firstNanos;
  }

  /** The median of the first thousand steps after {@link Model#warmUp}, in nanoseconds. */
  public long firstNanos() {
    return firstNanos;
  }

  /**
   * Warms the model up.
   *
   * @param inputs used in turn; shape [any][input]
   * @param twoPhase whether {@link Model#prepareNext} follows each step
   */
  public static LatencyRun warm(Model model, float[][] inputs, boolean twoPhase) {
    model.warmUp();
    StreamState state = model.newState();
    float[] y = new float[model.outputSize()];
    LatencyLoop.Tick tick =
        new LatencyLoop.Tick() {
          @Override
          public void step(float[] x) {
            model.step(state, x, y);
          }

          @Override
          public void prepare() {
            model.prepareNext(state);
          }
        };
    long first = firstSteps(tick, inputs);
    return new LatencyRun(new LatencyLoop(tick, inputs, twoPhase, System::nanoTime), first);
  }

  private static long firstSteps(LatencyLoop.Tick tick, float[][] inputs) {
    long[] nanos = new long[FIRST_STEPS];
    for (int i = 0; i < FIRST_STEPS; i++) {
      long start = System.nanoTime();
      tick.step(inputs[i % inputs.length]);
      nanos[i] = System.nanoTime() - start;
    }
    Arrays.sort(nanos);
    return nanos[FIRST_STEPS / 2];
  }

  /** Measures after a discarded warm-up of the same loop. */
  public LatencyResult measure(Pace pace, long nanos) {
    // Code that is compiled during a call's loop runs from the next call on, so there are at least
    // two rounds; and more while steps allocate, which the Vector API does until it is compiled.
    for (int round = 0; round < MOST_ROUNDS; round++) {
      double bytes = loop.measure(pace, WARM_UP_NANOS).bytesPerStep();
      if (round > 0 && !(bytes > 0)) {
        break;
      }
    }
    return loop.measure(pace, nanos);
  }

  /** Nanoseconds that reading the clock adds to each figure: the median of many. */
  public static long timerNanos() {
    long[] samples = new long[20_001];
    for (int round = 0; round < 3; round++) {
      long before = System.nanoTime();
      for (int i = 0; i < samples.length; i++) {
        long now = System.nanoTime();
        samples[i] = now - before;
        before = now;
      }
    }
    Arrays.sort(samples);
    return samples[samples.length / 2];
  }
}
