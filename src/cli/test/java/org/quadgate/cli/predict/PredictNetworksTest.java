// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.predict;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quadgate.Model;
import org.quadgate.StreamState;
import org.quadgate.cli.Cli;
import org.quadgate.cli.Networks;
import org.quadgate.io.ModelFiles;
import org.quadgate.network.Network;
import org.quadgate.options.ModelOptions;
import org.quadgate.options.Precision;

/** {@code predict} with every kind of network, at every precision: what the model itself says. */
@Tag("once")
class PredictNetworksTest {
  private static final int ROWS = 400;
  private static final String[] KEYS = {"u", "v", "w"};

  @TempDir private Path dir;

  private final List<float[]> inputs = new ArrayList<>();
  private final List<String> keys = new ArrayList<>();

  private String csv() {
    Random random = new Random(9);
    StringBuilder csv = new StringBuilder("key,a,b,c\n");
    for (int row = 0; row < ROWS; row++) {
      // whole numbers from -1, so that some timesteps are masked
      float[] x = {random.nextInt(3) - 1, random.nextInt(3) - 1, random.nextInt(3) - 1};
      String key = KEYS[random.nextInt(KEYS.length)];
      inputs.add(x);
      keys.add(key);
      csv.append(key + "," + x[0] + "," + x[1] + "," + x[2] + "\n");
    }
    return csv.toString();
  }

  /** What steps give, as the command writes it. */
  private List<String> stepped(Model model, boolean grouped) {
    Map<String, StreamState> states = new HashMap<>();
    List<String> lines = new ArrayList<>();
    float[] y = new float[model.outputSize()];
    for (int row = 0; row < ROWS; row++) {
      String key = grouped ? keys.get(row) : "";
      float[] x = Arrays.copyOf(inputs.get(row), model.inputSize());
      model.step(states.computeIfAbsent(key, _ -> model.newState()), x, y);
      StringBuilder line = new StringBuilder(key);
      for (int i = 0; i < y.length; i++) {
        line.append(i > 0 || grouped ? "," : "").append(y[i]);
      }
      lines.add(line.toString());
    }
    return lines;
  }

  @Test
  void eachRowIsAStep() throws IOException {
    String csv = csv();
    Path data = Files.writeString(dir.resolve("rows.csv"), csv);
    for (Path file : Networks.saveRare(dir)) {
      Network network = ModelFiles.read(file);
      String features = network.inputSize() == 2 ? "a,b" : "a,b,c";
      for (Precision precision : Precision.values()) {
        Object[] predict = {
          "predict", "--model", file, "--precision", precision, "--features", features
        };
        try (Model model = Model.of(network, ModelOptions.DEFAULT.withPrecision(precision))) {
          String what = file + " at " + precision;
          List<String> alone = stepped(model, false);
          assertEquals(alone, run(csv, predict), what);
          assertEquals(alone, run("", predict, "--data", data), what + ", a file");
          List<String> grouped = stepped(model, true);
          assertEquals(grouped, run(csv, predict, "--group", "key"), what);
          assertEquals(
              grouped, run("", predict, "--group", "key", "--data", data), what + ", a file");
        }
      }
    }
  }

  private static List<String> run(String in, Object[] first, Object... more) {
    List<String> lines = Cli.runOn(in, Cli.words(List.of(first), more)).assertDone().lines();
    return lines.subList(1, lines.size());
  }

  @Test
  void wholeSequencesArePredictedGroupByGroup() throws IOException {
    String csv = csv();
    Path data = Files.writeString(dir.resolve("rows.csv"), csv);
    Path file = Networks.save(Networks.bidirectional(), dir.resolve("both.onnx"));
    Object[] predict = {"predict", "--model", file};
    for (Precision precision : Precision.values()) {
      Model model = Model.of(ModelFiles.read(file), ModelOptions.DEFAULT.withPrecision(precision));
      Map<String, List<String>> outputs = new HashMap<>();
      for (String key : KEYS) {
        outputs.put(key, sequence(model, key));
      }
      List<String> expected = new ArrayList<>();
      for (String key : keys) {
        expected.add(key + "," + outputs.get(key).removeFirst());
      }
      Object[] options = {"--group", "key", "--precision", precision};
      assertEquals(expected, run(csv, predict, options), "a pipe at " + precision);
      Object[] filed = Cli.words(List.of(options), "--data", data);
      assertEquals(expected, run("", predict, filed), "a file at " + precision);
    }
  }

  private List<String> sequence(Model model, String key) {
    List<float[]> rows = new ArrayList<>();
    for (int row = 0; row < ROWS; row++) {
      if (keys.get(row).equals(key)) {
        rows.add(inputs.get(row));
      }
    }
    float[] xs = new float[3 * rows.size()];
    for (int t = 0; t < rows.size(); t++) {
      System.arraycopy(rows.get(t), 0, xs, 3 * t, 3);
    }
    float[] ys = new float[2 * rows.size()];
    model.run(xs, rows.size(), ys);
    List<String> lines = new ArrayList<>();
    for (int t = 0; t < rows.size(); t++) {
      lines.add(ys[2 * t] + "," + ys[2 * t + 1]);
    }
    return lines;
  }

  @Test
  void aSequenceWithANumberThatIsTooLargeNamesItsPlace() throws IOException {
    Path file = Networks.save(Networks.bidirectional(), dir.resolve("both.onnx"));
    Path data = Files.writeString(dir.resolve("rows.csv"), "a,b,c\n1,2,3\n1,inf,3\n");
    Cli cli = Cli.run("predict", "--model", file, "--data", data);
    cli.assertRefused(data + ": line 3, column \"b\": expected a finite number, found \"inf\"");
    assertTrue(cli.out().equals("y0,y1\n"), "a sequence that does not end has no outputs");
  }
}
