// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.keras;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.quadgate.Model;
import org.quadgate.network.Activation;
import org.quadgate.network.Activation.Function;
import org.quadgate.network.Direction;
import org.quadgate.network.DirectionWeights;
import org.quadgate.network.Network;
import org.quadgate.network.RecurrentLayer;
import org.quadgate.network.Rows;

/** Whole sequences against Keras's equations, computed by scripts/keras_reference.py. */
class KerasSequenceTest {
  private static final Path FOLDER = Path.of("src", "library", "test", "resources", "keras");
  private static final String GOLDEN = ".sequence.txt";

  static Stream<String> models() throws IOException {
    Set<String> names = new TreeSet<>();
    try (Stream<Path> files = Files.list(FOLDER)) {
      files
          .map(f -> f.getFileName().toString())
          .filter(KerasSequenceTest::isModel)
          .forEach(names::add);
    }
    return names.stream();
  }

  private static boolean isModel(String name) {
    return KerasFile.isOne(Path.of(name));
  }

  /** A script that makes nothing would leave nothing to test. */
  @Test
  void thereAreModels() throws IOException {
    assertEquals(32, models().count());
  }

  @ParameterizedTest
  @MethodSource("models")
  void computesWhatKerasWould(String name) throws IOException {
    Network network = KerasFile.read(FOLDER.resolve(name));
    List<double[]> in = new ArrayList<>();
    List<double[]> out = new ArrayList<>();
    for (String line : Files.readAllLines(FOLDER.resolve(name + GOLDEN))) {
      (line.startsWith("x ") ? in : out)
          .add(
              Arrays.stream(line.substring(2).split(" "))
                  .mapToDouble(Double::parseDouble)
                  .toArray());
    }
    assertEquals(12, in.size());
    assertEquals(network.outputRows(12), out.size());
    float[] xs = new float[12 * network.inputSize()];
    for (int i = 0; i < xs.length; i++) {
      xs[i] = (float) in.get(i / network.inputSize())[i % network.inputSize()];
    }
    float[] ys = new float[out.size() * network.outputSize()];
    try (Model model = Model.of(network)) {
      model.run(xs, 12, ys);
    }
    for (int i = 0; i < ys.length; i++) {
      double expected = out.get(i / network.outputSize())[i % network.outputSize()];
      // float arithmetic against double: some 50 roundings of 6e-8 of values around 1
      assertEquals(expected, ys[i], 3e-6 * Math.max(1, Math.abs(expected)), "output " + i);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "tiny_k2.h5, FORWARD, EACH",
    "chain_k2.h5, FORWARD, LAST",
    "bidirectional_each_k3.keras, BIDIRECTIONAL, EACH",
    "bidirectional_k3.keras, BIDIRECTIONAL, FINAL",
    "backwards_k3.keras, REVERSE, FINAL",
    "ends_turned_k2.h5, REVERSE, FINAL",
    "turned_k3.keras, REVERSE, EACH"
  })
  void saysWhichWayAndWhichRows(String name, Direction direction, Rows rows) throws IOException {
    Network model = KerasFile.read(FOLDER.resolve(name));
    assertEquals(direction, model.layers().getFirst().direction());
    assertEquals(rows, model.rows());
  }

  @ParameterizedTest
  @CsvSource({
    "masked_k2.h5, -1",
    "masked_k3.keras, -1",
    "scaled_masked_k3.keras, -5",
    "zeros_masked_k2.h5, 0"
  })
  void readsMasking(String name, double value) throws IOException {
    Network model = KerasFile.read(FOLDER.resolve(name));
    assertEquals(OptionalDouble.of(value), model.maskValue());
  }

  /** Keras 2 and 3 call two functions hard_sigmoid. */
  @Test
  void hardSigmoidIsThatOfTheVersion() throws IOException {
    assertEquals(new Activation(Function.HARD_SIGMOID, 0.2f, 0.5f), gate("activations_k2.h5"));
    assertEquals(
        new Activation(Function.HARD_SIGMOID, 0.16666667f, 0.5f), gate("activations_k3.keras"));
  }

