// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io;

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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.quadgate.network.Activation;
import org.quadgate.sequence.LinearLayer;
import org.quadgate.sequence.SequenceLayer;
import org.quadgate.sequence.SequenceModel;

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
    SequenceModel model = ModelFiles.readSequenceModel(FIXTURES.resolve(name + ".safetensors"));
    assertEquals(shape, model.describe());
    SafetensorsFile golden = SafetensorsFile.read(FIXTURES.resolve(name + ".golden.safetensors"));
    float[] xs = golden.tensor("x").data();
    float[] expected = golden.tensor("y").data();
    float[] ys = new float[expected.length];
    model.run(xs, xs.length / model.inputSize(), ys);
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
    SequenceModel read = ModelFiles.readSequenceModel(FIXTURES.resolve(name + ".safetensors"));
    List<String> names = new ArrayList<>();
    for (int i = 0; i < read.inputSize(); i++) {
      names.add("in" + i);
    }
    SequenceModel.Builder changed = SequenceModel.builder();
    for (SequenceLayer layer : read.layers()) {
      layer.passes().forEach(pass -> Arrays.fill(pass.initialHidden, 0.25f));
      layer.passes().forEach(pass -> Arrays.fill(pass.initialCell, -0.5f));
      changed.layer(layer);
    }
    read.head().forEach(changed::linear);
    float[] std = new float[read.inputSize()];
    Arrays.fill(std, 2);
    SequenceModel model =
        changed
            .names(names, List.of())
            .rows(SequenceModel.Rows.FINAL)
            .inputScaling(new float[read.inputSize()], std)
            .build();
    Path file = folder.resolve("written.safetensors");
    ModelFiles.writeSequenceModel(model, file);
    SequenceModel back = ModelFiles.readSequenceModel(file);
    assertEquals(model.describe(), back.describe());
    assertEquals(names, back.inputNames());
    float[] xs = new float[5 * model.inputSize()];
    for (int i = 0; i < xs.length; i++) {
      xs[i] = (float) Math.sin(i);
    }
    float[] expected = new float[model.outputSize()];
    float[] actual = new float[model.outputSize()];
    model.run(xs, 5, expected);
    back.run(xs, 5, actual);
    assertArrayEquals(expected, actual);
  }

  @Test
  void whatPyTorchDoesNotHaveIsRefused() throws IOException {
    SequenceModel both = ModelFiles.readSequenceModel(FIXTURES.resolve("both_rnn_3_6.safetensors"));
    SequenceLayer layer = both.layers().getFirst();
    SequenceLayer reverse =
        new SequenceLayer(
            layer.cell(),
            SequenceLayer.Direction.REVERSE,
            3,
            6,
            Float.POSITIVE_INFINITY,
            false,
            layer.passes().subList(0, 1));
    SequenceLayer clipped =
        new SequenceLayer(layer.cell(), layer.direction(), 3, 6, 1, false, layer.passes());
    LinearLayer relu = new LinearLayer(12, 1, new float[12], new float[1], Activation.RELU);
    assertNotWritten(SequenceModel.builder().layer(reverse), "reads backwards alone");
    assertNotWritten(SequenceModel.builder().layer(clipped), "clips its gate sums");
    assertNotWritten(SequenceModel.builder().layer(layer).linear(relu), "activation in its head");
    assertNotWritten(SequenceModel.builder().layer(layer).masking(0), "masked timesteps");
  }

  private void assertNotWritten(SequenceModel.Builder builder, String message) {
    Path file = folder.resolve("refused.safetensors");
    ModelFormatException e =
        assertThrows(
            ModelFormatException.class, () -> ModelFiles.writeSequenceModel(builder.build(), file));
    assertTrue(e.getMessage().contains(message), e.getMessage());
    assertFalse(Files.exists(file));
  }

  @Test
  void theEngineSaysWhatItDoesNotHave() {
    for (String name : new String[] {"both_3_5", "proj_4_9_3x2"}) {
      ModelFormatException e =
          assertThrows(
              ModelFormatException.class,
              () -> ModelFiles.read(FIXTURES.resolve(name + ".safetensors")));
      assertTrue(e.getMessage().contains("ModelFiles.readSequenceModel reads it"), e.getMessage());
    }
  }

  private static TensorFileBuilder small() {
    return new TensorFileBuilder().layer("lstm.", "_l0", 4, 2, 2);
  }

  private void assertRefused(TensorFileBuilder made, String message) throws IOException {
    Path file = made.writeTo(folder);
    ModelFormatException e =
        assertThrows(ModelFormatException.class, () -> ModelFiles.readSequenceModel(file));
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
