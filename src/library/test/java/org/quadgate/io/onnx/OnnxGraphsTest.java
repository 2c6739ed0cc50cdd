// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.quadgate.Model;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.network.Network;

/**
 * More graphs of exporters, and one thing that the specification allows or forbids a file;
 * scripts/make_onnx_graphs.py made them, and describes what lies beside them.
 */
@Tag("once")
class OnnxGraphsTest {
  private static final Path FOLDER = Path.of("src", "library", "test", "resources", "onnx-graphs");

  /** The outputs are those of double precision. */
  private static final double TOLERANCE = 1e-5;

  /**
   * Valid, and refused by us: states of several layers given another shape at once. docs/formats.md
   * says so.
   */
  private static final Set<String> NOT_READ = Set.of("pt_bi_hidden_view");

  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  private record Values(String name, int[] shape, float[] values) {
    static Values of(String[] words) {
      int[] shape = Arrays.stream(words[2].split("x", -1)).mapToInt(Integer::parseInt).toArray();
      float[] values = new float[words.length - 3];
      for (int i = 0; i < values.length; i++) {
        values[i] = Float.parseFloat(words[i + 3]);
      }
      return new Values(words[1], shape, values);
    }
  }

  /** One run: inputs and outputs in the graph's order. */
  private record Case(List<Values> inputs, List<Values> outputs) {}

  private static List<Case> cases(List<String> lines) {
    List<Case> cases = new ArrayList<>();
    for (String line : lines) {
      String[] words = line.split(" ", -1);
      switch (words[0]) {
        case "case" -> cases.add(new Case(new ArrayList<>(), new ArrayList<>()));
        case "input" -> cases.getLast().inputs.add(Values.of(words));
        case "output" -> cases.getLast().outputs.add(Values.of(words));
        default -> assertTrue(line.startsWith("#"), line);
      }
    }
    return cases;
  }

  static List<String> graphs() throws IOException {
    return GraphFiles.names(FOLDER);
  }

  static List<String> refused() throws IOException {
    return GraphFiles.names(FOLDER.resolve("refused"));
  }

  @Test
  void theGraphsAreThere() throws IOException {
    assertTrue(graphs().size() >= 200, graphs().size() + " graphs");
    assertTrue(refused().size() >= 50, refused().size() + " refused");
  }

  @ParameterizedTest
  @MethodSource("graphs")
  void aGraphGivesWhatItGives(String name) throws IOException {
    Path file = FOLDER.resolve(name + ".onnx");
    if (NOT_READ.contains(name)) {
      assertThrows(ModelFormatException.class, () -> OnnxFile.read(file));
      return;
    }
    Network network = OnnxFile.read(file);
    List<String> lines = Files.readAllLines(FOLDER.resolve(name + ".golden.txt"));
    boolean batchFirst = lines.getFirst().contains("x [N, T, I]");
    int compared = 0;
    for (Case each : cases(lines)) {
      // states that the caller gives are streams', which this model begins by itself
      if (each.inputs.size() == 1 && each.inputs.getFirst().shape.length == 3) {
        compare(name, network, each, batchFirst);
        compared++;
      }
    }
    boolean given = cases(lines).stream().anyMatch(each -> each.inputs.size() > 1);
    boolean unbatched = cases(lines).getFirst().inputs.getFirst().shape.length < 3;
    assertTrue(compared > 0 || given || unbatched, "nothing was compared");
  }

  private static void compare(String name, Network network, Case each, boolean batchFirst) {
    Values x = each.inputs.getFirst();
    int steps = x.shape[batchFirst ? 1 : 0];
    int batch = x.shape[batchFirst ? 0 : 1];
    float[] xs = batchFirst ? GraphFiles.swapped(x.values, batch, steps) : x.values;
    float[] ys = new float[network.outputRows(steps) * batch * network.outputSize()];
    try (Model model = Model.of(network)) {
      model.run(xs, steps, batch, null, ys);
    }
    Values y = each.outputs.getFirst();
    boolean sequence = network.outputRows(steps) > 1;
    float[] expected =
        batchFirst && sequence ? GraphFiles.swapped(y.values, batch, steps) : y.values;
    assertEquals(expected.length, ys.length, name);
    for (int i = 0; i < ys.length; i++) {
      assertEquals(expected[i], ys[i], TOLERANCE * (1 + Math.abs(expected[i])), name + " " + i);
    }
  }

  @ParameterizedTest
  @MethodSource("refused")
  void aGraphThatIsNotUnderstoodIsRefused(String name) throws IOException {
    Path file = FOLDER.resolve("refused").resolve(name + ".onnx");
    ModelFormatException e = assertThrows(ModelFormatException.class, () -> OnnxFile.read(file));
    for (String reason : Files.readAllLines(file.resolveSibling(name + ".reason.txt"))) {
      assertTrue(e.getMessage().contains(reason.strip()), reason + " in " + e.getMessage());
    }
  }
}
