// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.quadgate.io.onnx.proto.MessageBytes;
import org.quadgate.io.onnx.proto.OnnxGraphBuilder;
import org.quadgate.io.onnx.proto.OnnxTensor;
import org.quadgate.io.onnx.proto.ProtobufWriter;

/** Whatever is in an ONNX file, the reader gives a model or its one exception, within bounds. */
@Tag("once")
class OnnxHostileTest {
  private static final Path FOLDER = Path.of("src", "library", "test", "resources", "onnx");
  private static final Path CORPUS = Path.of("src", "library", "test", "resources", "fuzz", "onnx");

  /** A prefix of the file can be a model where what follows is not needed; here nothing is. */
  @ParameterizedTest
  @ValueSource(strings = {"torch_scaled_op14", "torch_new_both", "tf_both_last_op12"})
  void everyTruncationIsRefused(String name) throws IOException {
    byte[] whole = Files.readAllBytes(FOLDER.resolve(name + ".onnx"));
    assertTrue(OnnxFuzz.accepts(whole));
    // the opset stands last: without it there is no model, and no byte can be spared
    for (int length = 0; length < whole.length; length++) {
      assertFalse(OnnxFuzz.accepts(Arrays.copyOf(whole, length)), "the first " + length);
    }
  }

  /** ONNX has no checksum: a flipped weight is a weight. */
  @ParameterizedTest
  @ValueSource(strings = {"torch_scaled_op14", "torch_new_both", "half_weights"})
  void everyFlippedByteIsRefusedOrRead(String name) throws IOException {
    byte[] bytes = Files.readAllBytes(FOLDER.resolve(name + ".onnx"));
    int refused = 0;
    for (int i = 0; i < bytes.length; i++) {
      for (int flip : new int[] {0xff, 1, 0x80}) {
        bytes[i] ^= (byte) flip;
        refused += OnnxFuzz.accepts(bytes) ? 0 : 1;
        bytes[i] ^= (byte) flip;
      }
    }
    assertTrue(refused > bytes.length / 4, "only " + refused + " refused");
  }

  @Test
  void whatTheFuzzerFoundInterestingStaysHarmless() throws IOException {
    List<Path> corpus;
    try (Stream<Path> files = Files.list(CORPUS)) {
      corpus = files.sorted().toList();
    }
    assertTrue(corpus.size() >= 50, corpus.size() + " files");
    int accepted = 0;
    for (Path file : corpus) {
      accepted += OnnxFuzz.accepts(Files.readAllBytes(file)) ? 1 : 0;
    }
    assertTrue(accepted > 0 && accepted < corpus.size(), accepted + " of " + corpus.size());
  }

  /**
   * A tensor that many nodes read is copied by each; the copies are counted before they are made.
   */
  @Test
  void sharedWeightsDoNotMultiply() {
    OnnxGraphBuilder graph = new OnnxGraphBuilder();
    int hidden = 64;
    graph.input("x", OnnxTensor.FLOAT, "time", "batch", hidden);
    graph.floats("W", new float[4 * hidden * hidden], 1, 4L * hidden, hidden);
    String value = "x";
    for (int i = 0; i < 2000; i++) {
      graph.node("LSTM", List.of(value, "W", "W"), "Y" + i).with("hidden_size", hidden).add();
      value = graph.node("Squeeze", List.of("Y" + i, graph.integers("axis" + i, 1)), "y" + i).add();
    }
    graph.output(value, "time", "batch", hidden);
    assertFalse(OnnxFuzz.accepts(MessageBytes.of(graph.model(14, "", Map.of()))));
  }

  /** A few bytes that ask for terabytes. */
  @Test
  void shapesDoNotAllocate() {
    OnnxGraphBuilder graph = new OnnxGraphBuilder();
    graph.input("x", OnnxTensor.FLOAT, "time", "batch", 1);
    graph.integers("shape", 1 << 20, 1 << 20, 1 << 20);
    graph.node("ConstantOfShape", List.of("shape"), "W").add();
    graph.node("LSTM", List.of("x", "W", "W"), "Y").add();
    graph.output("Y", "a", "b", "c", 1);
    assertFalse(OnnxFuzz.accepts(MessageBytes.of(graph.model(14, "", Map.of()))));
    ProtobufWriter tensor =
        new ProtobufWriter()
            .message(
                7,
                new ProtobufWriter()
                    .message(
                        5,
                        new ProtobufWriter()
                            .integer(1, 1 << 15)
                            .integer(1, 1 << 15)
                            .integer(2, OnnxTensor.FLOAT)));
    assertFalse(OnnxFuzz.accepts(MessageBytes.of(tensor)));
  }

  @Test
  void anEmptyFileAndNoiseAreRefused() {
    assertFalse(OnnxFuzz.accepts(new byte[0]));
    byte[] noise = new byte[4096];
    new Random(1).nextBytes(noise);
    assertFalse(OnnxFuzz.accepts(noise));
  }
}
