// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.torch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.quadgate.Model;
import org.quadgate.StreamState;
import org.quadgate.io.ModelFiles;
import org.quadgate.io.TensorFileBuilder;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.io.safetensors.SafetensorsFile;
import org.quadgate.network.Activation;
import org.quadgate.network.Direction;
import org.quadgate.network.DirectionWeights;
import org.quadgate.network.LinearLayer;
import org.quadgate.network.Network;
import org.quadgate.network.RecurrentLayer;
import org.quadgate.network.Rows;
import org.quadgate.network.Scaling;

/** PyTorch's bidirectional and proj_size; scripts/make_fixtures.py made the files. */
@Tag("once")
class TorchDirectionsTest {
  private static final Path FIXTURES = Path.of("src", "library", "test", "resources", "directions");

  /** As in PyTorchGoldenTest: PyTorch's own rounding is of this size. */
  private static final double RELATIVE = 2e-6;

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "both_3_5, 3 → bidirectional LSTM 2×5 → linear 2",
    "both_4_17x2_nobias, 4 → bidirectional LSTM 2×17 → bidirectional LSTM 2×17",
    "both_rnn_3_6, 3 → bidirectional RNN 2×6",
    "proj_4_9_3x2, 4 → LSTM 9 projected to 3 → LSTM 9 projected to 3 → linear 2",
    "both_proj_3_7_2x2,"
        + " 3 → bidirectional LSTM 2×7 projected to 2 → bidirectional LSTM 2×7 projected to 2",
    "chained_both_3, 3 → bidirectional LSTM 2×4 → LSTM 6 → linear 1"
  })
  void givesWhatPyTorchGives(String name, String shape) throws IOException {
    Network network = ModelFiles.read(FIXTURES.resolve(name + ".safetensors"));
    assertEquals(shape, network.describe());
    SafetensorsFile golden = SafetensorsFile.read(FIXTURES.resolve(name + ".golden.safetensors"));
    float[] xs = golden.tensor("x").data();
    float[] expected = golden.tensor("y").data();
    float[] ys = new float[expected.length];
    try (Model model = Model.of(network)) {
      model.run(xs, xs.length / model.inputSize(), ys);
    }
    double scale = 0;
    double difference = 0;
    for (int i = 0; i < ys.length; i++) {
      scale = Math.max(scale, Math.abs(expected[i]));
      difference = Math.max(difference, Math.abs(expected[i] - ys[i]));
    }
    assertTrue(difference <= RELATIVE * Math.max(1, scale), "differs by " + difference);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "both_3_5",
        "both_4_17x2_nobias",
        "both_rnn_3_6",
        "proj_4_9_3x2",
        "both_proj_3_7_2x2",
        "chained_both_3"
      })
  void whatIsWrittenIsReadBack(String name) throws IOException {
    Network read = ModelFiles.read(FIXTURES.resolve(name + ".safetensors"));
    List<String> names = new ArrayList<>();
    for (int i = 0; i < read.inputSize(); i++) {
      names.add("in" + i);
    }
    float[] std = new float[read.inputSize()];
    Arrays.fill(std, 2);
    Network network =
        read.withLayers(read.layers().stream().map(TorchDirectionsTest::begun).toList()).toBuilder()
            .names(names, List.of())
            .rows(Rows.FINAL)
            .window(5)
            .inputScaling(new Scaling(new float[read.inputSize()], std))
            .build();
    Path file = folder.resolve("written.safetensors");
    ModelFiles.write(network, file);
    Network back = ModelFiles.read(file);
    assertEquals(network.describe(), back.describe());
    assertEquals(names, back.inputNames());
    assertEquals(network.window(), back.window());
    assertArrayEquals(run(network), run(back));
  }

  /** A layer with initial states other than zero. */
  private static RecurrentLayer begun(RecurrentLayer layer) {
    List<DirectionWeights> weights = new ArrayList<>();
    for (DirectionWeights direction : layer.directions()) {
      float[] hidden = direction.initialHidden();
      float[] cell = direction.initialCell();
      Arrays.fill(hidden, 0.25f);
      Arrays.fill(cell, -0.5f);
      weights.add(direction.withInitialState(hidden, cell));
    }
    return layer.withWeights(weights);
  }

  private static float[] run(Network network) {
    float[] xs = new float[5 * network.inputSize()];
    for (int i = 0; i < xs.length; i++) {
      xs[i] = (float) Math.sin(i);
    }
    float[] ys = new float[network.outputSize()];
    try (Model model = Model.of(network)) {
      model.run(xs, 5, ys);
    }
    return ys;
  }

  @Test
  void layersThatAreAlikeShareAModule() throws IOException {
    Path file = folder.resolve("written.safetensors");
    ModelFiles.write(ModelFiles.read(FIXTURES.resolve("both_proj_3_7_2x2.safetensors")), file);
    Set<String> names = SafetensorsFile.read(file).tensors().keySet();
    assertTrue(names.contains("lstm.weight_hr_l1_reverse"), names.toString());
  }

  @Test
  void whatPyTorchDoesNotHaveIsRefused() throws IOException {
    Network both = ModelFiles.read(FIXTURES.resolve("both_rnn_3_6.safetensors"));
    RecurrentLayer layer = both.layers().getFirst();
    RecurrentLayer reverse =
        RecurrentLayer.builder(layer.cell(), 3, 6)
            .direction(Direction.REVERSE)
            .weights(layer.directions().getFirst())
            .build();
    RecurrentLayer clipped =
        RecurrentLayer.builder(layer.cell(), 3, 6)
            .direction(layer.direction())
            .clip(1)
            .weights(layer.directions())
            .build();
    LinearLayer relu = new LinearLayer(12, 1, new float[12], new float[1], Activation.RELU);
    assertNotWritten(Network.builder().layer(reverse), "reads backwards alone");
    assertNotWritten(Network.builder().layer(clipped), "clips its gate sums");
    assertNotWritten(Network.builder().layer(layer).linear(relu), "activation in its head");
    assertNotWritten(Network.builder().layer(layer).masking(0), "masked timesteps");
  }

  private void assertNotWritten(Network.Builder builder, String message) {
    Path file = folder.resolve("refused.safetensors");
    ModelFormatException e =
        assertThrows(ModelFormatException.class, () -> ModelFiles.write(builder.build(), file));
    assertTrue(e.getMessage().contains(message), e.getMessage());
    assertFalse(Files.exists(file));
  }

  @Test
  void aProjectionIsSteppedAndASecondDirectionIsNot() throws IOException {
    Network both = ModelFiles.read(FIXTURES.resolve("both_3_5.safetensors"));
    assertTrue(both.whyNotStep().orElseThrow().contains("reads in both directions"));
    Network network = ModelFiles.read(FIXTURES.resolve("proj_4_9_3x2.safetensors"));
    assertTrue(network.whyNotPlain().orElseThrow().contains("projects its hidden state"));
    try (Model model = Model.of(network)) {
      StreamState state = model.newState();
      float[] xs = {1, 2, 3, 4, -4, 3, -2, 1};
      float[] whole = new float[2 * model.outputSize()];
      model.run(xs, 2, whole);
      float[] y = new float[model.outputSize()];
      for (int t = 0; t < 2; t++) {
        model.step(state, Arrays.copyOfRange(xs, 4 * t, 4 * t + 4), y);
        assertArrayEquals(Arrays.copyOfRange(whole, t * y.length, (t + 1) * y.length), y);
      }
    }
  }

  private static TensorFileBuilder small() {
    return new TensorFileBuilder().layer("lstm.", "_l0", 4, 2, 2);
  }

  private void assertRefused(TensorFileBuilder made, String message) throws IOException {
    Path file = made.writeTo(folder);
    ModelFormatException e = assertThrows(ModelFormatException.class, () -> ModelFiles.read(file));
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  @Test
  void whatDoesNotFitIsRefused() throws IOException {
    assertRefused(
        small().tensor("lstm.weight_ih_l0_reverse", 8, 2), "has no partner weight_hh_reverse");
    assertRefused(
        new TensorFileBuilder().layer("lstm.", "_l0_reverse", 4, 2, 2), "has no partner weight_hh");
    assertRefused(
        small().layer("lstm.", "_l0_reverse", 4, 3, 2),
        "tensor \"lstm.weight_ih_l0_reverse\": has shape [8, 3], expected [8, 2]");
    assertRefused(
        small().layer("lstm.", "_l0_reverse", 4, 2, 2).layer("lstm.", "_l1", 4, 4, 2),
        "another number of directions");
    assertRefused(
        small().tensor("lstm.weight_hr_l0", 1, 2),
        "tensor \"lstm.weight_hh_l0\": has shape [8, 2], expected [8, 1]");
    assertRefused(
        new TensorFileBuilder()
            .tensor("lstm.weight_ih_l0", 8, 2)
            .tensor("lstm.weight_hh_l0", 8, 1)
            .tensor("lstm.weight_hr_l0", 1, 2)
            .tensor("lstm.weight_ih_l1", 8, 1)
            .tensor("lstm.weight_hh_l1", 8, 2),
        "tensor \"lstm.weight_hh_l1\": has shape [8, 2], expected [8, 1]");
    assertRefused(
        small().tensor("lstm.weight_hr_l0_reverse", 1, 2), "has no partner weight_ih_reverse");
    assertRefused(small().tensor("lstm.weight_hr", 1, 2), "is not understood");
    assertRefused(
        new TensorFileBuilder()
            .tensor("lstm.weight_ih_l0", 8, 2)
            .tensor("lstm.weight_hh_l0", 8, 2)
            .tensor("lstm.weight_ih_l0_reverse", 8, 2)
            .tensor("lstm.weight_hh_l0_reverse", 8, 2)
            .tensor("lstm.bias_ih_l0_reverse", 8),
        "has no partner in the forward direction");
  }
}
