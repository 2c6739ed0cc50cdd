// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.quadgate.engine.LayerRun;
import org.quadgate.io.onnx.graph.OnnxImporter;
import org.quadgate.io.onnx.proto.OnnxAttribute;
import org.quadgate.io.onnx.proto.OnnxModel;
import org.quadgate.io.onnx.proto.OnnxNode;
import org.quadgate.io.onnx.proto.OnnxParser;
import org.quadgate.io.onnx.proto.OnnxSource;
import org.quadgate.io.onnx.proto.OnnxTensor;
import org.quadgate.network.Direction;
import org.quadgate.network.RecurrentLayer;

/**
 * The ONNX project's own node tests for LSTM and RNN, which are not ours to distribute: run by
 * scripts/onnx-node-tests, which says where they lie, and by nothing else.
 */
class OnnxNodeSuite {
  private static final Path FOLDER = Path.of(System.getProperty("quadgate.onnx.node", "missing"));
  private static final double TOLERANCE = 1e-5;

  static List<String> cases() throws IOException {
    List<String> names = new ArrayList<>();
    try (Stream<Path> folders = Files.list(FOLDER)) {
      folders
          .map(folder -> folder.getFileName().toString())
          .filter(name -> name.matches("test_(lstm|rnn|simple_rnn)_.*"))
          .sorted()
          .forEach(names::add);
    }
    assertTrue(names.size() >= 8, "found only " + names);
    return names;
  }

  private static OnnxTensor tensor(OnnxSource source, Path file) throws IOException {
    return OnnxTensor.read(source, ByteBuffer.wrap(Files.readAllBytes(file)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void givesTheSuitesOutputs(String name) throws IOException {
    Path folder = FOLDER.resolve(name);
    Path data = folder.resolve("test_data_set_0");
    OnnxSource source = new OnnxSource(folder.resolve("model.onnx"));
    OnnxModel model =
        OnnxParser.parse(source, ByteBuffer.wrap(Files.readAllBytes(folder.resolve("model.onnx"))));
    OnnxNode node = model.graph().nodes().getFirst();
    // weights and states come as inputs; X and the lengths stay such
    List<OnnxTensor> given = new ArrayList<>();
    OnnxTensor x = null;
    int[] lengths = null;
    for (int i = 0; i < model.graph().inputs().size(); i++) {
      String input = model.graph().inputs().get(i).name();
      OnnxTensor tensor = tensor(source, data.resolve("input_" + i + ".pb"));
      assertEquals(input, tensor.name);
      if (input.equals(node.input(0))) {
        x = tensor;
      } else if (input.equals(node.input(4))) {
        lengths = new int[tensor.longs.length];
        for (int n = 0; n < lengths.length; n++) {
          lengths[n] = (int) tensor.longs[n];
        }
      } else {
        given.add(tensor);
      }
    }
    RecurrentLayer layer =
        OnnxImporter.read(source, model, given, OnnxFile.budget(1 << 20)).layers().getFirst();
    boolean batchFirst =
        node.attributes().get("layout") instanceof OnnxAttribute.Int(long layout) && layout == 1;
    int steps = x.dims.get(batchFirst ? 1 : 0);
    int batch = x.dims.get(batchFirst ? 0 : 1);
    float[] values = x.floats.array();
    LayerRun.Result result =
        LayerRun.run(
            layer,
            batchFirst ? GraphFiles.swapped(values, batch, steps) : values,
            steps,
            batch,
            lengths,
            null,
            null);
    for (int i = 0; i < model.graph().outputs().size(); i++) {
      String output = model.graph().outputs().get(i).name();
      OnnxTensor expected = tensor(source, data.resolve("output_" + i + ".pb"));
      float[] ours = output.equals(node.output(0)) ? result.outputs() : result.finalHidden();
      // one direction in all of them, so the layouts differ in time and batch alone
      assertEquals(Direction.FORWARD, layer.direction());
      if (batchFirst && output.equals(node.output(0))) {
        ours = GraphFiles.swapped(ours, steps, batch);
      }
      assertEquals(expected.floats.size(), ours.length, output);
      for (int k = 0; k < ours.length; k++) {
        assertEquals(expected.floats.get(k), ours[k], TOLERANCE * (1 + Math.abs(ours[k])), output);
      }
    }
  }
}
