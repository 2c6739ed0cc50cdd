// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.quadgate.network.Architecture;
import org.quadgate.network.WeightArrays;
import org.quadgate.options.ModelOptions;
import org.quadgate.options.Precision;
import org.quadgate.options.TeamOptions;
import org.quadgate.team.PhaseBarrier;

/** That a step on several cores gives the bits of a step on one, and that this would be noticed. */
class ModelCoresTest {
  private static TeamOptions options(int cores) {
    return TeamOptions.of(cores).withSpin(Duration.ofMillis(20));
  }

  private static Architecture.Builder builder(int inputs) {
    return Architecture.builder(inputs);
  }

  private static List<Architecture> configs(int units) {
    return List.of(
        builder(5).lstm(units).build(),
        builder(20).lstm(units).lstm(33).linear(2).build(),
        builder(3).lstm(17).rnn(units).lstm(1).linear(7).linear(3).build());
  }

  private static WeightArrays weights(Architecture config) {
    WeightArrays weights = RandomWeights.scaled(config, 5, 2);
    weights.inputMean[0] = 1;
    weights.outputStd[0] = 3;
    for (WeightArrays.Recurrent layer : weights.layers()) {
      layer.initialHidden[0] = 0.5f;
      Arrays.fill(layer.initialCell, 0.25f);
    }
    return weights;
  }

  /** Inputs of which every third vector has zeros enough to be left out. */
  private static float[] input(Architecture config, int t) {
    float[] x = RandomWeights.inputs(config.inputSize(), t);
    if (t % 3 == 0) {
      Arrays.fill(x, 0, x.length * 3 / 4, 0);
    }
    return x;
  }

