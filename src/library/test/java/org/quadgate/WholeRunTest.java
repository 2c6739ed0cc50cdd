// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.quadgate.Kinds.Kind;
import org.quadgate.network.CellType;
import org.quadgate.network.DirectionWeights;
import org.quadgate.network.Network;
import org.quadgate.network.RecurrentLayer;
import org.quadgate.network.Rows;
import org.quadgate.options.ModelOptions;
import org.quadgate.options.Precision;

/** Whole sequences of every kind of network, one or many of different lengths at once. */
class WholeRunTest {
  /** More timesteps than the engine takes at once. */
  private static final int STEPS = 61;

  static Stream<Arguments> networks() {
    Stream<Kind> stepped =
        Kinds.steppable().stream()
            .filter(k -> List.of("plain", "masked RNN", "all that is rare").contains(k.name()))
            .flatMap(k -> Stream.of(Rows.values()).map(rows -> with(rows, k)));
    return Stream.concat(Kinds.backwards().stream(), stepped)
        .flatMap(kind -> Stream.of(Precision.values()).map(p -> Arguments.of(kind, p)));
  }

  private static Kind with(Rows rows, Kind kind) {
    return new Kind(kind.name() + ", " + rows, kind.network().toBuilder().rows(rows).build());
  }

  private static float[] run(Model model, float[] xs, int steps) {
    float[] ys = new float[model.outputRows(steps) * model.outputSize()];
    model.run(xs, steps, ys);
    return ys;
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("networks")
  void everyOverloadGivesTheSameBits(Kind kind, Precision precision) {
    ModelOptions options = ModelOptions.DEFAULT.withPrecision(precision);
    try (Model model = Model.of(kind.network(), options);
        Model scalar = Model.of(kind.network(), options.withScalarKernels())) {
      for (int sequence = 0; sequence < 4; sequence++) {
        for (int steps : new int[] {STEPS, 1, 5, 56}) {
          String what = steps + " steps of sequence " + sequence;
          float[] xs = Kinds.inputs(kind.network(), steps, sequence);
          float[] expected = run(scalar, xs, steps);
          assertArrayEquals(expected, run(model, xs, steps), what);
          float[] ys = new float[expected.length];
          model.run(xs, steps, 1, null, ys);
          assertArrayEquals(expected, ys, what + ", as a batch of one");
          Arrays.fill(ys, 42);
          model.run(xs, steps, 1, new int[] {steps}, ys);
          assertArrayEquals(expected, ys, what + ", with its length");
          if (model.whyNotStep().isEmpty()) {
            float[] each = new float[steps * model.outputSize()];
            model.run(model.newState(), xs, steps, each);
            float[] last = Arrays.copyOfRange(each, each.length - expected.length, each.length);
            assertArrayEquals(expected, last, what + ", of a stream");
          }
          if (precision == Precision.FP32) {
            assertNear(new NetworkReference(kind.network(), xs, steps).outputs, expected, what);
          }
        }
      }
    }
  }

  /** Single precision sums of some tens of terms, through two layers and sixty timesteps. */
  private static void assertNear(double[][] expected, float[] found, String what) {
    double[] flat = Arrays.stream(expected).flatMapToDouble(Arrays::stream).toArray();
    assertEquals(flat.length, found.length, what);
    for (int i = 0; i < flat.length; i++) {
      assertEquals(flat[i], found[i], 1e-5 * (1 + Math.abs(flat[i])), what + ", output " + i);
    }
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("networks")
  void sequencesOfDifferentLengthsRunAsIfAlone(Kind kind, Precision precision) {
    int[] lengths = {STEPS, 0, 4, 57, 1, STEPS, 30};
    int batch = lengths.length;
    Network network = kind.network();
    try (Model model = Model.of(network, ModelOptions.DEFAULT.withPrecision(precision))) {
      int in = model.inputSize();
      int out = model.outputSize();
      float[] xs = new float[STEPS * batch * in];
      float[][] own = new float[batch][];
      for (int b = 0; b < batch; b++) {
        own[b] = Kinds.inputs(network, STEPS, b);
        for (int t = 0; t < STEPS; t++) {
          System.arraycopy(own[b], t * in, xs, (t * batch + b) * in, in);
        }
      }
      float[] found = new float[model.outputRows(STEPS) * batch * out];
      model.run(xs, STEPS, batch, lengths, found);
      float[] nothing = ofZeros(network);
      for (int b = 0; b < batch; b++) {
        float[] alone = new float[0];
        if (lengths[b] > 0) {
          alone = run(model, Arrays.copyOf(own[b], lengths[b] * in), lengths[b]);
        }
        for (int row = 0; row < model.outputRows(STEPS); row++) {
          int at = (row * batch + b) * out;
          boolean behind =
              switch (network.rows()) {
                case EACH -> row >= lengths[b];
                case LAST -> lengths[b] < STEPS;
                case FINAL -> lengths[b] == 0;
              };
          float[] expected =
              behind ? nothing : Arrays.copyOfRange(alone, row * out, (row + 1) * out);
          assertArrayEquals(
              expected, Arrays.copyOfRange(found, at, at + out), "row " + row + " of " + b);
        }
      }
      float[] without = new float[found.length];
      model.run(xs, STEPS, batch, null, without);
      int[] whole = new int[batch];
      Arrays.fill(whole, STEPS);
      model.run(xs, STEPS, batch, whole, found);
      assertArrayEquals(found, without);
    }
  }

  /** What comes out where the last recurrent layer gives zeros. */
  private static float[] ofZeros(Network network) {
    float[] ys = new float[network.outputSize()];
    int size = network.layers().getLast().outputSize();
    Network.Builder builder =
        Network.builder()
            .layer(
                RecurrentLayer.builder(CellType.RNN, 1, size)
                    .weights(
                        DirectionWeights.builder(
                                new float[size], new float[size * size], new float[size])
                            .build())
                    .build())
            .outputScaling(network.outputScaling());
    network.head().forEach(builder::linear);
    try (Model model = Model.of(builder.build())) {
      model.step(model.newState(), new float[1], ys);
    }
    return ys;
  }

  @Test
  void wrongArgumentsAreRefusedByEachOverload() {
    for (Kind kind : List.of(Kinds.steppable().getFirst(), Kinds.backwards().getFirst())) {
      Model model = Model.of(kind.network());
      int in = model.inputSize();
      int out = model.outputSize();
      float[] xs = new float[2 * in];
      float[] ys = new float[2 * out];
      refused("steps is 0", () -> model.run(xs, 0, ys));
      refused("steps is -1", () -> model.run(xs, -1, 1, null, ys));
      refused("length of xs is " + 2 * in, () -> model.run(xs, 3, ys));
      refused("length of xs", () -> model.run(xs, Integer.MAX_VALUE, ys));
      refused("length of xs", () -> model.run(xs, 1 << 16, 1 << 16, null, ys));
      refused("length of ys", () -> model.run(xs, 2, new float[2 * out + 1]));
      refused("length of ys", () -> model.run(xs, 1, 2, null, new float[2 * out - 1]));
      refused("batch is 0", () -> model.run(xs, 2, 0, null, ys));
      refused("length of lengths is 2", () -> model.run(xs, 2, 1, new int[2], ys));
      refused("lengths[0] is 3", () -> model.run(xs, 2, 1, new int[] {3}, ys));
      refused("lengths[1] is -1", () -> model.run(xs, 1, 2, new int[] {1, -1}, ys));
      assertArrayEquals(new float[2 * out], ys);
    }
  }

  private static void refused(String part, Executable call) {
    var e = assertThrows(IllegalArgumentException.class, call);
    assertTrue(e.getMessage().contains(part), e.getMessage());
  }
}
