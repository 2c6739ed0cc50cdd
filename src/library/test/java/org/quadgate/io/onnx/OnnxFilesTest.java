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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quadgate.Model;
import org.quadgate.io.ModelFiles;
import org.quadgate.io.Weights;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.io.format.OnnxForm;
import org.quadgate.io.onnx.proto.MessageBytes;
import org.quadgate.io.onnx.proto.OnnxGraphBuilder;
import org.quadgate.io.onnx.proto.OnnxTensor;
import org.quadgate.network.Architecture;
import org.quadgate.network.CellType;
import org.quadgate.network.Direction;
import org.quadgate.network.Network;
import org.quadgate.network.RecurrentLayer;
import org.quadgate.network.WeightArrays;

/** ONNX files on the disk. */
@Tag("once")
class OnnxFilesTest {
  private static final Architecture CONFIG =
      Architecture.builder(2)
          .lstm(3)
          .rnn(2)
          .linear(1)
          .inputNames(List.of("load", "température"))
          .outputNames(List.of("\"pressure\""))
          .build();

  @TempDir Path folder;

  @Test
  void weightsAreWrittenForSequences() throws Exception {
    WeightArrays weights = OnnxModels.plain(CONFIG);
    Path file = folder.resolve("m.onnx");
    ModelFiles.write(weights.toNetwork(), file);
    Path other = folder.resolve("M.ONNX");
    ModelFiles.writeOnnx(weights.toNetwork(), OnnxForm.SEQUENCE, other);
    assertArrayEquals(Files.readAllBytes(file), Files.readAllBytes(other));
    try (OrtModel runtime = new OrtModel(Files.readAllBytes(file))) {
      runtime.set("xs", new float[] {1, 2}, 1, 1, 2);
      float[] expected = new float[1];
      Model.of(weights.toNetwork()).run(new float[] {1, 2}, 1, expected);
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
    WeightArrays weights = OnnxModels.plain(CONFIG);
    Path file = folder.resolve("m.onnx");
    ModelFiles.write(weights.toNetwork(), file);
    Weights.assertSame(weights, ModelFiles.read(file));
    ModelFiles.writeOnnx(weights.toNetwork(), OnnxForm.STEP, file);
    Weights.assertSame(weights, ModelFiles.read(file));
  }

  private void assertRefused(String key, String value, String message) throws Exception {
    Network network = OnnxModels.plain(CONFIG).toNetwork();
    Path file = folder.resolve("m.onnx");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    OnnxWriter.write(
        network, OnnxForm.SEQUENCE, Map.of(key, value), file, Channels.newChannel(bytes));
    Files.write(file, bytes.toByteArray());
    ModelFormatException e = assertThrows(ModelFormatException.class, () -> ModelFiles.read(file));
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  @Test
  void metadataThatDoesNotFitIsRefused() throws Exception {
    assertRefused("quadgate.input_names", "[\"one\"]", "has 1 names, expected");
    assertRefused("quadgate.input_names", "one", "metadata \"quadgate.input_names\"");
    assertRefused("quadgate.surprise", "1", "metadata \"quadgate.surprise\": is not understood");
    assertRefused("quadgate.initial_h_0", "[1]", "says what the graph says otherwise");
    assertRefused("quadgate.initial_h_9", "[1]", "is not understood");
    assertRefused("quadgate.window", "0", "expected a number of timesteps");
  }

  @Test
  void theWindowGoesBothWays() throws Exception {
    Network network = OnnxModels.plain(CONFIG).toNetwork().toBuilder().window(12).build();
    Path file = folder.resolve("m.onnx");
    for (OnnxForm form : OnnxForm.values()) {
      ModelFiles.writeOnnx(network, form, file);
      assertEquals(OptionalInt.of(12), ModelFiles.read(file).window());
    }
  }

  /** A graph of one layer with a fixed number of timesteps. */
  private static byte[] fixed(boolean stateGiven, Map<String, String> metadata) {
    OnnxGraphBuilder graph = new OnnxGraphBuilder();
    graph.input("x", OnnxTensor.FLOAT, 5, "batch", 1);
    graph.floats("W", new float[4], 1, 4, 1);
    List<String> inputs = new ArrayList<>(List.of("x", "W", "W"));
    if (stateGiven) {
      graph.input("h", OnnxTensor.FLOAT, 1, "batch", 1);
      inputs.addAll(List.of("", "", "h"));
    }
    graph.node("LSTM", inputs, "Y").with("hidden_size", 1).add();
    String y = graph.node("Squeeze", List.of("Y", graph.integers("axis", 1)), "y").add();
    graph.output(y, 5, "batch", 1);
    return MessageBytes.of(graph.model(14, "", metadata));
  }

  @Test
  void aFixedNumberOfTimestepsIsTheWindow() throws Exception {
    Path file = folder.resolve("m.onnx");
    Files.write(file, fixed(false, Map.of()));
    assertEquals(OptionalInt.of(5), ModelFiles.read(file).window());
    Files.write(file, fixed(true, Map.of()));
    assertEquals(OptionalInt.empty(), ModelFiles.read(file).window(), "a piece of a sequence");
    Files.write(file, fixed(false, Map.of("quadgate.window", "5")));
    assertEquals(OptionalInt.of(5), ModelFiles.read(file).window());
    Files.write(file, fixed(false, Map.of("quadgate.window", "6")));
    ModelFormatException e = assertThrows(ModelFormatException.class, () -> ModelFiles.read(file));
    assertTrue(e.getMessage().contains("says what the graph says otherwise"), e.getMessage());
  }

  @Test
  void aNetworkThatIsNotPlainIsReadBack() throws Exception {
    RecurrentLayer layer = OnnxModels.usual(CellType.LSTM, Direction.BIDIRECTIONAL, 3, 4);
    Network network = Network.builder().layer(layer).build();
    Path file = folder.resolve("both.onnx");
    ModelFiles.write(network, file);
    Network back = ModelFiles.read(file);
    assertEquals(network.describe(), back.describe());
    assertTrue(
        back.whyNotStep().orElseThrow().contains("recurrent layer 0 reads in both directions"));
  }

  @Test
  void aFileForStepsHasTheStatesToBeginWith() throws Exception {
    WeightArrays weights = OnnxModels.plain(CONFIG);
    Arrays.fill(weights.layers().getFirst().initialHidden, 0);
    weights.layers().getFirst().initialCell[1] = Float.MIN_VALUE;
    Path file = folder.resolve("m.onnx");
    ModelFiles.writeOnnx(weights.toNetwork(), OnnxForm.STEP, file);
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
    WeightArrays weights = OnnxModels.plain(CONFIG);
    ModelFiles.write(weights.toNetwork(), file);
    byte[] before = Files.readAllBytes(file);
    RecurrentLayer reverse = OnnxModels.usual(CellType.LSTM, Direction.REVERSE, 2, 3);
    Network model = Network.builder().layer(reverse).build();
    assertThrows(
        ModelFormatException.class, () -> ModelFiles.writeOnnx(model, OnnxForm.STEP, file));
    weights.layers().getFirst().bias[0] = Float.NaN;
    assertThrows(IllegalArgumentException.class, () -> weights.toNetwork());
    assertArrayEquals(before, Files.readAllBytes(file));
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of(file), files.toList());
    }
    ModelFiles.writeOnnx(model, OnnxForm.SEQUENCE, file);
    assertFalse(Arrays.equals(before, Files.readAllBytes(file)));
  }

  @Test
  void anotherExtensionIsRefused() {
    Network model = OnnxModels.plain(CONFIG).toNetwork();
    ModelFormatException e =
        assertThrows(
            ModelFormatException.class,
            () -> ModelFiles.writeOnnx(model, OnnxForm.SEQUENCE, folder.resolve("m.safetensors")));
    assertTrue(e.getMessage().contains("expected a name in .onnx"), e.getMessage());
  }
}
