// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.quadgate.LstmConfig;
import org.quadgate.LstmWeights;
import org.quadgate.RandomWeights;
import org.quadgate.io.ModelFiles;
import org.quadgate.io.ModelFormatException;
import org.quadgate.io.OnnxForm;
import org.quadgate.sequence.Activation;
import org.quadgate.sequence.LinearLayer;
import org.quadgate.sequence.SequenceLayer;
import org.quadgate.sequence.SequenceLayer.Cell;
import org.quadgate.sequence.SequenceLayer.Direction;
import org.quadgate.sequence.SequenceLayer.Pass;
import org.quadgate.sequence.SequenceModel;
import org.quadgate.sequence.SequenceModel.Rows;
import org.quadgate.sequence.SequenceState;

/** What we write, run by ONNX Runtime and read back by ourselves. */
@Tag("once")
class OnnxWriterTest {
  private static final Path NAME = Path.of("written.onnx");
  private static final int STEPS = 9;
  private static final int BATCH = 3;

  /** ONNX Runtime's functions and sums round otherwise than ours. */
  private static final double TOLERANCE = 1e-5;

  @TempDir Path folder;

  private static float[] random(int count, long seed) {
    Random random = new Random(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian() * 0.5f;
    }
    return values;
  }

  private static SequenceLayer layer(
      Cell cell,
      Direction direction,
      int inputs,
      int hidden,
      float clip,
      boolean coupled,
      boolean peepholes,
      List<Activation> activations) {
    List<Pass> passes = new ArrayList<>();
    int rows = cell.gates() * hidden;
    for (int d = 0; d < direction.count(); d++) {
      long seed = 1000L * d + hidden;
      passes.add(
          new Pass(
              random(rows * inputs, seed),
              random(rows * hidden, seed + 1),
              random(rows, seed + 2),
              peepholes ? random(3 * hidden, seed + 3) : new float[0],
              new float[0],
              random(hidden, seed + 4),
              cell == Cell.LSTM ? random(hidden, seed + 5) : new float[0],
              activations));
    }
    return new SequenceLayer(cell, direction, inputs, hidden, clip, coupled, passes);
  }

  private static SequenceLayer usual(Cell cell, Direction direction, int inputs, int hidden) {
    return layer(
        cell,
        direction,
        inputs,
        hidden,
        Float.POSITIVE_INFINITY,
        false,
        false,
        cell.usualActivations());
  }

  private static SequenceModel engine(LstmConfig config) {
    LstmWeights weights = RandomWeights.scaled(config, 7, 1);
    for (LstmWeights.Recurrent layer : weights.layers()) {
      System.arraycopy(
          random(layer.initialHidden.length, 1),
          0,
          layer.initialHidden,
          0,
          layer.initialHidden.length);
      System.arraycopy(
          random(layer.initialCell.length, 2), 0, layer.initialCell, 0, layer.initialCell.length);
    }
    return SequenceModel.of(weights);
  }