  private static Activation gate(String name) throws IOException {
    RecurrentLayer layer = KerasFile.read(FOLDER.resolve(name)).layers().getFirst();
    return layer.directions().getFirst().activations().getFirst();
  }

  @Test
  void aFixedNumberOfTimestepsIsTheWindow() throws IOException {
    KerasEdit edit = new KerasEdit("chain_k3.keras");
    assertEquals(OptionalInt.empty(), edit.read().window());
    edit.set("input_1", "batch_shape", Arrays.asList(null, 7.0, 3.0));
    assertEquals(OptionalInt.of(7), edit.read().window());
    edit.set("lstm", "stateful", true);
    assertEquals(OptionalInt.empty(), edit.read().window(), "a piece of a sequence");
    edit.set("lstm", "stateful", false).set("input_1", "batch_shape", null);
    edit.set("input_1", "batch_input_shape", Arrays.asList(null, 7.0, 3.0)); // as in Keras 2
    assertEquals(OptionalInt.of(7), edit.read().window());
    for (Object odd : Arrays.asList(null, "7", 0.0, 7.5, -1.0, 1e10, Double.NaN)) {
      edit.set("input_1", "batch_input_shape", Arrays.asList(null, odd, 3.0));
      assertEquals(OptionalInt.empty(), edit.read().window());
    }
  }

  /** The same layers in the layouts of Keras 2 and 3. */
  @ParameterizedTest
  @CsvSource({
    "bidirectional_k2.h5, bidirectional_k3.h5",
    "bidirectional_k2.h5, bidirectional_k2.keras",
    "bidirectional_k2.h5, bidirectional_k3.keras",
    "bidirectional_k21.h5, bidirectional_k213.keras",
    "bidirectional_k21.h5, bidirectional_hdf5.keras",
    "stacked_k213.keras, stacked_k214.keras",
    "chosen_k3.h5, chosen_k3.keras"
  })
  void everyLayoutGivesTheSameWeights(String one, String other) throws IOException {
    List<RecurrentLayer> expected = KerasFile.read(FOLDER.resolve(one)).layers();
    List<RecurrentLayer> found = KerasFile.read(FOLDER.resolve(other)).layers();
    assertEquals(expected.size(), found.size());
    for (int i = 0; i < expected.size(); i++) {
      for (int d = 0; d < expected.get(i).directions().size(); d++) {
        DirectionWeights a = expected.get(i).directions().get(d);
        DirectionWeights b = found.get(i).directions().get(d);
        assertArrayEquals(a.input(), b.input());
        assertArrayEquals(a.recurrent(), b.recurrent());
        assertArrayEquals(a.bias(), b.bias());
        assertEquals(a.activations(), b.activations());
      }
    }
  }

  /** What a file has that cannot be trained or stepped is named. */
  @ParameterizedTest
  @CsvSource({
    "bidirectional_k2.h5, recurrent layer 0 reads in both directions, true",
    "backwards_k3.keras, recurrent layer 0 reads from the last timestep, true",
    "bidirectional_k21.h5, recurrent layer 0 reads in both directions, true",
    "activations_k2.h5, recurrent layer 0 has other activations, false",
    "masked_k3.keras, it passes over masked timesteps, false",
    "zeros_masked_k2.h5, it passes over masked timesteps, false"
  })
  void whatIsNotPlainSaysWhy(String name, String reason, boolean whole) throws IOException {
    Network network = KerasFile.read(FOLDER.resolve(name));
    String found = network.whyNotPlain().orElseThrow();
    assertTrue(found.startsWith(reason), found);
    assertEquals(whole, network.whyNotStep().isPresent());
  }

  @Test
  void theUsualLayersArePlain() throws IOException {
    for (String name : List.of("stacked_k2.h5", "chain_k3.keras", "given_k3.keras")) {
      Network network = KerasFile.read(FOLDER.resolve(name));
      assertTrue(network.whyNotPlain().isEmpty(), name);
      assertTrue(network.whyNotStep().isEmpty(), name);
    }
  }
}
