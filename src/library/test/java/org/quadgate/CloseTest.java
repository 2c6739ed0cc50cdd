// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.quadgate.Kinds.Kind;
import org.quadgate.network.Network;
import org.quadgate.options.ModelOptions;
import org.quadgate.options.Precision;
import org.quadgate.options.TeamOptions;
import org.quadgate.team.PhaseBarrier;

/** A closed model refuses everything that needs its weights, and changes nothing. */
class CloseTest {
  private static final Duration SOON = Duration.ofSeconds(60);

  static List<Kind> networks() {
    List<String> names = List.of("plain", "in place", "RNN", "hard_sigmoid", "masked");
    return Kinds.steppable().stream().filter(kind -> names.contains(kind.name())).toList();
  }

  private static TeamOptions team() {
    return TeamOptions.of(2).withSpin(Duration.ofMillis(1));
  }

  private static float[] saved(StreamState state) {
    float[] floats = new float[state.size()];
    state.save(floats, 0);
    return floats;
  }

  private static void refused(Executable call) {
    var e = assertThrows(IllegalStateException.class, call);
    assertEquals("the model is closed", e.getMessage());
  }

  @ParameterizedTest
  @MethodSource("networks")
  void everyVerbIsRefusedAndNothingMoves(Kind kind) {
    Model model = Model.of(kind.network());
    int in = model.inputSize();
    int out = model.outputSize();
    float[] xs = Kinds.inputs(kind.network(), 4, 0);
    float[] x = Arrays.copyOf(xs, in);
    float[] y = new float[out];
    float[] ys = new float[4 * out];
    StreamState state = model.newState();
    StreamState prepared = model.newState();
    StreamBatch batch = model.newBatch(4);
    int[] streams = {batch.add(), batch.add(), batch.add(), batch.add()};
    SlidingWindow window = model.newWindow(3);
    SlidingWindow pastTick = model.newWindow(3);
    GateTrace trace = model.newTrace(8);
    try (ModelCores cores = new ModelCores(model, team());
        StreamPool pool = new StreamPool(model, team())) {
      model.run(state, xs, 4, ys);
      model.step(prepared, x, y);
      model.prepareNext(prepared);
      batch.stepAll(xs, ys);
      pastTick.step(x, y);
      float[] before = saved(state);
      float[] preparedBefore = saved(prepared);
      float[] ofStream = saved(batch, 2);
      float[] answered = ys.clone();
      float[] answer = y.clone();

      assertFalse(model.isClosed());
      assertFalse(model.toString().contains("closed"));
      model.close();
      assertTrue(model.isClosed());
      assertTrue(model.toString().contains("closed"));
      for (int again = 0; again < 2; again++) {
        for (StreamState each : List.of(state, prepared)) {
          refused(() -> model.step(each, x, y));
          refused(() -> model.step(each, x, y, trace));
          refused(() -> model.step(each, x, 0, ys, 0));
          refused(() -> model.step(each, MemorySegment.ofArray(x), MemorySegment.ofArray(y)));
          refused(() -> model.prepareNext(each));
          refused(() -> model.run(each, xs, 4, ys));
          refused(() -> model.run(each, xs, 4, ys, trace));
          refused(() -> cores.step(each, x, y));
          refused(() -> cores.step(each, x, 0, ys, 0));
          refused(() -> cores.prepareNext(each));
          refused(
              () ->
                  pool.run(
                      new StreamState[] {each},
                      new float[][] {xs},
                      new int[] {4},
                      new float[][] {ys}));
        }
        refused(() -> model.run(xs, 4, ys));
        refused(() -> model.run(xs, 4, 1, null, ys));
        refused(model::warmUp);
        refused(cores::warmUp);
        refused(batch::warmUp);
        refused(() -> batch.step(streams, 4, xs, ys));
        refused(() -> batch.stepAll(xs, ys));
        refused(() -> batch.step(2, model.newState(), x, y, trace));
        refused(() -> pool.step(batch, streams, 4, xs, ys));
        refused(() -> pool.stepAll(batch, xs, ys));
        refused(() -> window.step(x, y));
        refused(() -> window.step(x, y, trace));
        if (again == 0) {
          refused(pastTick::prepareNext); // afterwards there is nothing left to be prepared
        }
        refused(() -> pastTick.step(x, y));
        model.close();
      }
      assertArrayEquals(before, saved(state));
      assertArrayEquals(preparedBefore, saved(prepared));
      assertArrayEquals(ofStream, saved(batch, 2));
      assertArrayEquals(answered, ys);
      assertArrayEquals(answer, y);
      assertEquals(0, trace.size());
      assertEquals(1, pastTick.size());
    }
  }

