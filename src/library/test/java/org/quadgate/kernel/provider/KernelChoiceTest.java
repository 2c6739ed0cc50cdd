// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel.provider;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** That the kernel which ran is the one this run of the suite is for. */
class KernelChoiceTest {
  @Test
  void theKernelOfThisRunIsActive() throws IOException {
    String expected = System.getProperty("quadgate.test.expect");
    assertNotNull(expected, "the build has to say which kernel it expects");
    KernelProvider.Choice choice = KernelProvider.chosen();
    int width = choice.kernels().widthBits();
    switch (expected) {
      case "scalar" -> {
        assertEquals("scalar", choice.name(), choice.reason());
        assertTrue(choice.reason().contains("--add-modules"), choice.reason());
      }
      case "widest" -> {
        assertEquals("vector", choice.name(), choice.reason());
        assertEquals(widestOfThisCpu(), width);
      }
      default -> {
        assertEquals("vector", choice.name(), choice.reason());
        assertEquals(Math.min(Integer.parseInt(expected), widestOfThisCpu()), width);
      }
    }
  }

  /** From the CPU's own flags, not from the JVM under test. */
  private static int widestOfThisCpu() throws IOException {
    Path cpuinfo = Path.of("/proc/cpuinfo");
    String flags = Files.exists(cpuinfo) ? Files.readString(cpuinfo) : "";
    if (flags.contains(" avx512f ") && flags.contains(" avx512bw ")) {
      return 512;
    }
    if (flags.contains(" avx2 ")) {
      return 256;
    }
    assertTrue(
        System.getProperty("os.arch").equals("aarch64"), "a CPU that this test does not know");
    return 128;
  }

  /** Each rung of the ladder, in a JVM of its own. */
  @Test
  @Tag("once")
  void everyFallbackSaysWhy() throws Exception {
    String module = "--add-modules=jdk.incubator.vector";
    assertEquals("scalar", run("--add-modules", List.of()));
    assertEquals("scalar", run("-Xint", List.of(module, "-Xint")));
    assertEquals(
        "scalar", run("-XX:TieredStopAtLevel", List.of(module, "-XX:TieredStopAtLevel=1")));
    assertEquals("scalar", run("fused", List.of(module, "-XX:-UseFMA")));
    assertEquals("scalar", run("64 bits", List.of(module, "-XX:MaxVectorSize=8")));
    assertEquals("scalar", run("asks for", List.of(module, "-Dquadgate.kernel=scalar")));
    assertEquals("vector", run("widest", List.of(module)));
  }

  /** Starts a JVM that prints its choice, checks the reason, and returns the kernel's name. */
  private static String run(String reason, List<String> options)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), PrintChoice.class.getName()));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, process.waitFor(), output);
    assertTrue(output.contains(reason), output);
    return output.substring(0, output.indexOf(' '));
  }

  /** The other JVM's main class. */
  static final class PrintChoice {
    public static void main(String[] args) {
      KernelProvider.Choice choice = KernelProvider.chosen();
      System.out.println(choice.name() + " " + choice.reason());
    }
  }
}
