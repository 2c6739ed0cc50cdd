// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.quadgate.RandomWeights;
import org.quadgate.network.Architecture;
import org.quadgate.network.Network;

/** A disk that fills up, and a process that is killed, while a model is saved over an older one. */
@Tag("once")
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the child is started by a POSIX shell")
class InterruptedSavingTest {
  @TempDir private Path dir;

  private static Network network(long seed) {
    Architecture architecture = Architecture.builder(200).lstm(300).linear(40).build();
    return RandomWeights.of(architecture, seed).toNetwork();
  }

  /** The child: saves models over each other without an end. */
  static final class Saver {
    private Saver() {}

    public static void main(String[] args) throws IOException {
      Network[] models = {network(1), network(2)};
      Path file = Path.of(args[0]);
      for (int i = 0; ; i = 1 - i) {
        ModelFiles.write(models[i], file);
        System.out.println("saved");
        System.out.flush();
      }
    }
  }

  private Process saver(Path file, String before) throws IOException {
    String java = ProcessHandle.current().info().command().orElseThrow();
    List<String> command = new ArrayList<>(List.of("sh", "-c", before + "exec \"$@\"", "sh"));
    command.addAll(List.of(java, "-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(Saver.class.getName(), file.toString()));
    return new ProcessBuilder(command).redirectError(dir.resolve("errors.txt").toFile()).start();
  }

  private static float[] recurrent(Network network) {
    return network.layers().getFirst().directions().getFirst().recurrent();
  }

  @Test
  void aFileThatCannotGrowLeavesTheOldOne() throws Exception {
    Path file = dir.resolve("model.safetensors");
    ModelFiles.write(network(3), file);
    byte[] old = Files.readAllBytes(file);
    // a limit on the size of files ends writing where a full disk would: in its midst
    Process saver = saver(file, "ulimit -f 1000; ");
    assertTrue(saver.waitFor(60, TimeUnit.SECONDS));
    assertEquals("", new String(saver.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
    String errors = Files.readString(dir.resolve("errors.txt"));
    assertTrue(errors.contains("IOException"), errors);
    assertArrayEquals(old, Files.readAllBytes(file));
    Files.delete(dir.resolve("errors.txt"));
    try (var files = Files.list(dir)) {
      assertEquals(List.of(file), files.toList(), "the piece that was written is gone");
    }
  }

  @Test
  void aKilledProcessLeavesOneModelOrTheOther() throws Exception {
    Path file = dir.resolve("model.safetensors");
    for (int kill = 0; kill < 3; kill++) {
      Process saver = saver(file, "");
      try (var lines = saver.inputReader()) {
        for (int i = 0; i < 2 + kill; i++) {
          assertEquals("saved", lines.readLine(), Files.readString(dir.resolve("errors.txt")));
        }
        Thread.sleep(3L * kill); // somewhere within a save
        saver.destroyForcibly();
        assertTrue(saver.waitFor(60, TimeUnit.SECONDS));
      }
      float[] found = recurrent(ModelFiles.read(file)); // checks the checksum
      boolean first = found[0] == recurrent(network(1))[0];
      assertArrayEquals(recurrent(network(first ? 1 : 2)), found);
    }
  }
}
