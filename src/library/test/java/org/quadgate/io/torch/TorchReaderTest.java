// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.torch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.quadgate.io.ModelFiles;
import org.quadgate.io.TensorFileBuilder;
import org.quadgate.network.Architecture;
import org.quadgate.network.WeightArrays;

/** PyTorch's names: what becomes of them, and what is refused. */
@Tag("once")
class TorchReaderTest extends StateDicts {
  @Test
  void readsLstmAndHead() throws IOException {
    WeightArrays weights = read(new TensorFileBuilder().lstm("lstm", 2, 1).linear("fc", 1, 2));

    assertEquals(Architecture.builder(2).lstm(1).linear(2).build(), weights.architecture());
    assertArrayEquals(counted(1, 8), weights.layers().get(0).input);
    assertArrayEquals(counted(9, 4), weights.layers().get(0).recurrent);
    assertArrayEquals(
        new float[] {30 / 64f, 32 / 64f, 34 / 64f, 36 / 64f}, weights.layers().get(0).bias);
    assertArrayEquals(counted(21, 2), weights.head().get(0).weight);
    assertArrayEquals(counted(23, 2), weights.head().get(0).bias);
    assertArrayEquals(new float[2], weights.inputMean);
    assertArrayEquals(new float[] {1, 1}, weights.inputStd);
  }

