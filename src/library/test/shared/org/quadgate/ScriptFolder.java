// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A copy of the project's scripts in a folder where Maven and Java do nothing but note how they
 * were called. It shows what a script does without building or measuring anything.
 */
public final class ScriptFolder {
  /** What a script did: its exit status, both its outputs, and one line for each call. */
  public record Result(int status, String output, List<String> calls) {}

  /** Leaves what the scripts expect of a build, so that they go on. */
  private static final String MVN =
      """
      #!/bin/sh
      echo "mvn $*" >> calls
      mkdir -p target src/library/target/classes src/cli/target jmh/target/classes
      touch target/peers.classpath src/cli/target/quadgate-cli.jar jmh/target/bench.classpath
      """;

  /** Leaves the results that JMH would write. */
  private static final String JAVA =
      """
      #!/bin/sh
      echo "java $*" >> "$CALLS"
      while [ $# -gt 0 ]; do
        [ "$1" != -rff ] || : > "$2"
        shift
      done
      """;

  private static final List<String> FOLDERS =
      List.of(
          "src/library/main",
          "src/library/test/shared",
          "src/cli/main",
          "jmh/main",
          "jmh/peers",
          "jdk/bin");

  private static final List<String> FILES =
      List.of("pom.xml", "src/library/pom.xml", "src/cli/pom.xml", "jmh/pom.xml");

  private final Path folder;

  /** Copies the scripts into an empty folder. */
  public ScriptFolder(Path folder) throws IOException {
    this.folder = folder;
    for (String name : FOLDERS) {
      Files.createDirectories(folder.resolve(name));
    }
    for (String name : FILES) {
      Files.createFile(folder.resolve(name));
    }
    Files.writeString(folder.resolve("jdk/release"), "JAVA_VERSION=\"25.0.1\"\n");
    program("mvn", MVN);
    program("jdk/bin/java", JAVA);
    program("jdk/bin/javac", "#!/bin/sh\n");
    Path scripts = Files.createDirectory(folder.resolve("scripts"));
    try (Stream<Path> files = Files.list(Path.of("scripts"))) {
      for (Path file : files.filter(Files::isExecutable).filter(Files::isRegularFile).toList()) {
        Files.copy(file, scripts.resolve(file.getFileName()));
      }
    }
  }

  private void program(String name, String text) throws IOException {
    Path file = Files.writeString(folder.resolve(name), text);
    if (!file.toFile().setExecutable(true)) {
      throw new IOException("cannot make " + file + " executable");
    }
  }

  /** Runs a script of this folder. */
  public Result run(String script, String... arguments) throws IOException, InterruptedException {
    Path calls = folder.resolve("calls");
    Files.deleteIfExists(calls);
    List<String> command = new ArrayList<>(List.of(folder.resolve("scripts/" + script).toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("CALLS", calls.toString());
    builder.environment().put("QUADGATE_JAVA_HOME", folder.resolve("jdk").toString());
    builder.environment().merge("PATH", folder.toString(), (path, ours) -> ours + ":" + path);
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    int status = process.waitFor();
    return new Result(status, output, Files.exists(calls) ? Files.readAllLines(calls) : List.of());
  }

  /** Makes all that is here {@code seconds} old. */
  public void age(int seconds) throws IOException {
    List<Path> all;
    try (Stream<Path> files = Files.walk(folder)) {
      all = files.toList();
    }
    for (Path file : all) {
      age(folder.relativize(file).toString(), seconds);
    }
  }

  /** Makes one file or folder {@code seconds} old. */
  public void age(String name, int seconds) throws IOException {
    long millis = System.currentTimeMillis() - 1000L * seconds;
    Files.setLastModifiedTime(folder.resolve(name), FileTime.fromMillis(millis));
  }
}
