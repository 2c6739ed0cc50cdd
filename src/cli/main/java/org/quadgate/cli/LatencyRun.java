// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli;

import java.util.Arrays;
import java.util.Random;
import org.quadgate.LstmModel;
import org.quadgate.LstmState;
import org.quadgate.LstmWeights;

/** A warm model under the {@link LatencyLoop}. */
final class LatencyRun {
  private static final long WARM_UP_NANOS = 250_000_000L;
  private static final int MOST_ROUNDS = 12;

  private static final int FIRST_STEPS = 1000;

  private final LatencyLoop loop;
  private final long firstNanos;

  private LatencyRun(LatencyLoop loop, long firstNanos) {
    this.loop = loop;
    this.firstNanos = firstNanos;
  }

  /** The median of the first thousand steps after {@link LstmModel#warmUp}, in nanoseconds. */
  long firstNanos() {
    return firstNanos;
  }

  /** Warms the model up. */
  static LatencyRun warm(LstmModel model, float[][] inputs, boolean twoPhase) {
    model.warmUp();
    LstmState state = model.newState();
    float[] y = new float[model.config().outputSize()];
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
  LatencyResult measure(Pace pace, long nanos) {
    // at least twice, for code compiled during a call's loop is used from the next call on; and as
    // long as steps allocate, for the Vector API does so until its callers are compiled
    for (int round = 0; round < MOST_ROUNDS; round++) {
      double bytes = loop.measure(pace, WARM_UP_NANOS).bytesPerStep();
      if (round > 0 && !(bytes > 0)) {
        break;
      }
    }
    return loop.measure(pace, nanos);
  }

  /** Normally distributed inputs, as the model expects them before its standardisation. */
  static float[][] randomInputs(LstmWeights weights, long seed) {
    // few enough to stay in the cache beside the weights, as a live tick would be
    return randomInputs(weights, seed, Math.clamp(16_384 / weights.config().inputSize(), 8, 1024));
  }

  /** As {@link #randomInputs(LstmWeights, long)}, so many of them. */
  static float[][] randomInputs(LstmWeights weights, long seed, int count) {
    int size = weights.config().inputSize();
    float[][] inputs = new float[count][size];
    Random random = new Random(seed);
    for (float[] x : inputs) {
      for (int i = 0; i < size; i++) {
        x[i] = (float) (weights.inputMean[i] + weights.inputStd[i] * random.nextGaussian());
      }
    }
    return inputs;
  }

  /** Nanoseconds that reading the clock adds to each figure: the median of many. */
  static long timerNanos() {
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
