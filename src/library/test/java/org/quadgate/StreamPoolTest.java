// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.quadgate.network.Architecture;
import org.quadgate.network.Network;
import org.quadgate.options.ModelOptions;
import org.quadgate.options.Precision;
import org.quadgate.team.FailingFactory;

/** Several threads against one, bit by bit. */
class StreamPoolTest {
  static List<Architecture> configs() {
    return Shapes.awkward();
  }

  private static StreamBatch full(Model model, int streams) {
    StreamBatch batch = model.newBatch(streams);
    for (int i = 0; i < streams; i++) {
      batch.add();
    }
    return batch;
  }

  private static float[] saved(StreamBatch batch, int stream) {
    StreamState state = batch.model().newState();
    batch.save(stream, state);
    float[] floats = new float[state.size()];
    state.save(floats, 0);
    return floats;
  }

  private static float[] saved(StreamState state) {
    float[] floats = new float[state.size()];
    state.save(floats, 0);
    return floats;
  }

  @ParameterizedTest
  @MethodSource("configs")
  void aBatchGivesTheBitsOfOneThread(Architecture config) {
    for (Model model : models(config)) {
      assertABatchIsThatOfOneThread(model);
    }
  }

  /** One of each precision. */
  private static List<Model> models(Architecture config) {
    Network network = Shapes.weights(config).toNetwork();
    return Stream.of(Precision.values())
        .map(p -> Model.of(network, ModelOptions.DEFAULT.withPrecision(p)))
        .toList();
  }

