// SPDX-License-Identifier: Apache-2.0
package org.quadgate.packaged;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.quadgate.ReleaseFiles;

/** The packaged command line, started in every way there is. */
@Tag("packaged")
class PackagedCommandTest {
  private static final Path TARGET = Path.of("src", "cli", "target");
  private static final Path JAR = TARGET.resolve("quadgate-cli.jar");
  private static final Path LIBRARIES = TARGET.resolve("lib");
  private static final Path FIXTURES = Path.of("src", "library", "test", "resources");
  private static final String VECTOR = "--add-modules=jdk.incubator.vector";

  @Test
  void runsFromTheClassPath() throws Exception {
    String classPath = JAR + File.pathSeparator + LIBRARIES + "/*";
    checkInfo(
        java(
            VECTOR,
            "-cp",
            classPath,
            "org.quadgate.cli.Main",
            "info",
            "--model",
            FIXTURES.resolve("fixtures/base_8_32.safetensors").toString()));
  }

  @Test
  void runsAsAModule() throws Exception {
    checkInfo(
        java(
            VECTOR,
            "-p",
            JAR + File.pathSeparator + LIBRARIES,
            "-m",
            "org.quadgate.cli/org.quadgate.cli.Main",
            "info",
            "--model",
            FIXTURES.resolve("fixtures/base_8_32.safetensors").toString()));
  }

  /** Keras files need a library that only the command line brings. */
  @Test
  void theScriptReadsKerasFiles() throws Exception {
    String shown =
        run(
            List.of(
                "scripts/quadgate",
                "info",
                "--model",
                FIXTURES.resolve("keras/tiny_k2.h5").toString()));
    assertTrue(shown.contains("tiny_k2.h5"), shown);
  }

  @Test
  void hasItsSourcesItsDocumentationAndItsBillOfMaterials() throws IOException {
    List<String> faults =
        ReleaseFiles.faults(
            TARGET,
            "quadgate-cli",
            "org/quadgate/cli/Main.java",
            "index.html",
            "pkg:maven/info.picocli/picocli@");
    assertEquals(List.of(), faults);
  }

  private static void checkInfo(String shown) {
    assertTrue(shown.contains("quadgate"), shown);
    assertTrue(shown.contains("kernel     vector-"), shown);
    assertTrue(shown.contains("base_8_32.safetensors"), shown);
  }

  private static String java(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    Collections.addAll(command, arguments);
    return run(command);
  }

  private static String run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, process.waitFor(), output);
    return output;
  }
}
