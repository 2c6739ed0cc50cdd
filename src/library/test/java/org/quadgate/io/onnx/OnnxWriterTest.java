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
import org.quadgate.io.ModelFormatException;
import org.quadgate.io.OnnxForm;
import org.quadgate.network.Activation;
import org.quadgate.network.Activation.Function;
import org.quadgate.sequence.LinearLayer;
import org.quadgate.sequence.SequenceLayer;
import org.quadgate.sequence.SequenceLayer.Cell;
import org.quadgate.sequence.SequenceLayer.Direction;
import org.quadgate.sequence.SequenceLayer.Pass;
import org.quadgate.sequence.SequenceModel;
import org.quadgate.sequence.SequenceState;

/** What we write, run by ONNX Runtime. */
@Tag("once")
class OnnxWriterTest {
  private static final Path NAME = Path.of("written.onnx");
  private static final int STEPS = 9;
  private static final int TICKS = 20;
  private static final int BATCH = 3;

  /** ONNX Runtime's functions and sums round otherwise than ours. */
  private static final double TOLERANCE = 1e-5;

  static byte[] bytes(SequenceModel model, OnnxForm form, Map<String, String> metadata)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    OnnxWriter.write(model, form, metadata, NAME, Channels.newChannel(bytes));
    return bytes.toByteArray();
  }

  private static byte[] bytes(SequenceModel model, OnnxForm form) throws IOException {
    return bytes(model, form, Map.of());
  }

  static Stream<Arguments> models() {
    return OnnxModels.all().entrySet().stream().map(e -> Arguments.of(e.getKey(), e.getValue()));
  }

  static Stream<Arguments> steppedModels() {
    return models().filter(a -> ((SequenceModel) a.get()[1]).whyNotStep().isEmpty());
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

  private static float[] ours(SequenceModel model, float[] xs) {
    float[] ys = new float[model.outputRows(STEPS) * BATCH * model.outputSize()];
    model.run(xs, STEPS, BATCH, null, ys);
    return ys;
  }

  private static float[] theirs(SequenceModel model, float[] xs) throws IOException, OrtException {
    try (OrtModel runtime = new OrtModel(bytes(model, OnnxForm.SEQUENCE))) {
      runtime.set("xs", xs, STEPS, BATCH, model.inputSize());
      return runtime.run().get("ys");
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("models")
  void onnxRuntimeGivesOurSequences(String name, SequenceModel model) throws Exception {
    float[] xs = random(STEPS * BATCH * model.inputSize(), 11);
    assertClose(ours(model, xs), theirs(model, xs));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("steppedModels")
  void onnxRuntimeGivesOurSteps(String name, SequenceModel model) throws Exception {
    List<SequenceState> states = new ArrayList<>();
    for (int b = 0; b < BATCH; b++) {
      states.add(model.newState());
    }
    int in = model.inputSize();
    int out = model.outputSize();
    try (OrtModel runtime = new OrtModel(bytes(model, OnnxForm.STEP))) {
      begin(runtime, model);
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
        feedBack(runtime, model, outputs);
      }
    }
  }

  /** Sets every state to what a user of the file alone would find to begin with. */
  private static void begin(OrtModel runtime, SequenceModel model) throws OrtException {
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

  private static void feedBack(OrtModel runtime, SequenceModel model, Map<String, float[]> outputs)
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

  private static List<String> states(SequenceModel model, int layer) {
    return model.layers().get(layer).cell() == Cell.LSTM ? List.of("h", "c") : List.of("h");
  }

  /** Their output of a changed network is not what was expected, but ours of the changed one. */
  private static void assertSeen(float[] expected, SequenceModel changed, float[] xs, String what)
      throws IOException, OrtException {
    float[] theirs = theirs(changed, xs);
    assertTrue(distance(expected, theirs) > 1, what);
    assertTrue(distance(ours(changed, xs), theirs) <= 1, what);
  }

  /** A network of the same layers, whose arrays may have been changed meanwhile. */
  private static SequenceModel rebuilt(
      SequenceModel from, SequenceLayer first, List<LinearLayer> head, List<float[]> scalings) {
    SequenceModel.Builder builder = SequenceModel.builder().layer(first).rows(from.rows());
    from.layers().stream().skip(1).forEach(builder::layer);
    head.forEach(builder::linear);
    return builder
        .inputScaling(scalings.get(0), scalings.get(1))
        .outputScaling(scalings.get(2), scalings.get(3))
        .build();
  }

  /** Every number of a network is in the file, and the comparison sees if it is another one. */
  @Test
  void aDifferenceAnywhereIsSeen() throws Exception {
    SequenceModel model = OnnxModels.everything();
    float[] xs = random(STEPS * BATCH * model.inputSize(), 11);
    float[] expected = ours(model, xs);
    SequenceLayer first = model.layers().getFirst();
    Pass pass = first.passes().getFirst();
    List<float[]> scalings =
        List.of(model.inputMean(), model.inputStd(), model.outputMean(), model.outputStd());
    List<float[]> arrays = new ArrayList<>(scalings);
    arrays.addAll(List.of(pass.input, pass.recurrent, pass.bias, pass.peephole));
    arrays.addAll(List.of(pass.initialHidden, pass.initialCell));
    for (LinearLayer linear : model.head()) {
      arrays.addAll(List.of(linear.weight(), linear.bias()));
    }
    for (int i = 0; i < arrays.size(); i++) {
      float[] array = arrays.get(i);
      for (int at : new int[] {0, array.length / 2, array.length - 1}) {
        float before = array[at];
        array[at] += 0.3f;
        SequenceModel other = rebuilt(model, first, model.head(), scalings);
        assertSeen(expected, other, xs, "array " + i + " at " + at);
        array[at] = before;
      }
    }
    assertClose(expected, theirs(rebuilt(model, first, model.head(), scalings), xs));
    for (SequenceLayer other : otherwise(first)) {
      SequenceModel changed = rebuilt(model, other, model.head(), scalings);
      assertSeen(expected, changed, xs, other.toString());
    }
    for (int i = 0; i < model.head().size(); i++) {
      List<LinearLayer> head = new ArrayList<>(model.head());
      LinearLayer linear = head.get(i);
      Activation f = linear.activation();
      Activation other = new Activation(f.function(), f.alpha() + 0.1f, f.beta());
      head.set(
          i,
          new LinearLayer(
              linear.inputs(), linear.outputs(), linear.weight(), linear.bias(), other));
      SequenceModel changed = rebuilt(model, first, head, scalings);
      assertSeen(expected, changed, xs, f.toString());
    }
  }

  /** A layer with each attribute changed in turn. */
  private static List<SequenceLayer> otherwise(SequenceLayer from) {
    Pass pass = from.passes().getFirst();
    List<SequenceLayer> others = new ArrayList<>();
    others.add(like(from, Direction.REVERSE, from.clip(), from.coupled(), pass));
    others.add(like(from, Direction.FORWARD, from.clip() + 0.1f, from.coupled(), pass));
    others.add(like(from, Direction.FORWARD, from.clip(), !from.coupled(), pass));
    for (int i = 0; i < pass.activations.size(); i++) {
      Activation f = pass.activations.get(i);
      List<Activation> changed =
          List.of(
              new Activation(f.function(), f.alpha() + 0.1f, f.beta()),
              new Activation(f.function(), f.alpha(), f.beta() + 0.1f));
      for (int n = 0; n < f.function().numbers(); n++) {
        List<Activation> functions = new ArrayList<>(pass.activations);
        functions.set(i, changed.get(n));
        Pass other =
            new Pass(
                pass.input,
                pass.recurrent,
                pass.bias,
                pass.peephole,
                pass.projection,
                pass.initialHidden,
                pass.initialCell,
                functions);
        others.add(like(from, Direction.FORWARD, from.clip(), from.coupled(), other));
      }
    }
    return others;
  }

  private static SequenceLayer like(
      SequenceLayer from, Direction direction, float clip, boolean coupled, Pass pass) {
    return new SequenceLayer(
        from.cell(), direction, from.inputSize(), from.hiddenSize(), clip, coupled, List.of(pass));
  }

  /** Functions that are several nodes of a head are not read as one layer. */
  private static boolean isReadBack(SequenceModel model) {
    return model.head().stream()
        .map(linear -> linear.activation())
        .allMatch(
            f ->
                f.equals(Activation.IDENTITY)
                    || (f.function() != Function.AFFINE && f.function() != Function.SCALED_TANH));
  }

  static Stream<Arguments> modelsReadBack() {
    return models().filter(a -> isReadBack((SequenceModel) a.get()[1]));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("modelsReadBack")
  void whatWasWrittenIsReadBackToTheBit(String name, SequenceModel model) throws Exception {
    float[] xs = random(STEPS * BATCH * model.inputSize(), 12);
    SequenceModel back = OnnxFile.read(NAME, bytes(model, OnnxForm.SEQUENCE));
    assertEquals(model.rows(), back.rows());
    assertEquals(model.describe(), back.describe());
    assertEquals(model.whyNotEngine(), back.whyNotEngine());
    assertArrayEquals(ours(model, xs), ours(back, xs));
    if (model.whyNotStep().isEmpty()) {
      SequenceModel stepped = OnnxFile.read(NAME, bytes(model, OnnxForm.STEP));
      assertEquals(model.layers().size(), stepped.layers().size());
      for (int i = 0; i < model.layers().size(); i++) {
        Pass expected = model.layers().get(i).passes().getFirst();
        Pass actual = stepped.layers().get(i).passes().getFirst();
        assertArrayEquals(expected.input, actual.input);
        assertArrayEquals(expected.recurrent, actual.recurrent);
        assertArrayEquals(expected.bias, actual.bias);
      }
    }
  }

  /** The others are refused, or read as a scaling that is the same. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("models")
  void nothingIsReadAsAnotherNetwork(String name, SequenceModel model) throws Exception {
    float[] xs = random(STEPS * BATCH * model.inputSize(), 12);
    byte[] bytes = bytes(model, OnnxForm.SEQUENCE);
    SequenceModel back;
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

  private static void assertRefused(SequenceModel model, OnnxForm form, String why) {
    ModelFormatException e = assertThrows(ModelFormatException.class, () -> bytes(model, form));
    assertTrue(e.getMessage().contains(why), e.getMessage());
    assertTrue(e.getMessage().contains(NAME.toString()), e.getMessage());
  }

  @Test
  void whatOnnxCannotSayIsRefused() {
    SequenceLayer plain = OnnxModels.usual(Cell.LSTM, Direction.FORWARD, 3, 4);
    assertRefused(
        SequenceModel.builder().layer(plain).masking(0).build(), OnnxForm.SEQUENCE, "masking");
    Pass projecting =
        new Pass(
            new float[4 * 2 * 4],
            new float[4 * 2],
            new float[4 * 2],
            new float[0],
            new float[2],
            new float[1],
            new float[2],
            Cell.LSTM.usualActivations());
    SequenceLayer projected =
        new SequenceLayer(
            Cell.LSTM,
            Direction.FORWARD,
            4,
            2,
            Float.POSITIVE_INFINITY,
            false,
            List.of(projecting));
    SequenceModel model = SequenceModel.builder().layer(plain).layer(projected).build();
    assertRefused(model, OnnxForm.SEQUENCE, "recurrent layer 1 projects its hidden state");
    SequenceLayer reverse = OnnxModels.usual(Cell.RNN, Direction.REVERSE, 3, 4);
    assertRefused(
        SequenceModel.builder().layer(reverse).build(),
        OnnxForm.STEP,
        "recurrent layer 0 reads from the last timestep");
  }

  @Test
  void aNumberThatIsNoneIsRefused() {
    SequenceModel model = OnnxModels.everything();
    model.layers().getFirst().passes().getFirst().peephole[5] = Float.NaN;
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> bytes(model, OnnxForm.SEQUENCE));
    assertEquals("recurrent layer 0, direction 0: peephole 5 is NaN", e.getMessage());
  }

  @Test
  void textThatIsNoUnicodeIsRefused() {
    SequenceModel model = OnnxModels.everything();
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