  private static void assertABatchIsThatOfOneThread(Model model) {
    Architecture config = model.network().architecture();
    int in = config.inputSize();
    int out = config.outputSize();
    Random random = new Random(1);
    for (int threads : new int[] {1, 2, 3, 7}) {
      try (StreamPool pool = new StreamPool(model, threads)) {
        assertEquals(threads, pool.threads());
        StreamBatch alone = full(model, 230);
        StreamBatch shared = full(model, 230);
        for (int count : new int[] {1, 2, 13, 100, 230}) {
          int[] streams = random.ints(0, 230).distinct().limit(count).toArray();
          float[] xs = RandomWeights.inputs(count * in, count);
          float[] expected = new float[count * out];
          float[] found = new float[count * out];
          alone.step(streams, count, xs, expected);
          pool.step(shared, streams, count, xs, found);
          assertArrayEquals(expected, found, count + " streams, " + threads + " threads");
        }
        alone.remove(17);
        shared.remove(17);
        float[] xs = RandomWeights.inputs(229 * in, 5);
        float[] expected = new float[229 * out];
        float[] found = new float[229 * out];
        alone.stepAll(xs, expected);
        pool.stepAll(shared, xs, found);
        assertArrayEquals(expected, found, "all, " + threads + " threads");
        for (int stream = 0; stream < 230; stream += stream == 16 ? 2 : 1) {
          assertArrayEquals(saved(alone, stream), saved(shared, stream), "stream " + stream);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("configs")
  void sequencesGiveTheBitsOfOneThread(Architecture config) {
    for (Model model : models(config)) {
      assertSequencesAreThoseOfOneThread(model);
    }
  }

  private static void assertSequencesAreThoseOfOneThread(Model model) {
    Architecture config = model.network().architecture();
    int in = config.inputSize();
    int[] steps = {70, 1, 33, 48, 5, 96, 2};
    StreamState[] alone = new StreamState[steps.length];
    float[][] xs = new float[steps.length][];
    float[][] expected = new float[steps.length][];
    for (int i = 0; i < steps.length; i++) {
      alone[i] = model.newState();
      xs[i] = RandomWeights.inputs(steps[i] * in, i);
      expected[i] = new float[steps[i] * config.outputSize()];
      model.run(alone[i], xs[i], steps[i], expected[i]);
    }
    for (int threads : new int[] {1, 2, 5}) {
      try (StreamPool pool = new StreamPool(model, threads)) {
        StreamState[] states = new StreamState[steps.length];
        float[][] found = new float[steps.length][];
        for (int i = 0; i < steps.length; i++) {
          states[i] = model.newState();
          found[i] = new float[expected[i].length];
        }
        pool.run(states, xs, steps, found);
        for (int i = 0; i < steps.length; i++) {
          assertArrayEquals(expected[i], found[i], "sequence " + i + ", " + threads + " threads");
          assertArrayEquals(saved(alone[i]), saved(states[i]));
        }
      }
    }
  }

  /** A call that is refused must not touch what the one in progress is reading. */
  @Test
  @Timeout(60) // a pool that broke would refuse for ever
  void aSecondThreadIsRefusedAndDisturbsNothing() throws InterruptedException {
    Model model =
        Model.of(RandomWeights.of(Architecture.builder(3).lstm(40).build(), 1).toNetwork());
    StreamBatch alone = full(model, 400);
    StreamBatch shared = full(model, 400);
    StreamBatch other = full(model, 500);
    other.remove(0);
    float[] xs = RandomWeights.inputs(500 * 3, 1);
    float[] expected = new float[400 * 40];
    float[] found = new float[400 * 40];
    AtomicInteger refusals = new AtomicInteger();
    AtomicBoolean over = new AtomicBoolean();
    AtomicBoolean inside = new AtomicBoolean();
    try (StreamPool pool = new StreamPool(model, 2)) {
      Thread second =
          new Thread(
              () -> {
                float[] ys = new float[500 * 40];
                while (!over.get()) {
                  try {
                    if (inside.get()) {
                      pool.stepAll(other, xs, ys);
                    }
                  } catch (IllegalStateException e) {
                    refusals.incrementAndGet();
                  }
                }
              });
      second.start();
      int calls = 0;
      while (calls < 100 || refusals.get() == 0) {
        inside.set(true);
        try {
          pool.stepAll(shared, xs, found);
        } catch (IllegalStateException e) {
          continue; // the other thread was quicker
        } finally {
          inside.set(false);
        }
        alone.stepAll(xs, expected);
        assertArrayEquals(expected, found, "call " + calls++);
      }
      over.set(true);
      second.join();
    } finally {
      over.set(true);
    }
  }

  private static void refused(
      Class<? extends RuntimeException> type, String part, Executable call) {
    var e = assertThrows(type, call);
    assertTrue(e.getMessage().contains(part), e.getMessage());
  }

  @Test
  void refusesWhatOneThreadRefusesAndGoesOn() {
    Architecture config = Architecture.builder(3).lstm(9).build();
    Model model = Model.of(Shapes.weights(config).toNetwork());
    Model twin = Model.of(Shapes.weights(config).toNetwork());
    refused(IllegalArgumentException.class, "threads is 0", () -> new StreamPool(model, 0).close());
    StreamBatch batch = full(model, 10);
    float[] before = saved(batch, 3);
    float[] xs = RandomWeights.inputs(30, 1);
    float[] ys = new float[90];
    try (StreamPool pool = new StreamPool(model, 2)) {
      int[] twice = {3, 3};
      refused(IllegalArgumentException.class, "twice", () -> pool.step(batch, twice, 2, xs, ys));
      int[] absent = {3, 10};
      refused(
          IllegalArgumentException.class,
          "no stream 10",
          () -> pool.step(batch, absent, 2, xs, ys));
      refused(
          IllegalArgumentException.class, "count is 0", () -> pool.step(batch, absent, 0, xs, ys));
      refused(
          IllegalArgumentException.class,
          "length of xs",
          () -> pool.stepAll(batch, new float[29], ys));
      float[] bad = xs.clone();
      bad[20] = Float.NaN;
      var e = assertThrows(RefusedInputException.class, () -> pool.stepAll(batch, bad, ys));
      assertEquals(6, e.row());
      refused(
          IllegalArgumentException.class,
          "another model",
          () -> pool.stepAll(full(twin, 1), xs, ys));
      refused(
          IllegalStateException.class, "no streams", () -> pool.stepAll(model.newBatch(1), xs, ys));
      StreamState[] states = {model.newState(), model.newState()};
      float[][] inputs = {xs, bad};
      float[][] outputs = {ys, ys.clone()};
      int[] steps = {10, 10};
      assertThrows(RefusedInputException.class, () -> pool.run(states, inputs, steps, outputs));
      assertArrayEquals(saved(model.newState()), saved(states[0]), "not even the good one moved");
      refused(
          IllegalArgumentException.class,
          "1 step counts",
          () -> pool.run(states, inputs, new int[1], outputs));
      assertArrayEquals(before, saved(batch, 3));
      pool.stepAll(batch, xs, ys); // and after all that it works
      assertTrue(ys[0] != 0);
    }
    StreamPool closed = new StreamPool(model, 2);
    closed.close();
    closed.close();
    refused(IllegalStateException.class, "closed", () -> closed.stepAll(batch, xs, ys));
  }

  @Test
  void aPoolThatCannotStartLeavesNoThread() throws InterruptedException {
    Model model = Model.of(Shapes.weights(Architecture.builder(3).lstm(9).build()).toNetwork());
    FailingFactory.assertNoThreadStays(options -> new StreamPool(model, options).close());
  }

  /** Sequences run at the same time, so none may write what another one reads or writes. */
  @Test
  void sequencesThatShareWhatTheyWriteAreRefused() {
    Model model = Model.of(Shapes.weights(Architecture.builder(9).lstm(9).build()).toNetwork());
    StreamState[] states = new StreamState[4];
    float[][] xs = new float[4][];
    float[][] ys = new float[4][];
    int[] steps = new int[4];
    for (int i = 0; i < 4; i++) {
      states[i] = model.newState();
      xs[i] = RandomWeights.inputs(90, i);
      ys[i] = new float[90];
      steps[i] = 10;
    }
    float[] before = saved(states[0]);
    try (StreamPool pool = new StreamPool(model, 2)) {
      StreamState[] twice = {states[0], states[1], states[2], states[1]};
      refused(
          IllegalArgumentException.class,
          "states[3] is states[1]",
          () -> pool.run(twice, xs, steps, ys));
      float[][] overwritten = {ys[0], ys[1], ys[1], ys[3]};
      refused(
          IllegalArgumentException.class,
          "ys[2] is ys[1]",
          () -> pool.run(states, xs, steps, overwritten));
      float[][] later = {ys[0], ys[1], ys[2], xs[0]};
      refused(
          IllegalArgumentException.class,
          "xs[0] is ys[3]",
          () -> pool.run(states, xs, steps, later));
      float[][] earlier = {xs[3], ys[1], ys[2], ys[3]};
      refused(
          IllegalArgumentException.class,
          "xs[3] is ys[0]",
          () -> pool.run(states, xs, steps, earlier));
      assertArrayEquals(before, saved(states[0]));

      // inputs may be shared, and a sequence may write over its own
      float[][] shared = {xs[1], xs[1], xs[2].clone(), xs[3]};
      float[][] own = {ys[0], ys[1], shared[2], ys[3]};
      float[] expected = new float[90];
      pool.run(states, shared, steps, own);
      model.run(model.newState(), xs[2], 10, expected);
      assertArrayEquals(expected, own[2]);
      model.run(model.newState(), xs[1], 10, expected);
      assertArrayEquals(expected, ys[0]);
      assertArrayEquals(expected, ys[1]);
    }
  }

  @Test
  @Timeout(60)
  void aThreadThatFailsBreaksThePoolForGood() {
    Model model = Model.of(Shapes.weights(Architecture.builder(3).lstm(9).build()).toNetwork());
    StreamState[] states = {model.newState(), model.newState()};
    float[][] xs = {RandomWeights.inputs(30, 1), RandomWeights.inputs(30, 2)};
    float[][] ys = {new float[90], new float[90]};
    int[] steps = {10, 10};
    try (StreamPool pool = new StreamPool(model, 2)) {
      assertTrue(states[1].enter(), "as if another thread were at it; tests run with assertions");
      var e = assertThrows(IllegalStateException.class, () -> pool.run(states, xs, steps, ys));
      assertTrue(e.getCause() instanceof AssertionError, e.toString());
      assertTrue(states[1].leave());
      var later = assertThrows(IllegalStateException.class, () -> pool.run(states, xs, steps, ys));
      assertEquals("a thread has failed; the pool is broken for good", later.getMessage());
      assertEquals(e.getCause(), later.getCause());
      model.run(states[0], xs[0], 10, ys[0]); // nobody is at the states any more
      model.run(states[1], xs[1], 10, ys[1]);
    }
  }

  @Test
  void callsAllocateNothing() {
    Model model = Model.of(Shapes.weights(Architecture.builder(3).lstm(20).build()).toNetwork());
    StreamBatch batch = full(model, 20);
    float[] xs = RandomWeights.inputs(60, 1);
    float[] ys = new float[400];
    StreamState[] states = {model.newState(), model.newState(), model.newState()};
    float[][] inputs = {xs, xs, xs};
    float[][] outputs = {ys, ys.clone(), ys.clone()};
    int[] steps = {2, 1, 3};
    try (StreamPool pool = new StreamPool(model, 1)) {
      assertEquals(0, AllocationTest.allocated(() -> pool.stepAll(batch, xs, ys)));
      assertEquals(0, AllocationTest.allocated(() -> pool.run(states, inputs, steps, outputs)));
    }
  }
}
