// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.quadgate.network.Architecture;
import org.quadgate.network.Network;
import org.quadgate.options.TeamOptions;

/**
 * Models closed while threads are at work with them: either the right bits or a refusal, and never
 * a crash, for which there is a JVM of its own.
 */
@Tag("once")
class CloseRaceTest {
  @ParameterizedTest
  @ValueSource(strings = {"small", "large"})
  void closingAtAnyMomentGivesAResultOrARefusal(String size) throws Exception {
    ChildJvm.Result result = ChildJvm.run(Race.class, List.of("-Xmx256m"), size);
    assertEquals(0, result.status(), result.output());
    assertTrue(result.output().contains("all is well"), result.output());
  }

  /** Opens and closes models that the others find in one place. */
  static final class Race {
    private static final int MODELS = 400;

    /** On a machine that is busy with other things so many models would take minutes. */
    private static final long LONG_NANOS = 10_000_000_000L;

    private static final int STEPS = 12;

    private final Network network;
    private final float[] xs;
    private final float[] expected;
    private final AtomicReference<Model> present = new AtomicReference<>();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final AtomicLong results = new AtomicLong();
    private final AtomicLong refusals = new AtomicLong();
    private volatile boolean over;

    private Race(boolean large) {
      // beyond 128 KiB the memory is given back to the system, where a late reader meets nothing
      Architecture.Builder sizes =
          large
              ? Architecture.builder(64).lstm(128).linear(64)
              : Architecture.builder(8).lstm(16).lstm(20).linear(8);
      network = RandomWeights.of(sizes.build(), 1).toNetwork();
      xs = RandomWeights.inputs(STEPS * network.inputSize(), 2);
      expected = new float[xs.length];
      try (Model model = Model.of(network)) {
        model.run(model.newState(), xs, STEPS, expected);
      }
    }

    /** One way of making a sequence's outputs. */
    private interface Way {
      void run(Model model, float[] ys);
    }

    private void repeat(Way way) {
      float[] ys = new float[expected.length];
      while (!over) {
        Model model = present.get();
        try {
          way.run(model, ys);
          if (!Arrays.equals(expected, ys)) {
            throw new AssertionError("other bits");
          }
          results.incrementAndGet();
        } catch (IllegalStateException e) {
          if (!"the model is closed".equals(e.getMessage())) {
            failure.compareAndSet(null, e);
          }
          refusals.incrementAndGet();
        } catch (Throwable t) {
          failure.compareAndSet(null, t);
        }
      }
    }

    private void steps(Model model, float[] ys) {
      StreamState state = model.newState();
      int in = model.inputSize();
      for (int t = 0; t < STEPS; t++) {
        if (t % 3 == 1) {
          model.prepareNext(state);
        }
        model.step(state, xs, t * in, ys, t * in);
      }
    }

    private void batch(Model model, float[] ys) {
      StreamBatch batch = model.newBatch(1);
      batch.add();
      int in = model.inputSize();
      float[] both = new float[in];
      for (int t = 0; t < STEPS; t++) {
        System.arraycopy(xs, t * in, both, 0, in);
        batch.stepAll(both, both);
        System.arraycopy(both, 0, ys, t * in, in);
      }
    }

    private void teams(Model model, float[] ys) {
      TeamOptions team = TeamOptions.of(2).withSpin(Duration.ofNanos(100_000));
      try (ModelCores cores = new ModelCores(model, team);
          StreamPool pool = new StreamPool(model, team)) {
        StreamState state = model.newState();
        int in = model.inputSize();
        for (int t = 0; t < STEPS; t++) {
          cores.step(state, xs, t * in, ys, t * in);
        }
        if (!Arrays.equals(expected, ys)) {
          throw new AssertionError("other bits of cores");
        }
        StreamState[] states = {model.newState(), model.newState()};
        int[] steps = {STEPS, STEPS};
        float[] other = new float[ys.length];
        pool.run(states, new float[][] {xs, xs}, steps, new float[][] {ys, other});
        if (!Arrays.equals(expected, other)) {
          throw new AssertionError("other bits of a pool");
        }
      }
    }

    private boolean run() throws InterruptedException {
      present.set(Model.of(network));
      List<Way> ways =
          List.of(
              this::steps,
              this::batch,
              this::teams,
              (model, ys) -> model.run(xs, STEPS, ys),
              (model, ys) -> model.run(xs, STEPS, 1, null, ys));
      List<Thread> threads =
          ways.stream().map(way -> Thread.ofPlatform().start(() -> repeat(way))).toList();
      // each is used for some hundred microseconds, and closed before and after the next is there
      long start = System.nanoTime();
      for (int i = 0; i < MODELS && System.nanoTime() - start < LONG_NANOS; i++) {
        Model old = present.get();
        LockSupport.parkNanos(20_000L * (i % 40));
        if (i % 2 == 0) {
          old.close();
          present.set(Model.of(network));
        } else {
          present.set(Model.of(network));
          old.close();
        }
      }
      // until every way has been through at least now and then, however busy the machine is
      long end = System.nanoTime() + 20_000_000_000L;
      while ((results.get() < 100 || refusals.get() < 20) && System.nanoTime() < end) {
        LockSupport.parkNanos(5_000_000);
        present.getAndSet(Model.of(network)).close();
      }
      over = true;
      for (Thread thread : threads) {
        thread.join();
      }
      System.out.println(results + " results, " + refusals + " refusals");
      if (failure.get() != null) {
        failure.get().printStackTrace(System.out);
      }
      return failure.get() == null && results.get() >= 100 && refusals.get() >= 20;
    }

    public static void main(String[] args) throws InterruptedException {
      System.out.println(new Race(args[0].equals("large")).run() ? "all is well" : "failed");
    }
  }
}
