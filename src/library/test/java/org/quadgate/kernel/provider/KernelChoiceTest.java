// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel.provider;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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

  /** A typo is one clear exception each time, never a class that could not be initialised. */
  @Test
  @Tag("once")
  void aTypoIsOneClearExceptionEachTime() throws Exception {
    Output output = start(List.of("-Dquadgate.kernel=vectr"));
    assertEquals(0, output.status, output.errors);
    String refusal =
        "java.lang.IllegalArgumentException: system property quadgate.kernel is 'vectr', expected"
            + " scalar or vector\n";
    assertEquals(refusal + refusal, output.text);
  }

  @Test
  @Tag("once")
  void runningWithoutVectorsIsLoggedOnce() throws Exception {
    Output output = start(List.of());
    assertEquals(1, output.errors.split("WARNING: kernels: scalar", -1).length - 1, output.errors);
    assertTrue(output.errors.contains("start java with --add-modules"), output.errors);
    output = start(List.of("--add-modules=jdk.incubator.vector"));
    assertFalse(output.errors.contains("kernels:"), output.errors);
  }

  /** Starts a JVM that prints its choice, checks the reason, and returns the kernel's name. */
  private static String run(String reason, List<String> options)
      throws IOException, InterruptedException {
    Output output = start(options);
    assertEquals(0, output.status, output.errors);
    assertTrue(output.text.contains(reason), output.text);
    return output.text.substring(0, output.text.indexOf(' '));
  }

  private record Output(int status, String text, String errors) {}

  private static Output start(List<String> options) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), PrintChoice.class.getName()));
    Path errors = Files.createTempFile("quadgate", "err");
    try {
      Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
      String text = new String(process.getInputStream().readAllBytes(), UTF_8);
      return new Output(process.waitFor(), text, Files.readString(errors));
    } finally {
      Files.delete(errors);
    }
  }

  /** The other JVM's main class: asks twice. */
  static final class PrintChoice {
    public static void main(String[] args) {
      for (int i = 0; i < 2; i++) {
        try {
          KernelProvider.Choice choice = KernelProvider.chosen();
          System.out.println(choice.name() + " " + choice.reason());
        } catch (IllegalArgumentException e) {
          System.out.println(e);
        }
      }
    }
  }
}
