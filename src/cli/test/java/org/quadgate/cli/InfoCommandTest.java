// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quadgate.KernelInfo;
import org.quadgate.LstmModel;

/** What {@code info} tells. */
class InfoCommandTest {
  @TempDir private Path dir;

  @Test
  void tellsKernelJvmAndMachine() {
    String out = Cli.run("info").assertDone().out();
    KernelInfo kernel = LstmModel.defaultKernel();
    for (String part :
        List.of(
            kernel.label() + ": " + kernel.reason(),
            System.getProperty("java.vm.name"),
            System.getProperty("java.runtime.version"),
            System.getProperty("os.name"),
            "CPU ",
            "cores ",
            "caches ",
            "heap ",
            "fma ")) {
      assertTrue(out.contains(part), out);
    }
    boolean module = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    assertEquals(!module, out.contains("hint       add --add-modules"), out);
    boolean narrow = kernel.widthBits() == 256 && Machine.hasCpuFlag("avx512f");
    assertEquals(narrow, out.contains("-XX:UseAVX=3"), out);
  }

  @Test
  void describesAModel() throws IOException {
    Path named = Cli.save(Cli.namedWeights(), dir.resolve("m.safetensors"));
    String out = Cli.run("info", "--model", named).assertDone().out();
    long parameters = Cli.namedWeights().config().parameterCount();
    for (String part :
        List.of(
            "3 → LSTM 13 → linear 2",
            "parameters " + parameters,
            "3: a, b, c",
            "2: p, q",
            "inputs standardised, outputs scaled",
            "fp32 ",
            "bf16 ",
            "int8 ",
            "bytes of packed weights")) {
      assertTrue(out.contains(part), out);
    }
    Path none = dir.resolve("none.safetensors");
    Cli cli = Cli.run("info", "--model", none);
    cli.assertRefused(none + ": no such file");
    assertEquals("", cli.out());
  }
}
