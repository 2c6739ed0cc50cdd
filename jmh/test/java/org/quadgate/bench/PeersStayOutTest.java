// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The peers are in no dependency tree of ours, and what uses them is not compiled with ours. The
 * library's tests hold ONNX files against ONNX Runtime, which stays with them: the benchmarks have
 * what follows from the library and from the command line, and it is not there.
 */
class PeersStayOutTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "ai/djl/engine/Engine",
        "org/nd4j/linalg/factory/Nd4j",
        "ai/onnxruntime/OrtEnvironment",
        "org/quadgate/peers/OnnxRuntimeBenchmark"
      })
  void isNotOnTheClassPath(String type) {
    assertFalse(isOnTheClassPath(type));
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