  /** Everything a stream remembers, and its output last. */
  private static float[] memory(StreamState state, float[] y) {
    float[] all = new float[state.size() + y.length];
    state.save(all, 0);
    System.arraycopy(y, 0, all, state.size(), y.length);
    return all;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 16, 17, 100, 129, 512})
  void everyPrecisionSizeAndNumberOfCoresGivesTheBitsOfOneCore(int units) {
    for (Architecture config : configs(units)) {
      for (Precision precision : Precision.values()) {
        Model model =
            Model.of(weights(config).toNetwork(), ModelOptions.DEFAULT.withPrecision(precision));
        for (int count = 1; count <= 4; count++) {
          try (ModelCores cores = new ModelCores(model, options(count))) {
            assertStepsAlike(model, cores);
          }
        }
      }
    }
  }

  /** Steps, preparations, copies and changes between cores and model, in turn. */
  private static void assertStepsAlike(Model model, ModelCores cores) {
    Architecture config = model.network().architecture();
    String what = config.describe() + " " + model.precision() + " cores " + cores.cores();
    StreamState expected = model.newState();
    StreamState found = model.newState();
    float[] y = new float[config.outputSize()];
    float[] other = new float[config.outputSize()];
    for (int t = 0; t < 12; t++) {
      float[] x = input(config, t);
      model.step(expected, x, y);
      if (t == 7) {
        model.step(found, x, other);
      } else {
        cores.step(found, x, other);
      }
      assertArrayEquals(memory(expected, y), memory(found, other), what + " step " + t);
      switch (t % 5) {
        case 1, 2 -> cores.prepareNext(found);
        case 3 -> model.prepareNext(found);
        case 4 -> found = found.copy();
        default -> {}
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void scalarKernelsAreDividedAlike(Precision precision) {
    Architecture config = builder(20).lstm(70).lstm(33).linear(2).build();
    Model scalar =
        Model.of(
            weights(config).toNetwork(),
            ModelOptions.DEFAULT.withPrecision(precision).withScalarKernels());
    try (ModelCores cores = new ModelCores(scalar, options(3))) {
      assertStepsAlike(scalar, cores);
    }
  }

  @Test
  void aLargeHeadIsDividedToo() {
    Architecture config = builder(4).lstm(100).linear(301).linear(300).linear(2).build();
    Model model = Model.of(weights(config).toNetwork());
    for (int count = 1; count <= 4; count++) {
      try (ModelCores cores = new ModelCores(model, options(count))) {
        assertStepsAlike(model, cores);
      }
    }
  }

  @Test
  void severalStreamsTakeTurns() {
    Architecture config = builder(20).lstm(100).lstm(33).linear(2).build();
    Model model = Model.of(weights(config).toNetwork());
    StreamState[] expected = new StreamState[3];
    StreamState[] found = new StreamState[3];
    for (int s = 0; s < 3; s++) {
      expected[s] = model.newState();
      found[s] = model.newState();
    }
    float[] y = new float[4];
    float[] other = new float[4];
    try (ModelCores cores = new ModelCores(model, options(2));
        ModelCores more = new ModelCores(model, options(3))) {
      for (int t = 0; t < 60; t++) {
        int s = t * 7 % 3;
        float[] x = new float[23];
        System.arraycopy(input(config, t), 0, x, 3, 20);
        model.step(expected[s], x, 3, y, 1);
        (t % 4 == 0 ? more : cores).step(found[s], x, 3, other, 1);
        assertArrayEquals(memory(expected[s], y), memory(found[s], other), "step " + t);
        if (t % 10 == 9) {
          expected[s].reset();
          found[s].reset();
        }
      }
    }
  }

  @Test
  void noMoreCoresThanPanels() {
    Model model = Model.of(weights(builder(3).lstm(33).lstm(5).build()).toNetwork());
    try (ModelCores cores = new ModelCores(model, options(64))) {
      assertEquals(3, cores.cores());
      assertStepsAlike(model, cores);
    }
  }

  private static final Architecture TWO_LAYERS = builder(20).lstm(64).lstm(48).linear(2).build();

  private static boolean sameBits(Model model, ModelCores cores, int steps) {
    StreamState expected = model.newState();
    StreamState found = model.newState();
    float[] y = new float[2];
    float[] other = new float[2];
    boolean same = true;
    for (int t = 0; t < steps; t++) {
      float[] x = input(TWO_LAYERS, t);
      model.step(expected, x, y);
      cores.step(found, x, other);
      same &= Arrays.equals(memory(expected, y), memory(found, other));
    }
    return same;
  }

  /** Each core in turn is late at each layer. */
  private static void late(int core, int layer) {
    if (Math.floorMod(System.nanoTime() / 1000 + layer, 3) == core) {
      LockSupport.parkNanos(300_000);
    }
  }

  @Test
  void aSlowCoreIsWaitedFor() {
    Model model = Model.of(weights(TWO_LAYERS).toNetwork());
    for (int count = 2; count <= 4; count++) {
      try (ModelCores cores =
          new ModelCores(model, options(count), ModelCoresTest::late, PhaseBarrier::new)) {
        assertTrue(sameBits(model, cores, 60));
      }
    }
  }

  @Test
  void withoutWaitingTheSlowCoreWouldShow() {
    Model model = Model.of(weights(TWO_LAYERS).toNetwork());
    try (ModelCores cores =
        new ModelCores(
            model,
            options(3),
            ModelCoresTest::late,
            threads ->
                new PhaseBarrier(threads) {
                  @Override
                  protected int awaitOthers(int member, long phase) {
                    return -1;
                  }
                })) {
      assertTrue(!sameBits(model, cores, 60), "a barrier that does not wait");
    }
  }

  @Test
  void coresThatFellAsleepWakeUp() throws InterruptedException {
    Model model = Model.of(weights(TWO_LAYERS).toNetwork());
    try (ModelCores cores = new ModelCores(model, TeamOptions.of(3).withSpin(Duration.ZERO))) {
      for (int i = 0; i < 4; i++) {
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (cores.asleep() < 2 && System.nanoTime() < deadline) {
          Thread.sleep(1);
        }
        assertEquals(2, cores.asleep());
        assertTrue(sameBits(model, cores, 5));
      }
    }
    try (ModelCores cores =
        new ModelCores(model, TeamOptions.of(2).withSpin(Duration.ofDays(1_000_000)))) {
      assertTrue(sameBits(model, cores, 5));
      Thread.sleep(50);
      assertEquals(0, cores.asleep(), "cores that were told to spin");
    }
  }

  @Test
  void refusesWhatTheModelRefusesAndGoesOn() {
    Model model = Model.of(weights(TWO_LAYERS).toNetwork());
    StreamState state = model.newState();
    float[] x = RandomWeights.inputs(20, 1);
    float[] y = new float[2];
    try (ModelCores cores = new ModelCores(model, options(2))) {
      cores.step(state, x, y);
      float[] before = memory(state, y);
      float[] bad = x.clone();
      bad[4] = Float.NaN;
      var e = assertThrows(RefusedInputException.class, () -> cores.step(state, bad, y));
      assertEquals(4, e.index());
      assertThrows(IllegalArgumentException.class, () -> cores.step(state, new float[19], y));
      assertThrows(IllegalArgumentException.class, () -> cores.step(state, x, new float[3]));
      StreamState foreign = Model.of(weights(TWO_LAYERS).toNetwork()).newState();
      assertThrows(IllegalArgumentException.class, () -> cores.step(foreign, x, y));
      assertThrows(IllegalArgumentException.class, () -> cores.prepareNext(foreign));
      assertThrows(IndexOutOfBoundsException.class, () -> cores.step(state, x, 1, y, 0));
      assertThrows(IndexOutOfBoundsException.class, () -> cores.step(state, x, 0, y, 1));
      assertArrayEquals(before, memory(state, y));
      assertTrue(sameBits(model, cores, 3));
    }
    assertThrows(IllegalArgumentException.class, () -> new ModelCores(model, 0));
    assertThrows(
        IllegalArgumentException.class, () -> TeamOptions.of(2).withSpin(Duration.ofNanos(-1)));
  }
}
