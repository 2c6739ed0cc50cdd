// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.quadgate.Model;
import org.quadgate.StreamState;
import org.quadgate.io.format.ModelFormatException;

/** Graphs as exporters write them; scripts/make_onnx_fixtures.py made them and what they give. */
@Tag("once")
class OnnxFixturesTest {
  static final Path FIXTURES = Path.of("src", "library", "test", "resources", "onnx");

  /** PyTorch and the float64 references round otherwise than we do. */
  private static final double TOLERANCE = 1e-5;

  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  record Golden(float[][] inputs, double[][] outputs) {
    static Golden read(String name) throws IOException {
      String[] parts = Files.readString(FIXTURES.resolve(name + ".golden.txt")).split("\n\n", 2);
      double[][] inputs = rows(parts[0]);
      float[][] floats = new float[inputs.length][];
      for (int i = 0; i < inputs.length; i++) {
        floats[i] = new float[inputs[i].length];
        for (int k = 0; k < floats[i].length; k++) {
          floats[i][k] = (float) inputs[i][k];
        }
      }
      return new Golden(floats, rows(parts[1]));
    }

    private static double[][] rows(String text) {
      return text.lines()
          .map(
              line ->
                  Arrays.stream(line.trim().split(" ")).mapToDouble(Double::parseDouble).toArray())
          .toArray(double[][]::new);
    }

    float[] flat() {
      float[] xs = new float[inputs.length * inputs[0].length];
      for (int t = 0; t < inputs.length; t++) {
        System.arraycopy(inputs[t], 0, xs, t * inputs[t].length, inputs[t].length);
      }
      return xs;
    }
  }

  static List<String> names() throws IOException {
    return GraphFiles.names(FIXTURES);
  }

  static List<String> refused() throws IOException {
    return GraphFiles.names(FIXTURES.resolve("refused"));
  }

  @Test
  void theFixturesAreThere() throws IOException {
    assertTrue(names().size() >= 40, names().toString());
    assertTrue(refused().size() >= 15, refused().toString());
  }

  @ParameterizedTest
  @MethodSource("names")
  void aGraphGivesWhatItsExporterGives(String name) throws IOException {
    Golden golden = Golden.read(name);
    int steps = golden.inputs.length;
    try (Model model = Model.of(OnnxFile.read(FIXTURES.resolve(name + ".onnx")))) {
      float[] ys = new float[model.outputRows(steps) * model.outputSize()];
      model.run(golden.flat(), steps, ys);
      assertEquals(golden.outputs.length, model.outputRows(steps));
      for (int row = 0; row < golden.outputs.length; row++) {
        assertRow(golden.outputs[row], ys, row);
      }
      if (model.whyNotStep().isEmpty()) {
        streams(model, golden);
      }
    }
  }

  /** The same network tick by tick; the last outputs are those of the whole sequence. */
  private static void streams(Model model, Golden golden) {
    StreamState state = model.newState();
    float[] y = new float[model.outputSize()];
    for (float[] x : golden.inputs) {
      model.step(state, x, y);
    }
    assertRow(golden.outputs[golden.outputs.length - 1], y, 0);
  }

  private static void assertRow(double[] expected, float[] ys, int row) {
    for (int i = 0; i < expected.length; i++) {
      double allowed = TOLERANCE * (1 + Math.abs(expected[i]));
      assertEquals(expected[i], ys[row * expected.length + i], allowed, "row " + row + " " + i);
    }
  }

  @ParameterizedTest
  @MethodSource("refused")
  void aGraphThatIsNotUnderstoodIsRefused(String name) throws IOException {
    Path file = FIXTURES.resolve("refused").resolve(name + ".onnx");
    String reason = Files.readString(file.resolveSibling(name + ".reason.txt")).strip();
    ModelFormatException e = assertThrows(ModelFormatException.class, () -> OnnxFile.read(file));
    assertTrue(e.getMessage().contains(reason), e.getMessage());
  }
}
