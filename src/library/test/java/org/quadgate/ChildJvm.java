// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a class of the tests in a JVM of its own, for what could end one or must be its first. */
final class ChildJvm {
  private static final long MINUTES = 3;

  /** What it ended with, and everything it wrote. */
  record Result(int status, String output) {}

  private ChildJvm() {}

  /**
   * Runs to the end.
   *
   * @param options beside those that the kernels need
   */
  static Result run(Class<?> main, List<String> options, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-ea", "--add-modules=jdk.incubator.vector"));
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-XX:-CreateCoredumpOnCrash");
    command.add("-XX:ErrorFile=/dev/stderr");
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    // a child that hangs would keep its output open for ever
    Thread watch =
        Thread.ofPlatform()
            .daemon()
            .start(
                () -> {
                  try {
                    if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
                      process.destroyForcibly();
                    }
                  } catch (InterruptedException e) {
                    process.destroyForcibly();
                  }
                });
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    int status = process.waitFor();
    watch.join();
    return new Result(status, output);
  }
}