  private static float[] saved(StreamBatch batch, int stream) {
    StreamState state = batch.model().newState();
    batch.save(stream, state);
    return saved(state);
  }

  @Test
  void whatReadsBackwardsIsRefusedToo() {
    Network network = Kinds.backwards().getFirst().network();
    Model model = Model.of(network);
    float[] xs = Kinds.inputs(network, 3, 0);
    float[] ys = new float[model.outputRows(3) * model.outputSize()];
    model.run(xs, 3, ys);
    model.close();
    refused(() -> model.run(xs, 3, ys));
    refused(() -> model.run(xs, 3, 1, null, ys));
    refused(model::warmUp);
  }

  /** A state outlives its model: another one of the network goes on from it. */
  @Test
  void aStateCanBeSavedFromAClosedModel() {
    Network network = networks().getFirst().network();
    float[] xs = Kinds.inputs(network, 8, 0);
    Model old = Model.of(network);
    StreamState state = old.newState();
    float[] ys = new float[4 * old.outputSize()];
    old.run(state, xs, 4, ys);
    old.close();
    Model fresh = Model.of(network);
    StreamState moved = fresh.newState();
    moved.restore(saved(state), 0);
    float[] second = Arrays.copyOfRange(xs, 4 * old.inputSize(), xs.length);
    fresh.run(moved, second, 4, ys);
    float[] all = new float[2 * ys.length];
    fresh.run(fresh.newState(), xs, 8, all);
    assertArrayEquals(Arrays.copyOfRange(all, ys.length, all.length), ys);
  }

  @Test
  void oneOfTwoModelsIsClosed() {
    for (Precision precision : Precision.values()) {
      ModelOptions options = ModelOptions.DEFAULT.withPrecision(precision);
      Network network = networks().getFirst().network();
      Model closed = Model.of(network, options);
      Model open = Model.of(network, options);
      int in = open.inputSize();
      float[] xs = Kinds.inputs(network, 40, 0);
      float[] expected = new float[40 * open.outputSize()];
      open.run(open.newState(), xs, 40, expected);
      StreamState state = open.newState();
      StreamState other = closed.newState();
      float[] ys = new float[expected.length];
      for (int t = 0; t < 40; t++) {
        int at = t * open.outputSize();
        open.step(state, xs, t * in, ys, at);
        if (t < 20) {
          closed.step(other, xs, t * in, ys, at);
        } else if (t == 20) {
          closed.close();
        } else {
          refused(() -> closed.step(other, xs, 0, ys.clone(), 0));
        }
      }
      assertArrayEquals(expected, ys);
      assertFalse(open.isClosed());
    }
  }

  /** Closing waits for a step that another thread, with the help of others, is in the midst of. */
  @Test
  void closingWaitsForAStepThatIsUnderWay() {
    Network network = networks().getFirst().network();
    Model model = Model.of(network);
    float[] x = Arrays.copyOf(Kinds.inputs(network, 1, 0), model.inputSize());
    float[] expected = new float[model.outputSize()];
    StreamState reference = model.newState();
    model.step(reference, x, expected);
    float[] after = saved(reference);
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    assertTimeoutPreemptively(
        SOON,
        () -> {
          try (ModelCores cores =
              new ModelCores(
                  model,
                  team(),
                  (core, layer) -> {
                    if (core == 1 && layer == 1) {
                      inside.countDown();
                      await(go);
                    }
                  },
                  PhaseBarrier::new)) {
            StreamState state = model.newState();
            float[] y = new float[expected.length];
            Thread stepping = Thread.ofPlatform().start(() -> cores.step(state, x, y));
            inside.await();
            Thread closing = Thread.ofPlatform().start(model::close);
            while (!model.isClosed()) {
              Thread.onSpinWait();
            }
            refused(() -> model.step(model.newState(), x, y.clone()));
            closing.join(Duration.ofMillis(50));
            assertTrue(closing.isAlive(), "closed while a core was at work");
            go.countDown();
            stepping.join();
            closing.join();
            assertArrayEquals(expected, y);
            assertArrayEquals(after, saved(state));
            refused(() -> cores.step(state, x, y));
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

  /** An interrupt neither ends the wait nor gets lost. */
  @Test
  void closingKeepsAnInterrupt() {
    Model model = Model.of(networks().getFirst().network());
    Thread.currentThread().interrupt();
    model.close();
    assertTrue(Thread.interrupted());
  }
}
