// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.quadgate.io.ModelFiles;
import org.quadgate.io.safetensors.SafetensorsFile;
import org.quadgate.network.WeightArrays;

/**
 * Outputs and final states against those of real PyTorch modules, which scripts/make_fixtures.py
 * wrote. A difference is relative to the largest magnitude of its output over the run: PyTorch's
 * own single precision is up to 5e-7 away from its double precision on these.
 */
class PyTorchGoldenTest {
  private static final double RELATIVE = 2e-6;
  private static final Path FIXTURES = Path.of("src", "library", "test", "resources", "fixtures");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tiny_1_1",
        "odd_3_13",
        "wide_5_100",
        "base_8_32",
        "mid_16_64x3",
        "rnn_4_20",
        "chained_6",
        "prefixed_4_16",
        "bare_7_21",
        "nobias_3_9",
        "two_linear_5_12",
        "scaled_4_19"
      })
  void outputsAndStatesArePyTorchs(String name) throws IOException {
    SafetensorsFile golden = SafetensorsFile.read(FIXTURES.resolve(name + ".golden.safetensors"));
    Model model = Model.of(ModelFiles.read(FIXTURES.resolve(name + ".safetensors")));
    StreamState state = model.newState();
    int in = model.inputSize();
    int out = model.outputSize();
    float[] xs = golden.tensor("x").data();
    float[] expected = golden.tensor("y").data();
    float[] ys = new float[expected.length];
    int steps = xs.length / in;
    assertEquals(steps * out, expected.length);
    for (int t = 0; t < steps; t++) {
      float[] y = new float[out];
      model.step(state, Arrays.copyOfRange(xs, t * in, (t + 1) * in), y);
      System.arraycopy(y, 0, ys, t * out, out);
    }
    assertTrue(largestDifference(expected, ys, out) <= RELATIVE, name + " outputs");
    for (int layer = 0; layer < model.network().layers().size(); layer++) {
      float[] h = golden.tensor("h_n." + layer).data();
      assertTrue(largestDifference(h, state.hidden(layer), h.length) <= RELATIVE, name + " h");
      if (model.network().layers().get(layer).cell().hasCellState()) {
        float[] c = golden.tensor("c_n." + layer).data();
        assertTrue(largestDifference(c, state.cell(layer), c.length) <= RELATIVE, name + " c");
      }
    }
  }

  /** Relative to the largest magnitude in a column, or to 1 for a vector of states. */
  private static double largestDifference(float[] expected, float[] found, int columns) {
    assertEquals(expected.length, found.length);
    double worst = 0;
    for (int column = 0; column < columns; column++) {
      double scale = columns == expected.length ? 1 : 0;
      double difference = 0;
      for (int i = column; i < expected.length; i += columns) {
        scale = Math.max(scale, Math.abs(expected[i]));
        difference = Math.max(difference, Math.abs((double) expected[i] - found[i]));
        assertTrue(Float.isFinite(found[i]));
      }
      worst = Math.max(worst, difference / scale);
    }
    return worst;
  }

  @Test
  void aSwappedGateWouldShow() throws IOException {
    WeightArrays weights =
        ModelFiles.read(FIXTURES.resolve("base_8_32.safetensors")).weightArrays();
    float[] bias = weights.layers().getFirst().bias;
    float kept = bias[0];
    bias[0] = bias[32];
    bias[32] = kept;
    SafetensorsFile golden = SafetensorsFile.read(FIXTURES.resolve("base_8_32.golden.safetensors"));
    Model model = Model.of(weights.toNetwork());
    float[] y = new float[1];
    model.step(model.newState(), Arrays.copyOf(golden.tensor("x").data(), 8), y);
    float[] first = Arrays.copyOf(golden.tensor("y").data(), 1);
    assertTrue(largestDifference(first, y, 1) > 100 * RELATIVE);
  }
}
