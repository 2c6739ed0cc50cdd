// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quadgate.cli.Cli;
import org.quadgate.cli.Networks;
import org.quadgate.io.ModelFiles;
import org.quadgate.network.Network;
import org.quadgate.network.Rows;

/** {@code convert} from every format to every format. */
@Tag("once")
class ConvertCommandTest {
  private static final Path BOTH = Cli.resource("directions/both_3_5.safetensors");
  private static final Path PROJECTED = Cli.resource("directions/proj_4_9_3x2.safetensors");

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
    Path torch = Cli.resource("fixtures/scaled_4_19.safetensors");
    Path onnx = dir.resolve("a.onnx");
    Path back = dir.resolve("b.safetensors");
    assertTrue(convert(torch, onnx).contains("256 timesteps of random input: the same bits"));
    assertTrue(convert(onnx, back).contains("the same bits"));
    assertArrayEquals(
        ModelFiles.read(torch).layers().getFirst().directions().getFirst().recurrent(),
        ModelFiles.read(back).layers().getFirst().directions().getFirst().recurrent());
    assertTrue(convert(torch, dir.resolve("s.onnx"), "--form", "step").contains("the same bits"));
    assertTrue(
        convert(Cli.resource("keras/tiny_k2.h5"), dir.resolve("k.onnx")).contains("the same bits"));
    assertTrue(convert(BOTH, dir.resolve("both.onnx")).contains("the same bits"));
    assertTrue(
        convert(dir.resolve("both.onnx"), dir.resolve("both.safetensors"))
            .contains("model      3 → bidirectional LSTM 2×5 → linear 2"));
  }

  @Test
  void theLastStepStaysTheLastStep() throws IOException {
    Path last = Cli.resource("onnx/torch_last_op11.onnx");
    Path to = dir.resolve("last.safetensors");
    assertTrue(convert(last, to).contains("the same bits"));
    assertEquals(Rows.LAST, ModelFiles.read(to).rows());
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
  void everyNetworkIsWrittenAndReadBack() {
    Map<String, Network> all = new TreeMap<>(Networks.rare());
    all.put("bidirectional", Networks.bidirectional());
    all.forEach(
        (what, network) -> {
          boolean torch = what.equals("projection");
          Path from = dir.resolve("from" + (torch ? ".safetensors" : ".onnx"));
          Path to = dir.resolve("to" + (torch ? ".safetensors" : ".onnx"));
          Networks.save(network, from);
          String out = convert(from, to);
          assertTrue(out.contains("model      " + network.describe()), out);
          assertTrue(out.contains("the same bits"), what + "\n" + out);
        });
  }
}
