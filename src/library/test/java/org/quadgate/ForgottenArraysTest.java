// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.quadgate.network.Architecture;
import org.quadgate.options.TeamOptions;
import org.quadgate.team.PhaseBarrier;

/** That cores and pools keep nothing of their caller's alive when a call is over. */
class ForgottenArraysTest {
  private static final Model MODEL =
      Model.of(RandomWeights.of(Architecture.builder(20).lstm(64).lstm(20).build(), 1).toNetwork());

  /** Weak references to what a call was given. */
  private static final class Given {
    final List<WeakReference<Object>> objects = new ArrayList<>();

    <T> T note(T object) {
      objects.add(new WeakReference<>(object));
      return object;
    }

    float[] inputs(int rows) {
      return note(RandomWeights.inputs(20 * rows, 1));
    }

    float[] outputs(int rows) {
      return note(new float[20 * rows]);
    }

    StreamState state() {
      return note(MODEL.newState());
    }

    long alive() {
      return objects.stream().filter(o -> o.get() != null).count();
    }
  }

  private static void assertForgotten(Given given, Object keeper) throws InterruptedException {
    assertForgotten(given, keeper, 50);
  }

  private static void assertForgotten(Given given, Object keeper, int collections)
      throws InterruptedException {
    for (int i = 0; i < collections && given.alive() > 0; i++) {
      System.gc();
      Thread.sleep(5);
    }
    assertEquals(0, given.alive(), "of " + given.objects.size());
    assertNotNull(keeper, "alive until here");
  }

  private static Given coresAreGiven(ModelCores cores) {
    Given given = new Given();
    StreamState state = given.state();
    float[] x = given.inputs(1);
    float[] y = given.outputs(1);
    cores.step(state, x, y);
    cores.prepareNext(state);
    cores.step(state, x, 0, y, 0);
    return given;
  }

  @Test
  void cores() throws InterruptedException {
    for (int threads = 1; threads <= 3; threads++) {
      try (ModelCores cores = new ModelCores(MODEL, threads)) {
        assertForgotten(coresAreGiven(cores), cores);
      }
    }
  }

  @Test
  void coresThatRefuseOrFail() throws InterruptedException {
    TeamOptions options = TeamOptions.of(2);
    for (int failing = 0; failing < 2; failing++) {
      int core = failing;
      try (ModelCores cores =
          new ModelCores(
              MODEL,
              options,
              (by, layer) -> {
                if (by == core && layer == 1) {
                  throw new Error("on purpose");
                }
              },
              PhaseBarrier::new)) {
        assertForgotten(coresFail(cores), cores);
      }
    }
  }

  private static Given coresFail(ModelCores cores) {
    Given given = new Given();
    StreamState state = given.state();
    float[] x = given.inputs(1);
    float[] y = given.outputs(1);
    x[3] = Float.NaN;
    assertThrows(RefusedInputException.class, () -> cores.step(state, x, y));
    x[3] = 0;
    assertThrows(IllegalStateException.class, () -> cores.step(state, x, y));
    return given;
  }

  private static Given poolStepsABatch(StreamPool pool) {
    Given given = new Given();
    StreamBatch batch = given.note(MODEL.newBatch(200));
    int[] streams = given.note(new int[200]);
    for (int i = 0; i < 200; i++) {
      streams[i] = batch.add();
    }
    float[] xs = given.inputs(200);
    float[] ys = given.outputs(200);
    pool.step(batch, streams, 200, xs, ys);
    pool.stepAll(batch, xs, ys);
    return given;
  }

  private static Given poolRunsSequences(StreamPool pool) {
    Given given = new Given();
    StreamState[] states = given.note(new StreamState[5]);
    float[][] xs = given.note(new float[5][]);
    float[][] ys = given.note(new float[5][]);
    int[] steps = given.note(new int[5]);
    for (int i = 0; i < 5; i++) {
      states[i] = given.state();
      xs[i] = given.inputs(7);
      ys[i] = given.outputs(7);
      steps[i] = 7;
    }
    pool.run(states, xs, steps, ys);
    states[4] = states[3];
    assertThrows(IllegalArgumentException.class, () -> pool.run(states, xs, steps, ys));
    return given;
  }

  @Test
  void pools() throws InterruptedException {
    for (int threads = 1; threads <= 3; threads++) {
      try (StreamPool pool = new StreamPool(MODEL, threads)) {
        assertForgotten(poolStepsABatch(pool), pool);
        assertForgotten(poolRunsSequences(pool), pool);
      }
    }
  }

  @Test
  void theTestNoticesWhatIsKept() throws InterruptedException {
    Given given = new Given();
    float[] kept = given.inputs(1);
    AssertionError e =
        assertThrows(AssertionError.class, () -> assertForgotten(given, "anything", 3));
    assertNotNull(e.getMessage());
    assertEquals(20, kept.length);
  }
}