  @Test
  void readsWithoutBiases() throws IOException {
    WeightArrays weights =
        read(
            new TensorFileBuilder()
                .tensor("lstm.weight_ih_l0", 8, 3)
                .tensor("lstm.weight_hh_l0", 8, 2)
                .tensor("fc.weight", 1, 2));

    assertEquals(Architecture.builder(3).lstm(2).linear(1).build(), weights.architecture());
    assertArrayEquals(new float[8], weights.layers().get(0).bias);
    assertArrayEquals(new float[1], weights.head().get(0).bias);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "lstm.", "model.encoder.lstm.", "module.0."})
  void readsAnyPrefixAndEveryLayer(String prefix) throws IOException {
    WeightArrays weights =
        read(
            new TensorFileBuilder()
                .layer(prefix, "_l1", 4, 5, 5)
                .layer(prefix, "_l0", 4, 3, 5)
                .layer(prefix, "_l2", 4, 5, 5));

    assertEquals(Architecture.builder(3).lstm(5).lstm(5).lstm(5).build(), weights.architecture());
    assertEquals(1 / 64f, weights.layers().get(1).input[0]);
  }

  @Test
  void readsCellsAndVanillaRnn() throws IOException {
    WeightArrays weights =
        read(
            new TensorFileBuilder()
                .layer("cells.0.", "", 4, 3, 2)
                .layer("cells.1.", "", 4, 2, 2)
                .layer("rnn.", "_l0", 1, 2, 6));

    assertEquals(Architecture.builder(3).lstm(2).lstm(2).rnn(6).build(), weights.architecture());
    assertEquals(1 / 64f, weights.layers().get(0).input[0]);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "model."})
  void readsScalingInitialStateAndNames(String prefix) throws IOException {
    WeightArrays weights =
        read(
            new TensorFileBuilder()
                .metadata(
                    "{\"quadgate.input_names\":\"[\\\"u\\\",\\\"v \\\\\\\"w\\\\\\\"\\\"]\","
                        + "\"quadgate.output_names\":\"[\\\"y\\\"]\",\"other\":\"[\"}")
                .tensor(prefix + "input_mean", 2)
                .tensor(prefix + "input_std", 2)
                .tensor(prefix + "output_mean", 1)
                .tensor(prefix + "output_std", 1)
                .tensor(prefix + "initial_h.1", 1)
                .tensor(prefix + "initial_h.0", 1)
                .tensor(prefix + "initial_c.0", 1)
                .lstm("lstm", 2, 1)
                .layer("rnn.", "_l0", 1, 1, 1));

    assertArrayEquals(counted(1, 2), weights.inputMean);
    assertArrayEquals(counted(3, 2), weights.inputStd);
    assertArrayEquals(counted(5, 1), weights.outputMean);
    assertArrayEquals(counted(6, 1), weights.outputStd);
    assertArrayEquals(counted(7, 1), weights.layers().get(1).initialHidden);
    assertArrayEquals(counted(8, 1), weights.layers().get(0).initialHidden);
    assertArrayEquals(counted(9, 1), weights.layers().get(0).initialCell);
    assertEquals(List.of("u", "v \"w\""), weights.architecture().inputNames());
    assertEquals(List.of("y"), weights.architecture().outputNames());
  }

  @Test
  void refusesWrongScalingAndInitialState() {
    assertRefused(
        small().tensor("input_mean", 2), "\"input_mean\": expected both of input_mean and input_s");
    assertRefused(
        small().tensor("output_std", 2), "\"output_std\": expected both of output_mean and outp");
    assertRefused(
        small().tensor("input_mean", 3).tensor("input_std", 2),
        "\"input_mean\": has shape [3], expected [2]");
    assertRefused(
        small().tensor("input_mean", 2).values("input_std", new float[] {1, 0}, 2),
        "\"input_std\": element 1 is 0.0, expected a number above 0");
    assertRefused(
        small().tensor("output_mean", 2).values("output_std", new float[] {-1, 1}, 2),
        "\"output_std\": element 0 is -1.0, expected a number above 0");
    assertRefused(
        small().tensor("a.input_mean", 2).tensor("b.input_std", 2),
        "\"b.input_std\": expected the prefix of the other",
        "\"a\"");
    assertRefused(small().tensor("initial_h.1", 2), "\"initial_h.1\": no such state");
    assertRefused(small().tensor("initial_h.0", 1, 2), "has shape [1, 2], expected [2]");
    assertRefused(
        new TensorFileBuilder().layer("", "_l0", 1, 2, 2).tensor("initial_c.0", 2),
        "\"initial_c.0\": no such state");
  }

  @Test
  void refusesWrongNames() {
    assertRefused(
        small().metadata("{\"quadgate.input_names\":\"[\\\"u\\\"]\"}"),
        "metadata \"quadgate.input_names\": has 1 names, expected 2");
    assertRefused(
        small().metadata("{\"quadgate.output_names\":\"u\"}"),
        "metadata \"quadgate.output_names\" offset");
  }

  @Test
  void refusesAWindowThatIsNone() throws IOException {
    for (String text : List.of("0", "-1", "07", "1.5", "2147483648", "")) {
      assertRefused(
          small().metadata("{\"quadgate.window\":\"" + text + "\"}"),
          "metadata \"quadgate.window\": is \"" + text + "\", expected a number of timesteps");
    }
    TensorFileBuilder most = small().metadata("{\"quadgate.window\":\"2147483647\"}");
    assertEquals(Integer.MAX_VALUE, ModelFiles.read(most.writeTo(folder)).window().orElseThrow());
  }

  @Test
  void refusesUnknownOwnMetadata() {
    assertRefused(
        small().metadata("{\"quadgate.imput_names\":\"[]\"}"),
        "metadata \"quadgate.imput_names\": is not understood");
    assertRefused(
        small().metadata("{\"quadgate.format_version\":\"2\"}"),
        "metadata \"quadgate.format_version\": is \"2\", expected \"1\"");
    assertRefused(
        small().metadata("{\"quadgate.format_version\":\"1\"}"),
        "metadata \"quadgate.format_version\": stands without quadgate.sha256");
    assertRefused(
        small().metadata("{\"quadgate.sha256\":\"00\"}"), "metadata \"quadgate.sha256\": ");
  }

  @Test
  void refusesWhatIsNotSupportedByName() {
    assertRefused(
        new TensorFileBuilder().layer("gru.", "_l0", 3, 2, 2),
        "tensor \"gru.weight_hh_l0\": has 3 rows per unit, a GRU's");
    assertRefused(
        small().bytes("bn.num_batches_tracked", "I64", new byte[8]),
        "tensor \"bn.num_batches_tracked\": is not understood; the file has \"bn.num",
        "\"lstm.weight_ih_l0\" [8, 2]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "h0", "lstm.weight", "lstm.weight_ih_l00", "lstm.weight_ih_l", "lstm.weight_ih_l0 ",
        "lstm.weight_ih_l99999999999", ".weight", "fc.weight_v", "initial_h.01", "input_meanx"
      })
  void refusesOtherNames(String name) {
    assertRefused(small().tensor(name, 2, 2), "tensor \"" + name + "\": ");
  }

  @Test
  void refusesMissingPartners() {
    assertRefused(
        new TensorFileBuilder()
            .tensor("weight_ih_l0", 8, 2)
            .tensor("weight_hh_l0", 8, 2)
            .tensor("bias_ih_l0", 8),
        "tensor \"bias_ih_l0\": has no partner bias_hh");
    assertRefused(new TensorFileBuilder().tensor("weight_ih_l0", 8, 2), "has no partner weight_hh");
    assertRefused(new TensorFileBuilder().tensor("weight_hh_l0", 8, 2), "has no partner weight_ih");
    assertRefused(small().tensor("fc.bias", 2), "tensor \"fc.bias\": has no partner weight");
    assertRefused(
        new TensorFileBuilder().layer("", "_l0", 4, 2, 2).layer("", "_l2", 4, 2, 2),
        "tensor \"bias_hh_l2\": expected the layers");
    assertRefused(
        new TensorFileBuilder().layer("", "_l1", 4, 2, 2), "tensor \"bias_hh_l1\": expected the");
    assertRefused(
        new TensorFileBuilder().layer("", "_l0", 4, 2, 2).layer("", "", 4, 2, 2),
        "expected the layers");
  }

  @Test
  void refusesWrongShapes() {
    assertRefused(
        new TensorFileBuilder().tensor("weight_ih_l0", 8, 2).tensor("weight_hh_l0", 10, 2),
        "tensor \"weight_hh_l0\": has shape [10, 2], expected [4*H, H] (LSTM) or [H, H] (RNN)");
    assertRefused(
        new TensorFileBuilder().tensor("weight_ih_l0", 4, 2).tensor("weight_hh_l0", 8, 2),
        "tensor \"weight_ih_l0\": has shape [4, 2], expected [8, 2]");
    assertRefused(
        new TensorFileBuilder().tensor("weight_ih_l0", 8).tensor("weight_hh_l0", 8, 2),
        "tensor \"weight_ih_l0\": has shape [8], expected a matrix");
    assertRefused(
        new TensorFileBuilder().tensor("weight_ih_l0", 8, 2).tensor("weight_hh_l0", 8, 2, 1),
        "tensor \"weight_hh_l0\": has shape [8, 2, 1], expected a matrix");
    assertRefused(
        new TensorFileBuilder().tensor("weight_ih_l0", 8, 0).tensor("weight_hh_l0", 8, 2),
        "tensor \"weight_ih_l0\": has shape [8, 0], expected sizes of 1 to 65536");
    assertRefused(
        new TensorFileBuilder().tensor("weight_ih_l0", 0, 2).tensor("weight_hh_l0", 0, 0),
        "tensor \"weight_hh_l0\": has shape [0, 0], expected sizes of 1 to 65536");
    assertRefused(
        new TensorFileBuilder().tensor("weight_ih_l0", 4, 65537).tensor("weight_hh_l0", 4, 1),
        "tensor \"weight_ih_l0\": has shape [4, 65537], expected sizes of 1 to 65536");
    assertRefused(
        new TensorFileBuilder()
            .tensor("weight_ih_l0", 4, 1)
            .tensor("weight_hh_l0", 4, 1)
            .tensor("bias_ih_l0", 4, 1)
            .tensor("bias_hh_l0", 4),
        "tensor \"bias_ih_l0\": has shape [4, 1], expected [4]");
    assertRefused(
        new TensorFileBuilder().layer("", "_l0", 4, 2, 2).layer("", "_l1", 4, 3, 2),
        "tensor \"weight_ih_l1\": has shape [8, 3], expected [8, 2]");
    assertRefused(
        new TensorFileBuilder().layer("", "_l0", 4, 2, 2).layer("", "_l1", 4, 2, 3),
        "tensor \"weight_hh_l1\": has shape [12, 3], expected [8, 2]");
    assertRefused(
        small().tensor("norm.weight", 2).tensor("norm.bias", 2),
        "tensor \"norm.weight\": has shape [2], expected a matrix");
    assertRefused(
        small().tensor("fc.weight", 1, 2).tensor("fc.bias", 2),
        "tensor \"fc.bias\": has shape [2], expected [1]");
  }

  @Test
  void refusesWrongNumbers() {
    assertRefused(
        small().tensor("fc.weight", 1, 2).values("fc.bias", new float[] {Float.NaN}, 1),
        "tensor \"fc.bias\": element 0 is NaN, expected a finite number");
    assertRefused(
        small().values("fc.weight", new float[] {0, Float.NEGATIVE_INFINITY}, 1, 2),
        "tensor \"fc.weight\": element 1 is -Infinity, expected a finite number");
    assertRefused(
        new TensorFileBuilder()
            .tensor("weight_ih_l0", 1, 1)
            .tensor("weight_hh_l0", 1, 1)
            .values("bias_ih_l0", new float[] {Float.MAX_VALUE}, 1)
            .values("bias_hh_l0", new float[] {Float.MAX_VALUE}, 1),
        "tensor \"bias_ih_l0\": element 0 plus that of bias_hh is beyond");
    assertRefused(
        small().bytes("fc.weight", "I32", new byte[8], 1, 2),
        "tensor \"fc.weight\": has dtype I32, expected F32, F64, F16 or BF16");
  }

  private static float[] counted(int from, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (from + i) / 64f;
    }
    return values;
  }
}
