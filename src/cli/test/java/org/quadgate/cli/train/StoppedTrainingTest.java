// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.quadgate.cli.Cli;
import org.quadgate.cli.Main;

/** A training process that is told to end, as Ctrl-C tells it, and goes on another time. */
@Tag("once")
class StoppedTrainingTest {
  @TempDir private Path dir;

  private List<String> options(Path data, String name) {
    return List.of(
        "train",
        "--data",
        data.toString(),
        "--target",
        "x",
        "--horizon",
        "1",
        "--schedule",
        "constant",
        "--patience",
        "0",
        "--epochs",
        "150",
        "--out",
        dir.resolve(name).toString());
  }

  @Test
  void leavesACheckpointThatGoesOnToTheSameBits() throws Exception {
    StringBuilder csv = new StringBuilder("x\n");
    for (int t = 0; t < 2000; t++) {
      csv.append((float) Math.sin(t / 5.0)).append('\n');
    }
    Path data = Files.writeString(dir.resolve("data.csv"), csv);
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    command.addAll(List.of("-Dquadgate.tty=true", "-cp", System.getProperty("java.class.path")));
    command.add(Main.class.getName());
    command.addAll(options(data, "stopped.safetensors"));
    Process child = new ProcessBuilder(command).start();
    String said;
    try (BufferedReader err = child.errorReader()) {
      waitForEpoch(err);
      child.toHandle().destroy(); // SIGTERM runs the hook that SIGINT runs; streams stay open
      said = String.join("\n", err.lines().toList());
    }
    assertTrue(child.waitFor(60, TimeUnit.SECONDS));
    Path checkpoint = dir.resolve("stopped.checkpoint.safetensors");
    assertTrue(said.contains("stopped after step"), said);
    assertTrue(said.contains("--resume " + checkpoint), said);
    assertFalse(Files.exists(dir.resolve("stopped.safetensors")), "it had not come to its end");

    List<String> resumed = new ArrayList<>(options(data, "stopped.safetensors"));
    resumed.addAll(List.of("--resume", checkpoint.toString()));
    assertEquals(0, Cli.run(resumed.toArray()).status());
    assertEquals(0, Cli.run(options(data, "whole.safetensors").toArray()).status());
    assertArrayEquals(
        Files.readAllBytes(dir.resolve("whole.safetensors")),
        Files.readAllBytes(dir.resolve("stopped.safetensors")));
    assertFalse(Files.exists(checkpoint), "a finished run leaves the model");
  }

  /** Reads the bar until a second epoch is under way. */
  private static void waitForEpoch(BufferedReader err) throws IOException {
    StringBuilder seen = new StringBuilder();
    while (!seen.toString().contains("validation")) {
      int c = err.read();
      assertTrue(c >= 0, seen.toString());
      seen.append((char) c);
    }
  }
}
