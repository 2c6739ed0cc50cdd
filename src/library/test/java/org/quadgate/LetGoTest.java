// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.quadgate.network.Architecture;
import org.quadgate.network.Network;
import org.quadgate.network.Rows;

/** Between calls nothing refers to what a caller gave: arrays, states and batches can go. */
class LetGoTest {
  private static final int STEPS = 3;

  private final Network network =
      RandomWeights.of(Architecture.builder(16).lstm(16).lstm(16).build(), 1).toNetwork();
  private final Model model = Model.of(network);

  /** Outlives the call, and must not keep what the call was given. */
  private interface Keeper {
    /** Calls, and returns what it was called with. */
    List<Object> call();
  }

  private void assertLetsGo(String what, Object owner, Keeper keeper) throws Exception {
    assertTrue(goes(keeper, 10_000), what + " keeps what it was given");
    Reference.reachabilityFence(owner);
  }

  private static boolean goes(Keeper keeper, long milliseconds) throws Exception {
    List<WeakReference<Object>> given = new ArrayList<>();
    for (Object object : keeper.call()) {
      given.add(new WeakReference<>(object));
    }
    long end = System.nanoTime() + milliseconds * 1_000_000;
    while (isThere(given) && System.nanoTime() < end) {
      System.gc();
      Thread.sleep(1);
    }
    return !isThere(given);
  }

  private static boolean isThere(List<WeakReference<Object>> given) {
    return given.stream().anyMatch(reference -> reference.get() != null);
  }

  private static float[] rows() {
    return RandomWeights.inputs(STEPS * 16, 1);
  }

  private StreamBatch batch() {
    StreamBatch batch = model.newBatch(STEPS);
    for (int i = 0; i < STEPS; i++) {
      batch.add();
    }
    return batch;
  }

  @Test
  void aModelKeepsNothing() throws Exception {
    assertLetsGo(
        "a step",
        model,
        () -> {
          StreamState state = model.newState();
          float[] x = RandomWeights.inputs(16, 1);
          float[] y = new float[16];
          model.step(state, x, y);
          return List.of(state, x, y);
        });
    assertLetsGo(
        "run of a state",
        model,
        () -> {
          StreamState state = model.newState();
          float[] xs = rows();
          float[] ys = rows();
          model.run(state, xs, STEPS, ys);
          return List.of(state, xs, ys);
        });
    for (Rows rows : Rows.values()) {
      Model whole = Model.of(network.toBuilder().rows(rows).build());
      assertLetsGo(
          "run of " + rows,
          whole,
          () -> {
            float[] xs = rows();
            float[] ys = new float[whole.outputRows(STEPS) * 16];
            float[] batched = new float[whole.outputRows(1) * STEPS * 16];
            int[] lengths = {1, 0, 1};
            whole.run(xs, STEPS, ys);
            whole.run(xs, 1, STEPS, lengths, batched);
            return List.of(xs, ys, batched, lengths);
          });
    }
  }

  @Test
  void batchesAndWindowsKeepNothing() throws Exception {
    StreamBatch batch = batch();
    SlidingWindow window = model.newWindow(2);
    assertLetsGo(
        "a batch",
        batch,
        () -> {
          float[] xs = rows();
          float[] ys = rows();
          int[] streams = {2, 0, 1};
          batch.stepAll(xs, ys);
          batch.step(streams, STEPS, ys, xs);
          return List.of(xs, ys, streams);
        });
    assertLetsGo(
        "a window",
        window,
        () -> {
          float[] x = RandomWeights.inputs(16, 1);
          float[] y = new float[16];
          for (int t = 0; t < 4; t++) {
            window.step(x, y);
          }
          return List.of(x, y);
        });
  }

  @Test
  void coresAndPoolsKeepNothing() throws Exception {
    try (ModelCores cores = new ModelCores(model, 2);
        StreamPool pool = new StreamPool(model, 2)) {
      assertLetsGo(
          "a step of cores",
          cores,
          () -> {
            StreamState state = model.newState();
            float[] x = RandomWeights.inputs(16, 1);
            float[] y = new float[16];
            cores.step(state, x, y);
            cores.prepareNext(state);
            return List.of(state, x, y);
          });
      assertLetsGo(
          "a step of a pool",
          pool,
          () -> {
            StreamBatch batch = batch();
            float[] xs = rows();
            float[] ys = rows();
            int[] streams = {2, 0, 1};
            pool.stepAll(batch, xs, ys);
            pool.step(batch, streams, STEPS, ys, xs);
            return List.of(batch, xs, ys, streams);
          });
      assertLetsGo(
          "sequences of a pool",
          pool,
          () -> {
            StreamState[] states = {model.newState(), model.newState()};
            float[][] xs = {rows(), rows()};
            float[][] ys = {rows(), rows()};
            int[] steps = {STEPS, STEPS};
            pool.run(states, xs, steps, ys);
            return List.of(states, states[0], states[1], xs, xs[0], xs[1], ys, ys[1], steps);
          });
    }
  }

  private Object kept;

  @Test
  void whatIsKeptWouldShow() throws Exception {
    Keeper keeper =
        () -> {
          kept = new float[1];
          return List.of(kept);
        };
    assertFalse(goes(keeper, 50));
    Reference.reachabilityFence(kept);
  }
}
