// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.quadgate.engine.CoreStep;
import org.quadgate.network.Architecture;
import org.quadgate.options.TeamOptions;
import org.quadgate.team.FailingFactory;
import org.quadgate.team.PhaseBarrier;

/** Cores that fail, end, are closed or are used twice: an exception, and never a wrong result. */
class ModelCoresFailureTest {
  private static final Duration SPIN = Duration.ofMillis(20);
  private static final Duration SOON = Duration.ofSeconds(60);

  private static final Model MODEL =
      Model.of(
          RandomWeights.of(Architecture.builder(20).lstm(64).lstm(48).linear(2).build(), 3)
              .toNetwork());

  private final float[] x = RandomWeights.inputs(20, 1);
  private final float[] y = new float[2];

  private static float[] memory(StreamState state) {
    float[] all = new float[state.size()];
    state.save(all, 0);
    return all;
  }

  private static ModelCores cores(int count, CoreStep.Hook hook) {
    return new ModelCores(MODEL, TeamOptions.of(count).withSpin(SPIN), hook, PhaseBarrier::new);
  }

  private static List<Thread> coreThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(t -> t.getName().startsWith("qg-core-"))
        .toList();
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "0, 1", "1, 0", "1, 1", "2, 0", "2, 1", "0, -1", "2, -1"})
  void aCoreThatThrowsIsReportedAndTheStateStays(int failing, int atLayer) {
    AtomicInteger calls = new AtomicInteger();
    Error thrown = new Error("injected");
    StreamState state = MODEL.newState();
    StreamState expected = MODEL.newState();
    assertTimeoutPreemptively(
        SOON,
        () -> {
          try (ModelCores cores =
              cores(
                  3,
                  (core, layer) -> {
                    if (core == failing && layer == atLayer && calls.incrementAndGet() == 4) {
                      throw thrown;
                    }
                  })) {
            float[] other = new float[2];
            for (int t = 0; t < 3; t++) {
              cores.step(state, x, y);
              cores.prepareNext(state);
              MODEL.step(expected, x, other);
            }
            float[] before = memory(state);
            Arrays.fill(y, 42);
            var e =
                assertThrows(
                    IllegalStateException.class,
                    () -> {
                      cores.step(state, x, y);
                      cores.prepareNext(state);
                    });
            assertSame(thrown, e.getCause());
            if (atLayer >= 0) {
              assertArrayEquals(before, memory(state));
              assertArrayEquals(new float[] {42, 42}, y);
            } else {
              MODEL.step(expected, x, other);
            }
            for (int again = 0; again < 2; again++) {
              var later = assertThrows(IllegalStateException.class, () -> cores.step(state, x, y));
              assertSame(thrown, later.getCause());
              assertThrows(IllegalStateException.class, () -> cores.prepareNext(state));
            }
            // the stream goes on elsewhere as if nothing had been
            MODEL.step(state, x, y);
            MODEL.step(expected, x, other);
            assertArrayEquals(other, y);
            assertArrayEquals(memory(expected), memory(state));
          }
        });
  }

  @Test
  void coresThatCannotStartLeaveNoThread() throws InterruptedException {
    FailingFactory.assertNoThreadStays(options -> new ModelCores(MODEL, options).close());
  }

  /** The head is the caller's own part, after all others are through. */
  @Test
  void anErrorInTheHeadLeavesTheStateAndTheCoresAsTheyWere() {
    AtomicInteger steps = new AtomicInteger();
    Error thrown = new Error("injected");
    StreamState state = MODEL.newState();
    StreamState expected = MODEL.newState();
    float[] other = new float[2];
    assertTimeoutPreemptively(
        SOON,
        () -> {
          try (ModelCores cores =
              cores(
                  3,
                  (core, layer) -> {
                    if (layer == 2 && steps.incrementAndGet() == 3) {
                      throw thrown;
                    }
                  })) {
            for (int t = 0; t < 2; t++) {
              cores.step(state, x, y);
              cores.prepareNext(state);
              MODEL.step(expected, x, other);
            }
            float[] before = memory(state);
            Arrays.fill(y, 42);
            assertSame(thrown, assertThrows(Error.class, () -> cores.step(state, x, y)));
            assertArrayEquals(before, memory(state));
            assertArrayEquals(new float[] {42, 42}, y);
            cores.step(state, x, y);
            MODEL.step(expected, x, other);
            assertArrayEquals(other, y);
            assertArrayEquals(memory(expected), memory(state));
          }
        });
  }

  @Test
  void aStepWithAnEndedThreadThrows() {
    assertTimeoutPreemptively(
        SOON,
        () -> {
          // the thread ends at once, as if the system had taken it
          TeamOptions options = TeamOptions.of(2).withThreadFactory(_ -> new Thread(() -> {}));
          ModelCores cores = new ModelCores(MODEL, options);
          StreamState state = MODEL.newState();
          float[] before = memory(state);
          var e = assertThrows(IllegalStateException.class, () -> cores.step(state, x, y));
          assertTrue(e.getCause().getMessage().contains("ended"), e.getCause().getMessage());
          assertArrayEquals(before, memory(state));
          cores.close();
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void closingEndsTheThreadsAndLaterStepsThrow(int count) {
    assertTimeoutPreemptively(
        SOON,
        () -> {
          StreamState state = MODEL.newState();
          ModelCores cores = cores(count, null);
          List<Thread> threads = coreThreads();
          assertEquals(cores.cores() - 1, threads.size());
          assertTrue(threads.stream().allMatch(Thread::isDaemon));
          cores.step(state, x, y);
          float[] before = memory(state);
          Thread.currentThread().interrupt();
          cores.close();
          assertTrue(Thread.interrupted(), "close keeps the interrupt");
          assertTrue(threads.stream().noneMatch(Thread::isAlive));
          var e = assertThrows(IllegalStateException.class, () -> cores.step(state, x, y));
          assertEquals("the cores are closed", e.getMessage());
          assertThrows(IllegalStateException.class, () -> cores.prepareNext(state));
          assertArrayEquals(before, memory(state));
          cores.close();
        });
  }

  @Test
  void closingDuringAStepLetsItFinish() {
    assertTimeoutPreemptively(
        SOON,
        () -> {
          CountDownLatch inside = new CountDownLatch(1);
          ModelCores cores =
              cores(
                  2,
                  (core, layer) -> {
                    if (layer == 1) {
                      inside.countDown();
                      LockSupport.parkNanos(50_000_000);
                    }
                  });
          StreamState expected = MODEL.newState();
          float[] other = new float[2];
          MODEL.step(expected, x, other);
          StreamState state = MODEL.newState();
          AtomicReference<Throwable> thrown = new AtomicReference<>();
          Thread stepping =
              new Thread(
                  () -> {
                    try {
                      cores.step(state, x, y);
                    } catch (Throwable t) {
                      thrown.set(t);
                    }
                  });
          stepping.start();
          inside.await();
          cores.close();
          stepping.join();
          assertEquals(null, thrown.get());
          assertArrayEquals(other, y);
          assertArrayEquals(memory(expected), memory(state));
          assertThrows(IllegalStateException.class, () -> cores.step(state, x, y));
        });
  }

  @Test
  void closingAtAnyMomentGivesAResultOrAnException() {
    StreamState reference = MODEL.newState();
    float[][] expected = new float[200][];
    float[] other = new float[2];
    for (int t = 0; t < 200; t++) {
      MODEL.step(reference, x, other);
      expected[t] = other.clone();
    }
    assertTimeoutPreemptively(
        SOON,
        () -> {
          for (int round = 0; round < 50; round++) {
            ModelCores cores = cores(2, null);
            long pause = 3_000L * round;
            Thread closing =
                new Thread(
                    () -> {
                      LockSupport.parkNanos(pause);
                      cores.close();
                    });
            closing.start();
            StreamState state = MODEL.newState();
            try {
              for (int t = 0; t < 200; t++) {
                cores.step(state, x, y);
                assertArrayEquals(expected[t], y);
              }
            } catch (IllegalStateException e) {
              assertEquals("the cores are closed", e.getMessage());
            }
            closing.join();
          }
          assertEquals(List.of(), coreThreads());
        });
  }

  @Test
  void twoThreadsAtOnceAreRefused() {
    assertTimeoutPreemptively(
        SOON,
        () -> {
          CountDownLatch inside = new CountDownLatch(1);
          CountDownLatch go = new CountDownLatch(1);
          try (ModelCores cores =
                  cores(
                      2,
                      (core, layer) -> {
                        if (core == 0) {
                          inside.countDown();
                          await(go);
                        }
                      });
              ModelCores others = cores(2, null)) {
            StreamState state = MODEL.newState();
            Thread first = new Thread(() -> cores.step(state, x, new float[2]));
            first.start();
            inside.await();
            StreamState own = MODEL.newState();
            var e = assertThrows(IllegalStateException.class, () -> cores.step(own, x, y));
            assertTrue(e.getMessage().startsWith("another thread"), e.getMessage());

            // the same state by other ways: assertions, which tests run with
            assertTrue(ModelCoresFailureTest.class.desiredAssertionStatus());
            assertThrows(AssertionError.class, () -> others.step(state, x, y));
            assertThrows(AssertionError.class, () -> others.prepareNext(state));
            assertThrows(AssertionError.class, () -> MODEL.step(state, x, y));
            assertThrows(AssertionError.class, () -> MODEL.prepareNext(state));
            others.step(own, x, y);
            go.countDown();
            first.join();
            assertArrayEquals(memory(own), memory(state));
            cores.step(own, x, y);
            others.step(state, x, y);
          }
        });
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
