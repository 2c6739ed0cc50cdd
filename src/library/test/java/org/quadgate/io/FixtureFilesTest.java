// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.io.safetensors.SafetensorsFile;
import org.quadgate.network.Architecture;
import org.quadgate.network.Network;
import org.quadgate.network.WeightArrays;

/** The files that PyTorch made: each is read as the network it was made of. */
@Tag("once")
class FixtureFilesTest {
  private static final Path FIXTURES = Path.of("src", "library", "test", "resources", "fixtures");

  private static final Map<String, Architecture> EXPECTED =
      Map.ofEntries(
          Map.entry("tiny_1_1", Architecture.builder(1).lstm(1).build()),
          Map.entry("odd_3_13", Architecture.builder(3).lstm(13).lstm(13).linear(2).build()),
          Map.entry("wide_5_100", Architecture.builder(5).lstm(100).linear(3).build()),
          Map.entry("base_8_32", Architecture.builder(8).lstm(32).linear(1).build()),
          Map.entry(
              "mid_16_64x3", Architecture.builder(16).lstm(64).lstm(64).lstm(64).linear(4).build()),
          Map.entry("rnn_4_20", Architecture.builder(4).rnn(20).rnn(20).linear(2).build()),
          Map.entry(
              "chained_6",
              Architecture.builder(6).lstm(24).lstm(17).lstm(17).lstm(17).linear(5).build()),
          Map.entry("prefixed_4_16", Architecture.builder(4).lstm(16).linear(1).build()),
          Map.entry("bare_7_21", Architecture.builder(7).lstm(21).lstm(21).build()),
          Map.entry("nobias_3_9", Architecture.builder(3).lstm(9).linear(1).build()),
          Map.entry(
              "two_linear_5_12", Architecture.builder(5).lstm(12).linear(8).linear(2).build()),
          Map.entry("scaled_4_19", Architecture.builder(4).lstm(19).linear(2).build()));

  @TempDir Path folder;

  static Stream<String> names() {
    return EXPECTED.keySet().stream().sorted();
  }

  @Test
  void everyFixtureIsExpected() throws IOException {
    TreeSet<String> found = new TreeSet<>();
    try (Stream<Path> files = Files.list(FIXTURES)) {
      files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".safetensors") && !name.contains(".golden."))
          .forEach(name -> found.add(name.substring(0, name.indexOf('.'))));
    }
    assertEquals(new TreeSet<>(EXPECTED.keySet()), found);
  }

  @ParameterizedTest
  @MethodSource("names")
  void isReadAsItWasMade(String name) throws IOException {
    Path path = FIXTURES.resolve(name + ".safetensors");

    Network network = ModelFiles.read(path);

    Architecture config = EXPECTED.get(name);
    assertEquals(config, network.architecture());
    SafetensorsFile golden = SafetensorsFile.read(FIXTURES.resolve(name + ".golden.safetensors"));
    assertEquals((long) config.inputSize(), golden.tensor("x").shape().get(1));
    assertEquals((long) config.outputSize(), golden.tensor("y").shape().get(1));
    for (int i = 0; i < config.layers().size(); i++) {
      assertEquals(
          List.of((long) config.layers().get(i).hiddenSize()), golden.tensor("h_n." + i).shape());
    }
    assertEquals(name.startsWith("scaled"), !network.inputScaling().isIdentity());
    assertEquals(name.startsWith("scaled"), !network.outputScaling().isIdentity());
  }

  @Test
  void tensorsGoWhereTheyBelong() throws IOException {
    Path path = FIXTURES.resolve("chained_6.safetensors");
    SafetensorsFile file = SafetensorsFile.read(path);

    WeightArrays weights = ModelFiles.read(path).weightArrays();

    List<String> order = List.of("lstm.%s_l0", "lstm2.%s_l0", "lstm2.%s_l1", "lstm2.%s_l2");
    for (int i = 0; i < order.size(); i++) {
      WeightArrays.Recurrent layer = weights.layers().get(i);
      assertArrayEquals(data(file, order.get(i), "weight_ih"), layer.input);
      assertArrayEquals(data(file, order.get(i), "weight_hh"), layer.recurrent);
      float[] bias = data(file, order.get(i), "bias_ih").clone();
      float[] second = data(file, order.get(i), "bias_hh");
      for (int j = 0; j < bias.length; j++) {
        bias[j] += second[j];
      }
      assertArrayEquals(bias, layer.bias);
    }
    assertArrayEquals(file.tensor("dense.weight").data(), weights.head().get(0).weight);
    assertArrayEquals(file.tensor("dense.bias").data(), weights.head().get(0).bias);
  }

  @ParameterizedTest
  @MethodSource("names")
  void survivesBeingWritten(String name) throws IOException {
    Network network = ModelFiles.read(FIXTURES.resolve(name + ".safetensors"));
    Path copy = folder.resolve("copy.safetensors");

    ModelFiles.write(network, copy);

    Weights.assertSame(network.weightArrays(), ModelFiles.read(copy));
  }

  private static float[] data(SafetensorsFile file, String pattern, String parameter)
      throws ModelFormatException {
    return file.tensor(pattern.formatted(parameter)).data();
  }
}
