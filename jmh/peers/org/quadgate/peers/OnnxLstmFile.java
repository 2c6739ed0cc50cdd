// SPDX-License-Identifier: Apache-2.0
package org.quadgate.peers;

import org.quadgate.network.Architecture;
import org.quadgate.network.WeightArrays;

/**
 * An ONNX model of one LSTM node: inputs x, h and c, outputs y (of all timesteps, left out for a
 * single one, where it equals hn), hn and cn. The field numbers are those of ONNX's onnx.proto.
 */
final class OnnxLstmFile {
  private static final int IR_VERSION = 8;
  private static final int OPSET = 14;
  private static final int FLOAT = 1;

  /** Where gates i, o, f, c of ONNX stand in our order of i, f, g, o. */
  private static final int[] IOFC = {0, 3, 1, 2};

  private OnnxLstmFile() {}

  /** The file's bytes, for sequences of {@code steps} timesteps and {@code batch} streams. */
  static byte[] of(WeightArrays weights, int steps, int batch) {
    Architecture architecture = weights.architecture();
    WeightArrays.Recurrent layer = weights.layers().getFirst();
    int inputs = architecture.inputSize();
    int hidden = architecture.outputSize();

    boolean sequence = steps > 1;
    ProtobufWriter node = new ProtobufWriter();
    for (String input : new String[] {"x", "W", "R", "B", "", "h", "c"}) {
      node.text(1, input); // the empty one is the lengths of ragged sequences
    }
    for (String output : new String[] {sequence ? "y" : "", "hn", "cn"}) {
      node.text(2, output);
    }
    node.text(3, "lstm").text(4, "LSTM").message(5, integerAttribute("hidden_size", hidden));

    float[] bias = new float[8 * hidden]; // [Wb, Rb]; ours is their sum, so Rb is zero
    System.arraycopy(reordered(layer.bias, hidden), 0, bias, 0, 4 * hidden);
    ProtobufWriter graph =
        new ProtobufWriter()
            .message(1, node)
            .text(2, "lstm")
            .message(5, tensor("W", reordered(layer.input, hidden * inputs), 1, 4 * hidden, inputs))
            .message(
                5, tensor("R", reordered(layer.recurrent, hidden * hidden), 1, 4 * hidden, hidden))
            .message(5, tensor("B", bias, 1, 8 * hidden))
            .message(11, value("x", steps, batch, inputs))
            .message(11, value("h", 1, batch, hidden))
            .message(11, value("c", 1, batch, hidden));
    if (sequence) {
      graph.message(12, value("y", steps, 1, batch, hidden));
    }
    graph.message(12, value("hn", 1, batch, hidden)).message(12, value("cn", 1, batch, hidden));

    return new ProtobufWriter()
        .integer(1, IR_VERSION)
        .text(2, "quadgate")
        .message(7, graph)
        .message(8, new ProtobufWriter().text(1, "").integer(2, OPSET))
        .toBytes();
  }

  /** Gate blocks of {@code block} floats, from our order to ONNX's. */
  private static float[] reordered(float[] gates, int block) {
    float[] to = new float[gates.length];
    for (int g = 0; g < IOFC.length; g++) {
      System.arraycopy(gates, IOFC[g] * block, to, g * block, block);
    }
    return to;
  }

  private static ProtobufWriter integerAttribute(String name, long value) {
    int kind = 2; // AttributeType.INT
    return new ProtobufWriter().text(1, name).integer(3, value).integer(20, kind);
  }

  private static ProtobufWriter tensor(String name, float[] values, int... shape) {
    ProtobufWriter tensor = new ProtobufWriter();
    for (int size : shape) {
      tensor.integer(1, size);
    }
    return tensor.integer(2, FLOAT).text(8, name).rawFloats(9, values);
  }

  private static ProtobufWriter value(String name, int... shape) {
    ProtobufWriter dimensions = new ProtobufWriter();
    for (int size : shape) {
      dimensions.message(1, new ProtobufWriter().integer(1, size));
    }
    ProtobufWriter tensor = new ProtobufWriter().integer(1, FLOAT).message(2, dimensions);
    return new ProtobufWriter().text(1, name).message(2, new ProtobufWriter().message(1, tensor));
  }
}
