// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.info;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quadgate.KernelInfo;
import org.quadgate.Model;
import org.quadgate.cli.Cli;
import org.quadgate.cli.Networks;
import org.quadgate.cli.machine.Machine;
import org.quadgate.io.ModelFiles;
import org.quadgate.network.Network;

/** What {@code info} tells. */
class InfoCommandTest {
  @TempDir private Path dir;

  @Test
  void tellsKernelJvmAndMachine() {
    String out = Cli.run("info").assertDone().out();
    KernelInfo kernel = Model.defaultKernel();
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
    boolean scalar = kernel.widthBits() == 32;
    assertEquals(scalar, out.contains("warning    steps take many times as long"), out);
    boolean narrow = kernel.widthBits() == 256 && Machine.hasCpuFlag("avx512f");
    assertEquals(narrow, out.contains("-XX:UseAVX=3"), out);
  }

  @Test
  void describesAModel() throws IOException {
    Path named = Networks.save(Networks.named().toNetwork(), dir.resolve("m.safetensors"));
    String out = Cli.run("info", "--model", named).assertDone().out();
    long parameters = Networks.named().toNetwork().parameterCount();
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
            "stepping   yes",
            "bytes of packed weights on " + Model.defaultKernel().label())) {
      assertTrue(out.contains(part), out);
    }
    assertFalse(out.contains("window"), out);
    Path none = dir.resolve("none.safetensors");
    Cli cli = Cli.run("info", "--model", none);
    cli.assertRefused(none + ": no such file");
    assertEquals("", cli.out());
  }

  @Test
  void describesWhatEachNetworkCanDo() throws IOException {
    for (Path file : Networks.saveRare(dir)) {
      String out = info(file);
      assertTrue(out.contains("shape      " + ModelFiles.read(file).describe()), out);
      assertTrue(out.contains("stepping   yes"), out);
      assertTrue(out.contains("int8 "), out);
    }
    String both = info(Networks.save(Networks.bidirectional(), dir.resolve("both.onnx")));
    assertTrue(both.contains("3 → bidirectional LSTM 2×10 → linear 2"), both);
    assertTrue(both.contains("stepping   no: recurrent layer 0 reads in both"), both);
    assertTrue(both.contains("parameters 1,162"), both);
    assertTrue(both.contains("fp32 "), both);
  }

  @Test
  void saysOnWhatWindowsANetworkWasTrained() {
    Network network = Networks.unnamed().toBuilder().window(60).build();
    Path windowed = Networks.save(network, dir.resolve("m.safetensors"));
    String out = info(windowed);
    assertTrue(out.contains("window     trained on 60 timesteps at a time"), out);
  }

  private static String info(Path model) {
    return Cli.run("info", "--model", model).assertDone().out();
  }
}
