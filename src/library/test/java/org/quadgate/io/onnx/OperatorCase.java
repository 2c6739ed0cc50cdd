// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.quadgate.io.onnx.proto.MessageBytes;
import org.quadgate.io.onnx.proto.OnnxGraphBuilder;
import org.quadgate.io.onnx.proto.OnnxTensor;
import org.quadgate.network.Activation;

/** One LSTM or RNN node with random weights and attributes, in ONNX's own terms and orders. */
final class OperatorCase {
  static final int[] OPSETS = {7, 14, 22};
  private static final int[] UNITS = {1, 2, 3, 5, 15, 16, 17, 33};

  final String op;
  final int gates;
  final int functions; // of one direction
  final int opset;
  final String direction;
  final int directions;
  final int layout;
  final int steps;
  final int batch;
  final int inputs;
  final int hidden;
  final float clip; // 0: none
  final boolean coupled;
  final List<String> activations = new ArrayList<>(); // empty: the usual
  final List<Float> alphas = new ArrayList<>();
  final List<Float> betas = new ArrayList<>();
  final float[] x; // [T][B][I], layout 1: [B][T][I]
  final float[] w; // [D][gates·H][I]
  final float[] r; // [D][gates·H][H]
  final float[] b; // [D][2·gates·H] or null
  final int[] lengths; // [B] or null
  final float[] h; // [D][B][H], layout 1: [B][D][H], or null
  final float[] c; // likewise
  final float[] p; // [D][3·H] or null

  /** What kind of case; everything else follows from the seed. */
  OperatorCase(String op, int layout, long seed) {
    Random random = new Random(seed * 31 + op.hashCode() + layout);
    this.op = op;
    this.layout = layout;
    boolean lstm = op.equals("LSTM");
    gates = lstm ? 4 : 1;
    functions = lstm ? 3 : 1;
    opset = layout == 1 ? 14 + 8 * random.nextInt(2) : OPSETS[random.nextInt(OPSETS.length)];
    direction = List.of("forward", "reverse", "bidirectional").get(random.nextInt(3));
    directions = direction.equals("bidirectional") ? 2 : 1;
    steps = 1 + random.nextInt(8);
    batch = 1 + random.nextInt(5);
    inputs = 1 + random.nextInt(9);
    hidden = UNITS[random.nextInt(UNITS.length)];
    clip = random.nextInt(3) == 0 ? 0.1f + random.nextFloat() : 0;
    coupled = lstm && random.nextInt(3) == 0;
    if (random.nextInt(3) > 0) {
      pickActivations(random);
    }
    int rows = gates * hidden;
    x = values(random, steps * batch * inputs, 1);
    // functions without bounds get smaller weights, so that states do not grow without bounds
    double scale = activations.isEmpty() ? 1 : 0.4;
    w = values(random, directions * rows * inputs, 0.7 * scale);
    r = values(random, directions * rows * hidden, scale / Math.sqrt(hidden));
    b = random.nextInt(3) > 0 ? values(random, directions * 2 * rows, 0.5) : null;
    lengths = random.nextInt(2) > 0 ? lengths(random) : null;
    h = random.nextInt(3) > 0 ? values(random, directions * batch * hidden, 0.6) : null;
    c = lstm && random.nextInt(3) > 0 ? values(random, directions * batch * hidden, 0.8) : null;
    p = lstm && random.nextInt(2) > 0 ? values(random, directions * 3 * hidden, 0.6) : null;
  }

  private void pickActivations(Random random) {
    Activation.Function[] all = Activation.Function.values();
    for (int i = 0; i < functions * directions; i++) {
      Activation.Function function = all[random.nextInt(all.length)];
      activations.add(function.onnxName());
      // small slopes keep the states of unbounded functions from growing, and rounding with them
      if (function.numbers() >= 1) {
        alphas.add(0.1f + 0.6f * random.nextFloat());
      }
      if (function.numbers() >= 2) {
        betas.add(0.1f + 0.6f * random.nextFloat());
      }
    }
  }

  private int[] lengths(Random random) {
    int[] lengths = new int[batch];
    for (int i = 0; i < batch; i++) {
      lengths[i] = random.nextInt(steps + 1);
    }
    return lengths;
  }

  private static float[] values(Random random, int count, double scale) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (random.nextGaussian() * scale);
    }
    return values;
  }

  /** The model: X, the lengths and the states are inputs, the weights are in it. */
  byte[] model() {
    OnnxGraphBuilder graph = new OnnxGraphBuilder();
    List<String> names = new ArrayList<>();
    Object time = layout == 0 ? "time" : "batch";
    Object second = layout == 0 ? "batch" : "time";
    names.add(graph.input("X", OnnxTensor.FLOAT, time, second, inputs));
    int rows = gates * hidden;
    names.add(graph.floats("W", w, directions, rows, inputs));
    names.add(graph.floats("R", r, directions, rows, hidden));
    names.add(b == null ? "" : graph.floats("B", b, directions, 2L * rows));
    names.add(lengths == null ? "" : graph.input("sequence_lens", OnnxTensor.INT32, "batch"));
    Object[] state =
        layout == 0
            ? new Object[] {directions, "batch", hidden}
            : new Object[] {"batch", directions, hidden};
    names.add(h == null ? "" : graph.input("initial_h", OnnxTensor.FLOAT, state));
    if (gates == 4) {
      names.add(c == null ? "" : graph.input("initial_c", OnnxTensor.FLOAT, state));
      names.add(p == null ? "" : graph.floats("P", p, directions, 3L * hidden));
    }
    while (names.getLast().isEmpty()) {
      names.removeLast();
    }
    OnnxGraphBuilder.Node node =
        gates == 4 ? graph.node(op, names, "Y", "Y_h", "Y_c") : graph.node(op, names, "Y", "Y_h");
    node.with("hidden_size", hidden).with("direction", direction);
    if (clip > 0) {
      node.with("clip", clip);
    }
    if (coupled) {
      node.with("input_forget", 1L);
    }
    if (layout == 1) {
      node.with("layout", 1L);
    }
    if (!activations.isEmpty()) {
      node.withTexts("activations", activations);
    }
    if (!alphas.isEmpty()) {
      node.withReals("activation_alpha", alphas);
    }
    if (!betas.isEmpty()) {
      node.withReals("activation_beta", betas);
    }
    node.add();
    graph.output("Y", "a", "b", "c", hidden);
    graph.output("Y_h", "a", "b", hidden);
    if (gates == 4) {
      graph.output("Y_c", "a", "b", hidden);
    }
    return MessageBytes.of(graph.model(opset, "", Map.of()));
  }

  @Override
  public String toString() {
    return "%s-%d %s T%d B%d I%d H%d clip %s coupled %s %s %s %s lengths %s b %s h %s c %s p %s"
        .formatted(
            op,
            opset,
            direction,
            steps,
            batch,
            inputs,
            hidden,
            clip,
            coupled,
            activations,
            alphas,
            betas,
            Arrays.toString(lengths),
            b != null,
            h != null,
            c != null,
            p != null);
  }
}
