// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.quadgate.ScriptFolder;

/** {@code scripts/quadgate} builds what it needs, when it needs it. */
@Tag("once")
class LaunchScriptTest {
  private static final String JAR = "src/cli/target/quadgate-cli.jar";

  @TempDir Path temporary;
  private ScriptFolder folder;

  @BeforeEach
  void copyTheScripts() throws Exception {
    folder = new ScriptFolder(temporary);
  }

  private void assertBuilt(boolean built) throws Exception {
    ScriptFolder.Result result = folder.run("quadgate", "info", "--model", "a b");
    assertEquals(0, result.status(), result.output());
    List<String> calls = result.calls();
    assertEquals(built ? 2 : 1, calls.size(), calls.toString());
    if (built) {
      assertTrue(calls.getFirst().contains(" package -pl src/cli -am "), calls.getFirst());
    }
    assertTrue(calls.getLast().startsWith("java "), calls.getLast());
    assertTrue(calls.getLast().contains(JAR + ":"), calls.getLast());
    assertTrue(calls.getLast().endsWith("org.quadgate.cli.Main info --model a b"), calls.getLast());
  }

  @Test
  void buildsOnce() throws Exception {
    assertBuilt(true);
    assertBuilt(false);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pom.xml",
        "src/library/pom.xml",
        "src/library/main",
        "src/cli/pom.xml",
        "src/cli/main"
      })
  void buildsAgainAfterAnEdit(String edited) throws Exception {
    assertBuilt(true);
    folder.age(200);
    folder.age(JAR, 100);
    assertBuilt(false);
    folder.age(edited, 50);
    assertBuilt(true);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"src/library", "src/cli", "src/library/test/shared", "jmh/main", "scripts"})
  void isNotConcernedByTheRest(String edited) throws Exception {
    assertBuilt(true);
    folder.age(200);
    folder.age(JAR, 100);
    folder.age(edited, 50);
    assertBuilt(false);
  }
}
