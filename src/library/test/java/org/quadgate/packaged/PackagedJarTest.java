// SPDX-License-Identifier: Apache-2.0
package org.quadgate.packaged;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An embedder's view: a small application with the packaged jar and nothing else. */
@Tag("packaged")
class PackagedJarTest {
  private static final Path JAR = Path.of("src", "library", "target", "quadgate.jar");
  private static final Path MODEL =
      Path.of("src", "library", "test", "resources", "fixtures", "base_8_32.safetensors");

  private static final String MODULE = "module app { requires org.quadgate; }";
  private static final String APP =
      """
      package app;

      import java.nio.file.Path;
      import org.quadgate.Model;
      import org.quadgate.StreamState;
      import org.quadgate.io.ModelFiles;

      public class App {
        public static void main(String[] args) throws Exception {
          try (Model model = Model.of(ModelFiles.read(Path.of(args[0])))) {
            StreamState state = model.newState();
            float[] y = new float[1];
            model.step(state, new float[8], y);
            System.out.println(model.kernel().name() + " " + y[0]);
          }
        }
      }
      """;

  @TempDir Path folder;

  @BeforeEach
  void compile() throws Exception {
    Files.createDirectories(folder.resolve("app"));
    Path module = Files.writeString(folder.resolve("module-info.java"), MODULE);
    Path app = Files.writeString(folder.resolve("app").resolve("App.java"), APP);
    // an embedder's own build may be strict: it misses nothing that our jar refers to
    run(
        "javac",
        "-Xlint:all,-incubating",
        "-Werror",
        "-d",
        folder.resolve("out").toString(),
        "-p",
        JAR.toString(),
        module.toString(),
        app.toString());
  }

  @Test
  void runsAsAModuleAndOnTheClassPathWithAndWithoutVectors() throws Exception {
    String path = JAR + System.getProperty("path.separator") + folder.resolve("out");
    String vector = "--add-modules=jdk.incubator.vector";
    String first = step("-p", path, vector, "-m", "app/app.App");
    assertTrue(first.startsWith("vector "), first);
    String bits = first.substring(first.indexOf(' '));
    assertEquals("vector" + bits, step("-cp", path, vector, "app.App"));
    assertEquals("scalar" + bits, step("-p", path, "-m", "app/app.App"));
    assertEquals("scalar" + bits, step("-cp", path, "app.App"));
  }

  private static String step(String... arguments) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add(MODEL.toString());
    return run("java", all.toArray(String[]::new));
  }

  private static String run(String tool, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", tool).toString());
    Collections.addAll(command, arguments);
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, process.waitFor(), output);
    return output.strip();
  }
}
