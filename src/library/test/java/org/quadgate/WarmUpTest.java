// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.quadgate.network.Architecture;

/** That nothing is slow the first time after a warm-up, whatever a stream does first. */
@Tag("once")
class WarmUpTest {
  /** A first call that was never compiled, or is compiled anew, takes a thousand times as long. */
  private static final double MOST = 20;

  /** Misses of caches and the clock itself: a call of less than a microsecond has to allow them. */
  private static final double NOISE_NANOS = 50_000;

  /** The machine takes the processor away now and then, but not each time at the first call. */
  private static final int ATTEMPTS = 4;

  private static final int LATER = 201;

  @ParameterizedTest
  @ValueSource(strings = {"heap", "native", "run", "whole"})
  void theFirstCallIsAsFastAsLaterOnes(String verb) throws Exception {
    double best = Double.POSITIVE_INFINITY;
    for (int attempt = 0; attempt < ATTEMPTS && best >= MOST; attempt++) {
      ChildJvm.Result result = ChildJvm.run(FirstCall.class, List.of(), verb);
      assertEquals(0, result.status(), result.output());
      String last = result.output().strip();
      best = Math.min(best, Double.parseDouble(last.substring(last.lastIndexOf('\n') + 1)));
    }
    assertTrue(best < MOST, verb + ": the first takes " + best + " times a later one");
  }

  /** Prints how many times the median the first call took. */
  static final class FirstCall {
    private static final int STEPS = 100;

    private final Model model =
        Model.of(
            RandomWeights.of(Architecture.builder(8).lstm(32).linear(1).build(), 1).toNetwork());
    private final StreamState state = model.newState();
    private final float[] x = RandomWeights.inputs(8, 2);
    private final float[] y = new float[1];
    private final float[] xs = RandomWeights.inputs(8 * STEPS, 2);
    private final float[] ys = new float[STEPS];
    private final MemorySegment heapX = MemorySegment.ofArray(x);
    private final MemorySegment heapY = MemorySegment.ofArray(y);
    private final MemorySegment nativeX = Arena.global().allocate(32);
    private final MemorySegment nativeY = Arena.global().allocate(4);

    private void call(String verb) {
      switch (verb) {
        case "heap" -> model.step(state, heapX, heapY);
        case "native" -> model.step(state, nativeX, nativeY);
        case "run" -> model.run(state, xs, STEPS, ys);
        case "whole" -> model.run(xs, STEPS, ys);
        default -> throw new IllegalArgumentException(verb);
      }
    }

    public static void main(String[] args) {
      FirstCall that = new FirstCall();
      String verb = args[0];
      that.call(verb); // the call itself has to be linked, which is no matter of the model's
      that.model.warmUp();
      long[] nanos = new long[LATER];
      for (int i = 0; i < LATER; i++) {
        long start = System.nanoTime();
        that.call(verb);
        nanos[i] = System.nanoTime() - start;
      }
      double first = nanos[0];
      Arrays.sort(nanos);
      System.out.println(Math.max(0, first - NOISE_NANOS) / nanos[LATER / 2]);
    }
  }
}