  static List<SequenceModel> models() {
    List<Activation> other =
        List.of(
            Activation.of(Activation.Function.HARD_SIGMOID),
            new Activation(Activation.Function.SCALED_TANH, 0.8f, 1.2f),
            new Activation(Activation.Function.ELU, 0.7f, 0));
    SequenceLayer rare = layer(Cell.LSTM, Direction.FORWARD, 4, 17, 0.9f, false, true, other);
    SequenceLayer coupled =
        layer(
            Cell.LSTM,
            Direction.BIDIRECTIONAL,
            4,
            3,
            Float.POSITIVE_INFINITY,
            true,
            false,
            Cell.LSTM.usualActivations());
    SequenceLayer both = usual(Cell.LSTM, Direction.BIDIRECTIONAL, 3, 5);
    SequenceLayer above = usual(Cell.LSTM, Direction.BIDIRECTIONAL, 10, 4);
    SequenceLayer reverse = usual(Cell.RNN, Direction.REVERSE, 3, 6);
    return List.of(
        engine(LstmConfig.builder(1).lstm(1).build()),
        engine(LstmConfig.builder(3).lstm(17).linear(2).build()),
        engine(LstmConfig.builder(5).lstm(33).lstm(16).lstm(3).linear(4).linear(1).build()),
        engine(LstmConfig.builder(4).rnn(20).rnn(7).linear(2).build()),
        SequenceModel.builder()
            .layer(rare)
            .linear(new LinearLayer(17, 2, random(34, 5), random(2, 6), Activation.RELU))
            .build(),
        SequenceModel.builder().layer(coupled).build(),
        SequenceModel.builder().layer(both).layer(above).rows(Rows.FINAL).build(),
        SequenceModel.builder().layer(both).layer(above).rows(Rows.LAST).build(),
        SequenceModel.builder().layer(reverse).rows(Rows.FINAL).build(),
        SequenceModel.builder()
            .layer(usual(Cell.LSTM, Direction.FORWARD, 3, 6))
            .rows(Rows.LAST)
            .linear(
                new LinearLayer(
                    6,
                    2,
                    random(12, 5),
                    random(2, 6),
                    new Activation(Activation.Function.LEAKY_RELU, 0.3f, 0)))
            .inputScaling(random(3, 9), new float[] {1, 2, 3})
            .outputScaling(random(2, 9), new float[] {0.5f, 2})
            .build());
  }

  private static void assertClose(float[] expected, float[] actual) {
    assertTrue(distance(expected, actual) <= 1, () -> Arrays.toString(actual));
  }

  /** The largest difference as a share of what is allowed. */
  private static double distance(float[] expected, float[] actual) {
    assertEquals(expected.length, actual.length);
    double most = 0;
    for (int i = 0; i < expected.length; i++) {
      double share = Math.abs(expected[i] - actual[i]) / (TOLERANCE * (1 + Math.abs(expected[i])));
      most = Double.isNaN(share) ? Double.POSITIVE_INFINITY : Math.max(most, share);
    }
    return most;
  }

  private static float[] ours(SequenceModel model, float[] xs) {
    float[] ys = new float[model.outputRows(STEPS) * BATCH * model.outputSize()];
    model.run(xs, STEPS, BATCH, null, ys);
    return ys;
  }

