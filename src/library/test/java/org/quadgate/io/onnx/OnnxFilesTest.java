// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quadgate.LstmConfig;
import org.quadgate.LstmWeights;
import org.quadgate.io.ModelFiles;
import org.quadgate.io.ModelFormatException;
import org.quadgate.io.OnnxForm;
import org.quadgate.sequence.SequenceLayer;
import org.quadgate.sequence.SequenceLayer.Cell;
import org.quadgate.sequence.SequenceLayer.Direction;
import org.quadgate.sequence.SequenceModel;

/** ONNX files on the disk. */
@Tag("once")
class OnnxFilesTest {
  private static final LstmConfig CONFIG =
      LstmConfig.builder(2)
          .lstm(3)
          .rnn(2)
          .linear(1)
          .inputNames(List.of("load", "température"))
          .outputNames(List.of("\"pressure\""))
          .build();

  @TempDir Path folder;

  @Test
  void weightsAreWrittenForSequences() throws Exception {
    LstmWeights weights = OnnxModels.engine(CONFIG);
    Path file = folder.resolve("m.onnx");
    ModelFiles.write(weights, file);
    Path other = folder.resolve("M.ONNX");
    ModelFiles.writeOnnx(SequenceModel.of(weights), OnnxForm.SEQUENCE, other);
    assertArrayEquals(Files.readAllBytes(file), Files.readAllBytes(other));
    try (OrtModel runtime = new OrtModel(Files.readAllBytes(file))) {
      runtime.set("xs", new float[] {1, 2}, 1, 1, 2);
      float[] expected = new float[1];
      SequenceModel.of(weights).run(new float[] {1, 2}, 1, expected);
      assertArrayEquals(expected, runtime.run().get("ys"), 1e-5f);
      Map<String, String> names =
          Map.of(
              "quadgate.input_names", "[\"load\",\"température\"]",
              "quadgate.output_names", "[\"\\\"pressure\\\"\"]");
      assertEquals(names, runtime.metadata());
    }
  }

  @Test
  void whatWasWrittenIsRead() throws Exception {
    LstmWeights weights = OnnxModels.engine(CONFIG);
    Path file = folder.resolve("m.onnx");
    ModelFiles.write(weights, file);
    assertSame(weights, ModelFiles.read(file));
    ModelFiles.writeOnnx(SequenceModel.of(weights), OnnxForm.STEP, file);
    assertSame(weights, ModelFiles.read(file));
  }

  private static void assertSame(LstmWeights weights, LstmWeights back) {
    assertEquals(weights.config(), back.config());
    for (int i = 0; i < weights.layers().size(); i++) {
      LstmWeights.Recurrent expected = weights.layers().get(i);
      LstmWeights.Recurrent actual = back.layers().get(i);
      assertArrayEquals(expected.input, actual.input);
      assertArrayEquals(expected.recurrent, actual.recurrent);
      assertArrayEquals(expected.bias, actual.bias);
      assertArrayEquals(expected.initialHidden, actual.initialHidden);
      assertArrayEquals(expected.initialCell, actual.initialCell);
    }
    assertArrayEquals(weights.head().getFirst().weight, back.head().getFirst().weight);
    assertArrayEquals(weights.inputMean, back.inputMean);
    assertArrayEquals(weights.inputStd, back.inputStd);
    assertArrayEquals(weights.outputMean, back.outputMean);
    assertArrayEquals(weights.outputStd, back.outputStd);
  }

  private void assertRefused(String key, String value, String message) throws Exception {
    SequenceModel model = SequenceModel.of(OnnxModels.engine(CONFIG));
    Path file = folder.resolve("m.onnx");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    OnnxWriter.write(
        model, OnnxForm.SEQUENCE, Map.of(key, value), file, Channels.newChannel(bytes));
    Files.write(file, bytes.toByteArray());
    ModelFormatException e =
        assertThrows(ModelFormatException.class, () -> ModelFiles.readSequenceModel(file));
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  @Test
  void metadataThatDoesNotFitIsRefused() throws Exception {
    assertRefused("quadgate.input_names", "[\"one\"]", "has 1 names, expected");
    assertRefused("quadgate.input_names", "one", "metadata \"quadgate.input_names\"");
    assertRefused("quadgate.surprise", "1", "metadata \"quadgate.surprise\": is not understood");
    assertRefused("quadgate.initial_h_0", "[1]", "says what the graph says otherwise");
    assertRefused("quadgate.initial_h_9", "[1]", "is not understood");
  }

  @Test
  void whatTheEngineDoesNotHaveIsSaid() throws Exception {
    SequenceLayer layer = OnnxModels.usual(Cell.LSTM, Direction.BIDIRECTIONAL, 3, 4);
    SequenceModel model = SequenceModel.builder().layer(layer).build();
    Path file = folder.resolve("both.onnx");
    ModelFiles.writeSequenceModel(model, file);
    assertEquals(model.describe(), ModelFiles.readSequenceModel(file).describe());
    ModelFormatException e = assertThrows(ModelFormatException.class, () -> ModelFiles.read(file));
    assertTrue(
        e.getMessage().contains("recurrent layer 0 reads in both directions"), e.getMessage());
  }

  @Test
  void aFileForStepsHasTheStatesToBeginWith() throws Exception {
    LstmWeights weights = OnnxModels.engine(CONFIG);
    Arrays.fill(weights.layers().getFirst().initialHidden, 0);
    weights.layers().getFirst().initialCell[1] = Float.MIN_VALUE;
    Path file = folder.resolve("m.onnx");
    ModelFiles.writeOnnx(SequenceModel.of(weights), OnnxForm.STEP, file);
    try (OrtModel runtime = new OrtModel(Files.readAllBytes(file))) {
      Map<String, String> metadata = runtime.metadata();
      assertEquals(
          Set.of(
              "quadgate.input_names",
              "quadgate.output_names",
              "quadgate.initial_c_0",
              "quadgate.initial_h_1"),
          metadata.keySet());
      String cells = metadata.get("quadgate.initial_c_0");
      assertEquals("1.4E-45", cells.substring(1, cells.length() - 1).split(",", -1)[1]);
    }
  }

  @Test
  void whatFailsLeavesTheOlderFile() throws Exception {
    Path file = folder.resolve("m.onnx");
    LstmWeights weights = OnnxModels.engine(CONFIG);
    ModelFiles.write(weights, file);
    byte[] before = Files.readAllBytes(file);
    SequenceLayer reverse = OnnxModels.usual(Cell.LSTM, Direction.REVERSE, 2, 3);
    SequenceModel model = SequenceModel.builder().layer(reverse).build();
    assertThrows(
        ModelFormatException.class, () -> ModelFiles.writeOnnx(model, OnnxForm.STEP, file));
    weights.layers().getFirst().bias[0] = Float.NaN;
    assertThrows(IllegalArgumentException.class, () -> ModelFiles.write(weights, file));
    assertArrayEquals(before, Files.readAllBytes(file));
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of(file), files.toList());
    }
    ModelFiles.writeOnnx(model, OnnxForm.SEQUENCE, file);
    assertFalse(Arrays.equals(before, Files.readAllBytes(file)));
  }

  @Test
  void anotherExtensionIsRefused() {
    SequenceModel model = SequenceModel.of(OnnxModels.engine(CONFIG));
    ModelFormatException e =
        assertThrows(
            ModelFormatException.class,
            () -> ModelFiles.writeOnnx(model, OnnxForm.SEQUENCE, folder.resolve("m.safetensors")));
    assertTrue(e.getMessage().contains("expected a name in .onnx"), e.getMessage());
  }
}
