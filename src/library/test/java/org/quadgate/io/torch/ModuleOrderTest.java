// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.torch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.quadgate.io.TensorFileBuilder;
import org.quadgate.network.Architecture;
import org.quadgate.network.WeightArrays;

/** The order of modules: found, followed, or refused where it stays open. */
@Tag("once")
class ModuleOrderTest extends StateDicts {
  @Test
  void ordersByShape() throws IOException {
    WeightArrays weights =
        read(
            new TensorFileBuilder()
                .linear("a", 4, 1)
                .linear("z", 7, 4)
                .lstm("decoder", 5, 7)
                .lstm("encoder", 3, 5));

    assertEquals(
        Architecture.builder(3).lstm(5).lstm(7).linear(4).linear(1).build(),
        weights.architecture());
  }

  @Test
  void ordersByShapeAgainstNumbers() throws IOException {
    WeightArrays weights = read(new TensorFileBuilder().lstm("lstm1", 5, 7).lstm("lstm2", 3, 5));

    assertEquals(Architecture.builder(3).lstm(5).lstm(7).build(), weights.architecture());
  }

  @Test
  void ordersByNumberWhereShapesLeaveAChoice() throws IOException {
    WeightArrays weights =
        read(
            new TensorFileBuilder()
                .lstm("lstm10", 2, 2)
                .lstm("lstm2", 2, 2)
                .lstm("lstm", 2, 2)
                .linear("head.4", 2, 2)
                .linear("head.0", 2, 2)
                .linear("last", 2, 1));

    assertEquals(
        Architecture.builder(2).lstm(2).lstm(2).lstm(2).linear(2).linear(2).linear(1).build(),
        weights.architecture());
    int perLstm = 16 + 16 + 8 + 8;
    assertEquals((2 * perLstm + 1) / 64f, weights.layers().get(0).input[0]);
    assertEquals((perLstm + 1) / 64f, weights.layers().get(1).input[0]);
    assertEquals(1 / 64f, weights.layers().get(2).input[0]);
    assertEquals((3 * perLstm + 6 + 1) / 64f, weights.head().get(0).weight[0]);
  }

  @Test
  void ordersManyEqualLayersAtOnce() throws IOException {
    TensorFileBuilder builder = new TensorFileBuilder().linear("fc", 2, 1);
    for (int i = 40; i > 1; i--) {
      builder.lstm("lstm" + i, 2, 2);
    }
    WeightArrays weights = read(builder.lstm("lstm", 3, 2));

    assertEquals(40, weights.layers().size());
    assertEquals(3, weights.architecture().inputSize());
    assertEquals(4 / 64f, weights.layers().get(39).input[0]);
  }

  @Test
  void refusesWhatShapesAndNumbersLeaveOpen() {
    assertRefused(
        new TensorFileBuilder().lstm("encoder", 2, 2).lstm("decoder", 2, 2).linear("fc", 2, 1),
        "tensors: several orders of the modules fit their sizes",
        "quadgate.layers",
        "\"decoder.bias_hh_l0\" [8], ",
        "\"fc.weight\" [1, 2]");
  }

  @Test
  void refusesEndlessSearch() {
    TensorFileBuilder builder = new TensorFileBuilder().linear("fc", 3, 1);
    for (char name = 'a'; name <= 'z'; name++) {
      builder.layer(name + ".", "_l0", 1, 1, 1);
    }
    assertRefused(builder, "too many orders of the modules might fit");
    TensorFileBuilder many = new TensorFileBuilder();
    for (int i = 0; i < 257; i++) {
      many.layer("rnn" + i + ".", "_l0", 1, 1, 1);
    }
    assertRefused(many, "has 257 modules, too many", "and 828 more");
  }

  @Test
  void refusesModulesThatDoNotChain() {
    assertRefused(
        new TensorFileBuilder().lstm("lstm", 2, 3).linear("fc", 4, 1),
        "tensors: no order of the modules fits their sizes",
        "\"fc.bias\" [1], \"fc.weight\" [1, 4], \"lstm.bias_hh_l0\" [12], ",
        "\"lstm.weight_ih_l0\" [12, 2]");
    assertRefused(new TensorFileBuilder().linear("fc", 4, 1), "no recurrent layer found");
    assertRefused(new TensorFileBuilder(), "no recurrent layer found; the file has no tensors");
  }

  @Test
  void followsGivenOrder() throws IOException {
    WeightArrays weights =
        read(
            new TensorFileBuilder()
                .metadata("{\"quadgate.layers\":\"[\\\"encoder\\\",\\\"decoder\\\",\\\"fc\\\"]\"}")
                .lstm("decoder", 2, 2)
                .lstm("encoder", 2, 2)
                .linear("fc", 2, 1));

    assertEquals((16 + 16 + 8 + 8 + 1) / 64f, weights.layers().get(0).input[0]);
    assertEquals(1 / 64f, weights.layers().get(1).input[0]);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "[\\\"lstm\\\"]|expected every module once",
        "[\\\"lstm\\\",\\\"fc\\\",\\\"fc\\\"]|expected every module once",
        "[\\\"lstm\\\",\\\"gc\\\"]|expected every module once",
        "[\\\"fc\\\",\\\"lstm\\\"]|\"lstm\" cannot follow \"fc\"",
        "[\\\"lstm\\\",\\\"fc\\\"][]|expected a JSON array of strings",
        "[\\\"lstm\\\",1]|expected a JSON array of strings",
        "[\\\"lstm\\\",\\\"fc\\\"]]|metadata \"quadgate.layers\" offset",
        "{}|expected a JSON array of strings",
        "lstm|metadata \"quadgate.layers\"",
        "[[[[[[[|metadata \"quadgate.layers\"",
        "|expected a JSON array of strings",
      })
  void refusesWrongOrder(String layers, String message) {
    assertRefused(
        new TensorFileBuilder()
            .metadata("{\"quadgate.layers\":\"" + (layers == null ? "" : layers) + "\"}")
            .lstm("lstm", 2, 2)
            .linear("fc", 2, 2),
        message);
  }
}
