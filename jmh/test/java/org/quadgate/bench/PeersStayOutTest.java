// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The peers are in no dependency tree of ours, and what uses them is not compiled with ours. ONNX
 * Runtime is also what our tests hold ONNX files against: these have it, and nobody else.
 */
class PeersStayOutTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "ai/djl/engine/Engine",
        "org/nd4j/linalg/factory/Nd4j",
        "org/quadgate/peers/OnnxRuntimeBenchmark"
      })
  void isNotOnTheClassPath(String type) {
    assertFalse(isOnTheClassPath(type));
  }

  private static final Pattern DEPENDENCY =
      Pattern.compile("<dependency>(?:(?!</dependency>).)*</dependency>", Pattern.DOTALL);

  /** ONNX Runtime's dependencies in a pom, and which of them have the scope of tests. */
  private static List<Boolean> scopesAreTest(String pom) {
    return DEPENDENCY
        .matcher(pom)
        .results()
        .map(MatchResult::group)
        .filter(dependency -> dependency.contains("<artifactId>onnxruntime"))
        .map(dependency -> dependency.contains("<scope>test</scope>"))
        .toList();
  }

  @Test
  void onnxRuntimeIsForTestsAlone() throws IOException {
    String pom = Files.readString(Path.of("pom.xml"));
    assertEquals(List.of(true), scopesAreTest(pom));
    int at = pom.indexOf("<scope>test</scope>", pom.indexOf("<artifactId>onnxruntime"));
    String shipped = pom.substring(0, at) + pom.substring(at + "<scope>test</scope>".length());
    assertEquals(List.of(false), scopesAreTest(shipped));
  }

  @Test
  void whatIsOnTheClassPathIsFound() {
    assertTrue(isOnTheClassPath("org/openjdk/jmh/Main"));
    assertTrue(isOnTheClassPath("org/quadgate/bench/StepBenchmark"));
  }

  private static boolean isOnTheClassPath(String type) {
    return PeersStayOutTest.class.getResource("/" + type + ".class") != null;
  }
}
