// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.quadgate.Kinds.Kind;

/** Steps from and to memory segments: what is refused, and that a failure leaves no trace. */
class SegmentStepTest {
  static List<Kind> networks() {
    List<String> names = List.of("plain", "in place", "projected", "masked", "masked, no head");
    return Kinds.steppable().stream().filter(kind -> names.contains(kind.name())).toList();
  }

  private static float[] saved(StreamState state) {
    float[] floats = new float[state.size()];
    state.save(floats, 0);
    return floats;
  }

  private static MemorySegment of(float[] values) {
    return MemorySegment.ofArray(values.clone());
  }

  /** Segments that cannot be read or written, and what says so. */
  private record Bad(MemorySegment segment, Class<? extends RuntimeException> exception) {}

  private static MemorySegment closed(long bytes) {
    try (Arena arena = Arena.ofConfined()) {
      return arena.allocate(bytes);
    }
  }

  /** A segment of a thread that keeps it until it is told to end. */
  private static MemorySegment ofAnotherThread(long bytes, CountDownLatch end) throws Exception {
    AtomicReference<MemorySegment> made = new AtomicReference<>();
    CountDownLatch ready = new CountDownLatch(1);
    Thread owner =
        Thread.ofPlatform()
            .daemon()
            .start(
                () -> {
                  try (Arena arena = Arena.ofConfined()) {
                    made.set(arena.allocate(bytes));
                    ready.countDown();
                    end.await();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
    ready.await();
    assertTrue(owner.isAlive());
    return made.get();
  }

  /**
   * A new stream and one that is under way, each prepared and not; afterwards every stream goes on
   * as one that never met the failure.
   */
  @ParameterizedTest
  @MethodSource("networks")
  void aFailureLeavesTheStateAsItWas(Kind kind) throws Exception {
    Model model = Model.of(kind.network());
    int in = model.inputSize();
    int out = model.outputSize();
    CountDownLatch end = new CountDownLatch(1);
    MemorySegment foreignX = ofAnotherThread(4L * in, end);
    MemorySegment foreignY = ofAnotherThread(4L * out, end);
    List<Bad> badXs =
        List.of(
            new Bad(closed(4L * in), IllegalStateException.class),
            new Bad(foreignX, WrongThreadException.class));
    List<Bad> badYs =
        List.of(
            new Bad(closed(4L * out), IllegalStateException.class),
            new Bad(of(new float[out]).asReadOnly(), IllegalArgumentException.class),
            new Bad(foreignY, WrongThreadException.class));
    float[] xs = Kinds.inputs(kind.network(), 8, 0);
    float[] masked = Kinds.inputs(kind.network(), 8, 2);
    for (int before : new int[] {0, 3}) {
      for (boolean prepared : new boolean[] {false, true}) {
        StreamState state = model.newState();
        StreamState spared = model.newState();
        float[] y = new float[out];
        float[] expected = new float[out];
        for (int t = 0; t < before; t++) {
          model.step(state, xs, t * in, y, 0);
          model.step(spared, xs, t * in, y, 0);
        }
        if (prepared) {
          model.prepareNext(state);
        }
        float[] saved = saved(state);
        MemorySegment x = MemorySegment.ofArray(xs).asSlice(4L * in * 7, 4L * in);
        for (Bad bad : badYs) {
          assertThrows(bad.exception, () -> model.step(state, x, bad.segment));
          assertArrayEquals(saved, saved(state), bad.exception.getName());
        }
        for (Bad bad : badXs) {
          assertThrows(bad.exception, () -> model.step(state, bad.segment, of(y)));
          assertArrayEquals(saved, saved(state), bad.exception.getName());
        }
        // a timestep that may be masked first: its output shows whether one was read before
        for (int t = before; t < 8; t++) {
          float[] next = t % 2 == before % 2 ? masked : xs;
          model.step(state, next, t * in, y, 0);
          model.step(spared, next, t * in, expected, 0);
          assertArrayEquals(expected, y, before + " steps, prepared " + prepared + ", t " + t);
          assertArrayEquals(saved(spared), saved(state));
        }
      }
    }
    end.countDown();
  }

  /** The value that was given, not what standardisation made of it. */
  @Test
  void aRefusalNamesTheGivenValue() {
    Kind kind = Kinds.steppable().getFirst();
    Model model = Model.of(kind.network());
    int in = model.inputSize();
    float[] std = kind.network().inputScaling().std();
    float[] mean = kind.network().inputScaling().mean();
    assertTrue(std[5] != 1 && mean[5] != 0);
    StreamState state = model.newState();
    float[] before = saved(state);
    for (float bad : new float[] {3e38f, -3.2e38f, Float.NEGATIVE_INFINITY, Float.NaN}) {
      float[] x = RandomWeights.inputs(in, 1);
      x[5] = bad;
      float[] y = {1, 2, 3};
      MemorySegment output = MemorySegment.ofArray(y);
      var e = assertThrows(RefusedInputException.class, () -> model.step(state, of(x), output));
      assertEquals(5, e.index());
      assertEquals(bad, e.value());
      assertTrue(e.getMessage().startsWith("input 5 is " + bad + ","), e.getMessage());
      var plain = assertThrows(RefusedInputException.class, () -> model.step(state, x, y.clone()));
      assertEquals(plain.getMessage(), e.getMessage());
      assertArrayEquals(before, saved(state));
      assertArrayEquals(new float[] {1, 2, 3}, y);
    }
  }

  @Test
  void segmentsOfAnyAlignmentAndKind() {
    Kind kind = Kinds.steppable().getFirst();
    Model model = Model.of(kind.network());
    int in = model.inputSize();
    int out = model.outputSize();
    float[] x = RandomWeights.inputs(in, 1);
    float[] expected = new float[out];
    model.step(model.newState(), x, expected);
    try (Arena arena = Arena.ofConfined()) {
      for (int shift = 0; shift < 5; shift++) {
        List<MemorySegment> xs =
            List.of(
                arena.allocate(4L * in + shift),
                MemorySegment.ofArray(new byte[4 * in + shift]),
                MemorySegment.ofArray(new long[in + shift]));
        List<MemorySegment> ys =
            List.of(
                arena.allocate(4L * out + shift),
                MemorySegment.ofArray(new short[2 * out + shift]),
                MemorySegment.ofArray(new double[out + shift]));
        for (int i = 0; i < xs.size(); i++) {
          MemorySegment from = xs.get(i).asSlice(shift, 4L * in);
          MemorySegment to = ys.get(i).asSlice(shift, 4L * out);
          MemorySegment.copy(x, 0, from, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, in);
          model.step(model.newState(), from.asReadOnly(), to);
          assertArrayEquals(expected, to.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED));
        }
      }
    }
  }
}