  @ParameterizedTest
  @MethodSource("models")
  void onnxRuntimeGivesOurSequences(SequenceModel model) throws Exception {
    float[] xs = random(STEPS * BATCH * model.inputSize(), 11);
    try (OrtModel runtime = new OrtModel(OnnxWriter.write(model, OnnxForm.SEQUENCE, NAME))) {
      runtime.set("x", xs, STEPS, BATCH, model.inputSize());
      float[] theirs = runtime.run().get("y");
      assertClose(ours(model, xs), theirs);
      xs[1] += 0.1f;
      assertTrue(distance(ours(model, xs), theirs) > 1, "another input is not noticed");
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void onnxRuntimeGivesOurSteps(SequenceModel model) throws Exception {
    if (model.whyNotStep().isPresent()) {
      ModelFormatException e =
          assertThrows(
              ModelFormatException.class, () -> OnnxWriter.write(model, OnnxForm.STEP, NAME));
      assertTrue(e.getMessage().contains("cannot be stepped"), e.getMessage());
      return;
    }
    float[] x = new float[model.inputSize()];
    float[] y = new float[model.outputSize()];
    SequenceState state = model.newState();
    try (OrtModel runtime = new OrtModel(OnnxWriter.write(model, OnnxForm.STEP, NAME))) {
      for (int i = 0; i < model.layers().size(); i++) {
        Pass pass = model.layers().get(i).passes().getFirst();
        int hidden = model.layers().get(i).hiddenSize();
        runtime.set("h_" + i, pass.initialHidden, 1, 1, hidden);
        if (pass.initialCell.length > 0) {
          runtime.set("c_" + i, pass.initialCell, 1, 1, hidden);
        }
      }
      for (int t = 0; t < 20; t++) {
        System.arraycopy(random(x.length, t), 0, x, 0, x.length);
        runtime.set("x", x.clone(), 1, x.length);
        model.step(state, x, y);
        Map<String, float[]> theirs = runtime.run();
        assertClose(y, theirs.get("y"));
        for (Map.Entry<String, float[]> output : theirs.entrySet()) {
          if (output.getKey().contains("_next_")) {
            String input = output.getKey().replace("_next", "");
            runtime.set(input, output.getValue(), 1, 1, output.getValue().length);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void whatWasWrittenIsReadBackToTheBit(SequenceModel model) throws Exception {
    float[] xs = random(STEPS * BATCH * model.inputSize(), 12);
    SequenceModel back = OnnxFile.read(NAME, OnnxWriter.write(model, OnnxForm.SEQUENCE, NAME));
    assertEquals(model.rows(), back.rows());
    assertEquals(model.whyNotEngine(), back.whyNotEngine());
    assertArrayEquals(ours(model, xs), ours(back, xs));
    if (model.whyNotStep().isEmpty()) {
      SequenceModel stepped = OnnxFile.read(NAME, OnnxWriter.write(model, OnnxForm.STEP, NAME));
      assertEquals(model.layers().size(), stepped.layers().size());
      Pass expected = model.layers().getLast().passes().getFirst();
      assertArrayEquals(
          expected.recurrent, stepped.layers().getLast().passes().getFirst().recurrent);
    }
  }

  @Test
  void aFileIsWrittenAndRead() throws Exception {
    LstmWeights weights = RandomWeights.scaled(LstmConfig.builder(3).lstm(5).build(), 1, 1);
    Path file = folder.resolve("m.onnx");
    ModelFiles.write(weights, file);
    assertArrayEquals(
        weights.layers().getFirst().recurrent, ModelFiles.read(file).layers().getFirst().recurrent);
    byte[] first = Files.readAllBytes(file);
    ModelFiles.write(weights, file);
    assertArrayEquals(first, Files.readAllBytes(file));
    assertThrows(
        ModelFormatException.class,
        () ->
            ModelFiles.writeOnnx(
                SequenceModel.of(weights), OnnxForm.STEP, folder.resolve("m.bin")));
  }

  @Test
  void whatTheEngineDoesNotHaveIsSaid() throws Exception {
    SequenceModel model =
        SequenceModel.builder().layer(usual(Cell.LSTM, Direction.BIDIRECTIONAL, 3, 4)).build();
    Path file = folder.resolve("both.onnx");
    ModelFiles.writeOnnx(model, OnnxForm.SEQUENCE, file);
    assertEquals(model.describe(), ModelFiles.readSequenceModel(file).describe());
    ModelFormatException e = assertThrows(ModelFormatException.class, () -> ModelFiles.read(file));
    assertTrue(
        e.getMessage().contains("recurrent layer 0 reads in both directions"), e.getMessage());
  }

  @Test
  void whatOnnxCannotSayIsRefused() {
    SequenceModel masked =
        SequenceModel.builder().layer(usual(Cell.LSTM, Direction.FORWARD, 3, 4)).masking(0).build();
    Pass pass =
        new Pass(
            new float[4 * 2 * 3],
            new float[4 * 2],
            new float[8],
            new float[0],
            new float[2],
            new float[1],
            new float[2],
            Cell.LSTM.usualActivations());
    SequenceLayer projected =
        new SequenceLayer(
            Cell.LSTM, Direction.FORWARD, 3, 2, Float.POSITIVE_INFINITY, false, List.of(pass));
    for (SequenceModel model : List.of(masked, SequenceModel.builder().layer(projected).build())) {
      ModelFormatException e =
          assertThrows(
              ModelFormatException.class, () -> OnnxWriter.write(model, OnnxForm.SEQUENCE, NAME));
      assertTrue(e.getMessage().contains("cannot be written as ONNX"), e.getMessage());
    }
  }
}
