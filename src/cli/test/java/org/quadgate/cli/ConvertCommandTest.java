// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quadgate.io.ModelFiles;
import org.quadgate.sequence.SequenceModel;

/** {@code convert}, and {@code predict} and {@code info} of what only sequences can run. */
@Tag("once")
class ConvertCommandTest {
  private static final Path RESOURCES = Path.of("src", "library", "test", "resources");
  private static final Path BOTH = RESOURCES.resolve("directions/both_3_5.safetensors");
  private static final Path PROJECTED = RESOURCES.resolve("directions/proj_4_9_3x2.safetensors");

  @TempDir private Path dir;

  private String convert(Path from, Path to, String... more) {
    Object[] args = new Object[3 + more.length];
    args[0] = "convert";
    args[1] = from.toString();
    args[2] = to.toString();
    System.arraycopy(more, 0, args, 3, more.length);
    Cli result = Cli.run(args);
    assertEquals(0, result.status(), result.err());
    return result.out();
  }

  @Test
  void everyWayGivesTheSameBits() throws IOException {
    Path torch = RESOURCES.resolve("fixtures/scaled_4_19.safetensors");
    Path onnx = dir.resolve("a.onnx");
    Path back = dir.resolve("b.safetensors");
    assertTrue(convert(torch, onnx).contains("256 timesteps of random input: the same bits"));
    assertTrue(convert(onnx, back).contains("the same bits"));
    assertArrayEquals(
        ModelFiles.read(torch).layers().getFirst().recurrent,
        ModelFiles.read(back).layers().getFirst().recurrent);
    assertTrue(convert(torch, dir.resolve("s.onnx"), "--form", "step").contains("the same bits"));
    assertTrue(
        convert(RESOURCES.resolve("keras/tiny_k2.h5"), dir.resolve("k.onnx"))
            .contains("the same bits"));
    assertTrue(convert(BOTH, dir.resolve("both.onnx")).contains("the same bits"));
    assertTrue(
        convert(dir.resolve("both.onnx"), dir.resolve("both.safetensors"))
            .contains("model      3 → bidirectional LSTM 2×5 → linear 2"));
  }

  @Test
  void theLastStepStaysTheLastStep() throws IOException {
    Path last = RESOURCES.resolve("onnx/torch_last_op11.onnx");
    Path to = dir.resolve("last.safetensors");
    assertTrue(convert(last, to).contains("the same bits"));
    assertEquals(SequenceModel.Rows.LAST, ModelFiles.readSequenceModel(to).rows());
  }

  @Test
  void whatCannotBeWrittenIsSaid() {
    Cli result = Cli.run("convert", PROJECTED.toString(), dir.resolve("p.onnx").toString());
    assertEquals(2, result.status());
    assertTrue(result.err().contains("projects its hidden state"), result.err());
    result = Cli.run("convert", BOTH.toString(), dir.resolve("p.h5").toString());
    assertEquals(2, result.status());
    assertTrue(result.err().contains("expected a name in .safetensors or .onnx"), result.err());
    result =
        Cli.run("convert", BOTH.toString(), dir.resolve("p.onnx").toString(), "--form", "step");
    assertEquals(2, result.status());
    assertTrue(result.err().contains("reads in both directions"), result.err());
    result = Cli.run("convert", BOTH.toString(), dir.resolve("p.onnx").toString(), "--form", "x");
    assertEquals(2, result.status());
    assertTrue(result.err().contains("expected sequence or step"), result.err());
  }

  @Test
  void wholeSequencesArePredictedGroupByGroup() throws IOException {
    SequenceModel model = ModelFiles.readSequenceModel(BOTH);
    float[][] a = {{0.5f, 1, -1}, {0.25f, 0, 2}, {1, 1, 1}};
    float[][] b = {{-1, 2, 0.5f}, {0, 0, 1}};
    Path csv = dir.resolve("rows.csv");
    Files.writeString(csv, "k,x,y,z\na,0.5,1,-1\nb,-1,2,0.5\na,0.25,0,2\nb,0,0,1\na,1,1,1\n");
    Cli result =
        Cli.run("predict", "--model", BOTH.toString(), "--data", csv.toString(), "--group", "k");
    assertEquals(0, result.status(), result.err());
    float[][] ya = run(model, a);
    float[][] yb = run(model, b);
    assertEquals(
        List.of(
            "k,y0,y1",
            row("a", ya[0]),
            row("b", yb[0]),
            row("a", ya[1]),
            row("b", yb[1]),
            row("a", ya[2])),
        result.out().lines().toList());
    result =
        Cli.run(
            "predict",
            "--model",
            BOTH.toString(),
            "--data",
            csv.toString(),
            "--group",
            "k",
            "--precision",
            "int8");
    assertEquals(2, result.status());
    assertTrue(result.err().contains("only fp32 for this model"), result.err());
  }

  private static String row(String key, float[] y) {
    return key + "," + y[0] + "," + y[1];
  }

  private static float[][] run(SequenceModel model, float[][] rows) {
    float[] xs = new float[rows.length * 3];
    for (int t = 0; t < rows.length; t++) {
      System.arraycopy(rows[t], 0, xs, t * 3, 3);
    }
    float[] ys = new float[rows.length * 2];
    model.run(xs, rows.length, ys);
    float[][] split = new float[rows.length][];
    for (int t = 0; t < rows.length; t++) {
      split[t] = Arrays.copyOfRange(ys, t * 2, t * 2 + 2);
    }
    return split;
  }

  @Test
  void aRareLayerThatStepsIsStepped() throws IOException {
    SequenceModel model = ModelFiles.readSequenceModel(PROJECTED);
    Path csv = dir.resolve("rows.csv");
    Files.writeString(csv, "a,b,c,d\n1,0,-1,0.5\n0,1,1,2\n");
    Cli result = Cli.run("predict", "--model", PROJECTED.toString(), "--data", csv.toString());
    assertEquals(0, result.status(), result.err());
    float[] ys = new float[4];
    model.run(new float[] {1, 0, -1, 0.5f, 0, 1, 1, 2}, 2, ys);
    assertEquals(
        List.of("y0,y1", ys[0] + "," + ys[1], ys[2] + "," + ys[3]), result.out().lines().toList());
  }

  @Test
  void infoSaysWhatCanBeDone() {
    Cli result = Cli.run("info", "--model", BOTH.toString());
    assertEquals(0, result.status(), result.err());
    assertTrue(result.out().contains("3 → bidirectional LSTM 2×5 → linear 2"), result.out());
    assertTrue(
        result.out().contains("stepping   no: recurrent layer 0 reads in both"), result.out());
    assertTrue(
        Cli.run("info", "--model", PROJECTED.toString()).out().contains("stepping   yes, in fp32"));
  }
}
