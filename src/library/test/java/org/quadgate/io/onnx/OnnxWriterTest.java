// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.quadgate.io.onnx.OnnxModels.random;

import ai.onnxruntime.OrtException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.quadgate.Model;
import org.quadgate.StreamState;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.io.format.OnnxForm;
import org.quadgate.io.onnx.proto.OnnxGraphBuilder;
import org.quadgate.network.Activation;
import org.quadgate.network.Activation.Function;
import org.quadgate.network.CellType;
import org.quadgate.network.Direction;
import org.quadgate.network.DirectionWeights;
import org.quadgate.network.Network;
import org.quadgate.network.RecurrentLayer;

/** What we write, run by ONNX Runtime. */
@Tag("once")
class OnnxWriterTest {
  private static final Path NAME = Path.of("written.onnx");
  private static final int STEPS = 9;
  private static final int TICKS = 20;
  private static final int BATCH = 3;

  /** ONNX Runtime's functions and sums round otherwise than ours. */
  private static final double TOLERANCE = 1e-5;

  static byte[] bytes(Network model, OnnxForm form, Map<String, String> metadata)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    OnnxWriter.write(model, form, metadata, NAME, Channels.newChannel(bytes));
    return bytes.toByteArray();
  }

  private static byte[] bytes(Network model, OnnxForm form) throws IOException {
    return bytes(model, form, Map.of());
  }

  static Stream<Arguments> models() {
    return OnnxModels.all().entrySet().stream().map(e -> Arguments.of(e.getKey(), e.getValue()));
  }

  static Stream<Arguments> steppedModels() {
    return models().filter(a -> ((Network) a.get()[1]).whyNotStep().isEmpty());
  }

  private static void assertClose(float[] expected, float[] actual) {
    double distance = distance(expected, actual);
    assertTrue(distance <= 1, () -> "of what is allowed: " + distance);
  }

  /** The largest difference as a share of what is allowed, absolutely and relatively. */
  private static double distance(float[] expected, float[] actual) {
    assertEquals(expected.length, actual.length);
    double most = 0;
    for (int i = 0; i < expected.length; i++) {
      double allowed = TOLERANCE * Math.max(1, Math.abs(expected[i]));
      double share = Math.abs((double) expected[i] - actual[i]) / allowed;
      most = Double.isNaN(share) ? Double.POSITIVE_INFINITY : Math.max(most, share);
    }
    return most;
  }

  private static float[] ours(Network network, float[] xs) {
    float[] ys = new float[network.outputRows(STEPS) * BATCH * network.outputSize()];
    try (Model model = Model.of(network)) {
      model.run(xs, STEPS, BATCH, null, ys);
    }
    return ys;
  }

  private static float[] theirs(Network model, float[] xs) throws IOException, OrtException {
    try (OrtModel runtime = new OrtModel(bytes(model, OnnxForm.SEQUENCE))) {
      runtime.set("xs", xs, STEPS, BATCH, model.inputSize());
      return runtime.run().get("ys");
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("models")
  void onnxRuntimeGivesOurSequences(String name, Network model) throws Exception {
    float[] xs = random(STEPS * BATCH * model.inputSize(), 11);
    assertClose(ours(model, xs), theirs(model, xs));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("steppedModels")
  void onnxRuntimeGivesOurSteps(String name, Network network) throws Exception {
    Model model = Model.of(network);
    List<StreamState> states = new ArrayList<>();
    for (int b = 0; b < BATCH; b++) {
      states.add(model.newState());
    }
    int in = model.inputSize();
    int out = model.outputSize();
    try (OrtModel runtime = new OrtModel(bytes(network, OnnxForm.STEP))) {
      begin(runtime, network);
      for (int t = 0; t < TICKS; t++) {
        float[] x = random(BATCH * in, t); // [batch][input]
        float[] y = new float[BATCH * out]; // [batch][output]
        for (int b = 0; b < BATCH; b++) {
          float[] row = new float[out];
          model.step(states.get(b), Arrays.copyOfRange(x, b * in, (b + 1) * in), row);
          System.arraycopy(row, 0, y, b * out, out);
        }
        runtime.set("x", x, BATCH, in);
        Map<String, float[]> outputs = runtime.run();
        assertClose(y, outputs.get("y"));
        feedBack(runtime, network, outputs);
      }
    }
  }

  /** Sets every state to what a user of the file alone would find to begin with. */
  private static void begin(OrtModel runtime, Network model) throws OrtException {
    for (int i = 0; i < model.layers().size(); i++) {
      int hidden = model.layers().get(i).hiddenSize();
      for (String state : states(model, i)) {
        String json = runtime.metadata().get("quadgate.initial_" + state + "_" + i);
        float[] all = new float[BATCH * hidden];
        for (int k = 0; k < all.length && json != null; k++) {
          String[] numbers = json.substring(1, json.length() - 1).split(",", -1);
          assertEquals(hidden, numbers.length);
          all[k] = Float.parseFloat(numbers[k % hidden]);
        }
        runtime.set(state + "_" + i, all, 1, BATCH, hidden);
      }
    }
  }

  private static void feedBack(OrtModel runtime, Network model, Map<String, float[]> outputs)
      throws OrtException {
    int count = 1;
    for (int i = 0; i < model.layers().size(); i++) {
      int hidden = model.layers().get(i).hiddenSize();
      for (String state : states(model, i)) {
        runtime.set(state + "_" + i, outputs.get(state + "_next_" + i), 1, BATCH, hidden);
        count++;
      }
    }
    assertEquals(count, outputs.size());
  }

  private static List<String> states(Network model, int layer) {
    return model.layers().get(layer).cell() == CellType.LSTM ? List.of("h", "c") : List.of("h");
  }

  /** Every number of a network is in the file, and the comparison sees if it is another one. */
  @Test
  void aDifferenceAnywhereIsSeen() throws Exception {
    Network network = OnnxModels.everything();
    float[] xs = random(STEPS * BATCH * network.inputSize(), 11);
    float[] expected = ours(network, xs);
    for (Map.Entry<String, Network> changed : ChangedNetworks.of(network).entrySet()) {
      float[] theirs = theirs(changed.getValue(), xs);
      assertTrue(distance(expected, theirs) > 1, changed.getKey());
      assertTrue(distance(ours(changed.getValue(), xs), theirs) <= 1, changed.getKey());
    }
    assertClose(expected, theirs(network, xs));
  }

  /** Functions that are several nodes of a head are not read as one layer. */
  private static boolean isReadBack(Network model) {
    return model.head().stream()
        .map(linear -> linear.activation())
        .allMatch(
            f ->
                f.equals(Activation.IDENTITY)
                    || (f.function() != Function.AFFINE && f.function() != Function.SCALED_TANH));
  }

  static Stream<Arguments> modelsReadBack() {
    return models().filter(a -> isReadBack((Network) a.get()[1]));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("modelsReadBack")
  void whatWasWrittenIsReadBackToTheBit(String name, Network model) throws Exception {
    float[] xs = random(STEPS * BATCH * model.inputSize(), 12);
    Network back = OnnxFile.read(NAME, bytes(model, OnnxForm.SEQUENCE));
    assertEquals(model.rows(), back.rows());
    assertEquals(model.describe(), back.describe());
    assertEquals(model.whyNotPlain(), back.whyNotPlain());
    assertArrayEquals(ours(model, xs), ours(back, xs));
    if (model.whyNotStep().isEmpty()) {
      Network stepped = OnnxFile.read(NAME, bytes(model, OnnxForm.STEP));
      assertEquals(model.layers().size(), stepped.layers().size());
      for (int i = 0; i < model.layers().size(); i++) {
        DirectionWeights expected = model.layers().get(i).directions().getFirst();
        DirectionWeights actual = stepped.layers().get(i).directions().getFirst();
        assertArrayEquals(expected.input(), actual.input());
        assertArrayEquals(expected.recurrent(), actual.recurrent());
        assertArrayEquals(expected.bias(), actual.bias());
        assertArrayEquals(expected.initialHidden(), actual.initialHidden());
        assertArrayEquals(expected.initialCell(), actual.initialCell());
      }
    }
  }

  /** The others are refused, or read as a scaling that is the same. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("models")
  void nothingIsReadAsAnotherNetwork(String name, Network model) throws Exception {
    float[] xs = random(STEPS * BATCH * model.inputSize(), 12);
    byte[] bytes = bytes(model, OnnxForm.SEQUENCE);
    Network back;
    try {
      back = OnnxFile.read(NAME, bytes);
    } catch (ModelFormatException e) {
      assertFalse(isReadBack(model), e.getMessage());
      return;
    }
    assertClose(ours(model, xs), ours(back, xs));
  }

  @Test
  void theSameNetworkGivesTheSameBytes() throws Exception {
    Map<String, String> metadata = Map.of("b", "2", "a", "1", "c", "3");
    for (OnnxForm form : OnnxForm.values()) {
      assertArrayEquals(
          bytes(OnnxModels.everything(), form, metadata),
          bytes(OnnxModels.everything(), form, metadata));
    }
  }

  private static void assertRefused(Network model, OnnxForm form, String why) {
    ModelFormatException e = assertThrows(ModelFormatException.class, () -> bytes(model, form));
    assertTrue(e.getMessage().contains(why), e.getMessage());
    assertTrue(e.getMessage().contains(NAME.toString()), e.getMessage());
  }

  @Test
  void whatOnnxCannotSayIsRefused() {
    RecurrentLayer plain = OnnxModels.usual(CellType.LSTM, Direction.FORWARD, 3, 4);
    assertRefused(Network.builder().layer(plain).masking(0).build(), OnnxForm.SEQUENCE, "masking");
    RecurrentLayer projected =
        RecurrentLayer.builder(CellType.LSTM, 4, 2)
            .weights(
                DirectionWeights.builder(new float[4 * 2 * 4], new float[4 * 2], new float[4 * 2])
                    .projection(new float[2])
                    .build())
            .build();
    Network model = Network.builder().layer(plain).layer(projected).build();
    assertRefused(model, OnnxForm.SEQUENCE, "recurrent layer 1 projects its hidden state");
    RecurrentLayer reverse = OnnxModels.usual(CellType.RNN, Direction.REVERSE, 3, 4);
    assertRefused(
        Network.builder().layer(reverse).build(),
        OnnxForm.STEP,
        "recurrent layer 0 reads from the last timestep");
  }

  @Test
  void aNumberThatIsNoneIsInNoNetwork() {
    float[] peephole = new float[12];
    peephole[5] = Float.NaN;
    DirectionWeights.Builder weights =
        DirectionWeights.builder(new float[16 * 3], new float[16 * 4], new float[16])
            .peephole(peephole);
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, weights::build);
    assertEquals("peepholes[5] is NaN, expected a finite number", e.getMessage());
  }

  @Test
  void textThatIsNoUnicodeIsRefused() {
    Network model = OnnxModels.everything();
    ModelFormatException e =
        assertThrows(
            ModelFormatException.class,
            () -> bytes(model, OnnxForm.SEQUENCE, Map.of("key", "\ud800")));
    assertTrue(e.getMessage().contains("metadata"), e.getMessage());
  }

  @Test
  void aFileBeyondWhatProtobufHoldsIsRefused() throws Exception {
    float[] shared = new float[1 << 23]; // 32 MiB, of which a builder makes no copy
    OnnxGraphBuilder graph = new OnnxGraphBuilder();
    for (int i = 0; i < 63; i++) {
      graph.floats("w" + i, shared, shared.length);
    }
    OnnxWriter.checkSize(NAME, graph.model(14, "", Map.of()).size());
    graph.floats("one too many", shared, shared.length);
    long size = graph.model(14, "", Map.of()).size();
    ModelFormatException e =
        assertThrows(ModelFormatException.class, () -> OnnxWriter.checkSize(NAME, size));
    assertTrue(e.getMessage().contains("2 GiB"), e.getMessage());
    assertTrue(e.getMessage().contains(Long.toString(size)), e.getMessage());
  }
}
