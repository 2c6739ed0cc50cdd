// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A column of another engine in the tables, and the benchmark it comes from. */
public enum Peer {
  ONNX_RUNTIME("ONNX Runtime", "onnxruntime", "OnnxRuntimeBenchmark.step"),
  ONNX_RUNTIME_SEQUENCE(
      "ONNX Runtime, 100 steps a call", "onnxruntime", "OnnxRuntimeBenchmark.sequence"),
  ONNX_RUNTIME_BATCH(
      "ONNX Runtime, 48 streams a call", "onnxruntime", "OnnxRuntimeBenchmark.batch"),
  LIBTORCH("libtorch (DJL)", "pytorch-native-cpu", "LibtorchBenchmark.step"),
  LIBTORCH_TRAINING(
      "libtorch (DJL), training", "pytorch-native-cpu", "LibtorchTrainBenchmark.iteration"),
  DL4J("DL4J", "deeplearning4j-nn", "Dl4jBenchmark.step");

  private final String label;
  private final String artifact;
  private final String benchmark;

  Peer(String label, String artifact, String benchmark) {
    this.label = label;
    this.artifact = artifact;
    this.benchmark = benchmark;
  }

  /** What the tables call it. */
  public String label() {
    return label;
  }

  /** Whether a result is this column's. */
  boolean made(JmhResult result) {
    return benchmark.equals(result.type() + "." + result.method());
  }

  /** The name and the version of its jar on a class path; the name alone if it has none there. */
  String labelWithVersion(String classPath) {
    Matcher jar =
        Pattern.compile(artifact + "-([0-9][0-9A-Za-z.-]*?)(-[a-z]+-[a-z].*?)?\\.jar")
            .matcher(classPath);
    int comma = label.indexOf(',');
    String engine = comma < 0 ? label : label.substring(0, comma);
    String rest = comma < 0 ? "" : label.substring(comma);
    return jar.find() ? engine + " " + jar.group(1) + rest : label;
  }
}
