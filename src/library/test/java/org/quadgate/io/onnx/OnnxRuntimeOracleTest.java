// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.quadgate.engine.LayerRun;
import org.quadgate.network.RecurrentLayer;

/**
 * The whole operator against ONNX Runtime and against a reference in double precision, over
 * generated nodes with distinct random weights.
 */
@Tag("once")
class OnnxRuntimeOracleTest {
  private static final int CASES = 600;

  /** Single precision, and approximations of exp that differ: ours, and ONNX Runtime's. */
  private static final double TOLERANCE = 1e-5;

  private static Map<String, double[]> runtime(OperatorCase in) throws Exception {
    try (OrtModel model = new OrtModel(in.model())) {
      model.set("X", in.x, in.steps, in.batch, in.inputs);
      if (in.lengths != null) {
        model.set("sequence_lens", in.lengths, in.batch);
      }
      if (in.h != null) {
        model.set("initial_h", in.h, in.directions, in.batch, in.hidden);
      }
      if (in.c != null) {
        model.set("initial_c", in.c, in.directions, in.batch, in.hidden);
      }
      Map<String, double[]> outputs = new HashMap<>();
      for (Map.Entry<String, float[]> output : model.run().entrySet()) {
        outputs.put(output.getKey(), doubles(output.getValue()));
      }
      return outputs;
    }
  }

  private static double[] doubles(float[] from) {
    double[] to = new double[from.length];
    for (int i = 0; i < from.length; i++) {
      to[i] = from[i];
    }
    return to;
  }

  /** Our reader and our layer, and its result in the order of the node's outputs. */
  private static Map<String, double[]> ours(OperatorCase in) throws Exception {
    RecurrentLayer layer = OnnxFile.read(Path.of("generated.onnx"), in.model()).layers().getFirst();
    float[] x = new float[in.x.length];
    for (int t = 0; t < in.steps; t++) {
      for (int n = 0; n < in.batch; n++) {
        int from = in.layout == 0 ? t * in.batch + n : n * in.steps + t;
        System.arraycopy(in.x, from * in.inputs, x, (t * in.batch + n) * in.inputs, in.inputs);
      }
    }
    LayerRun.Result result =
        LayerRun.run(layer, x, in.steps, in.batch, in.lengths, states(in, in.h), states(in, in.c));
    double[] y = new double[result.outputs().length];
    for (int t = 0; t < in.steps; t++) {
      for (int n = 0; n < in.batch; n++) {
        for (int d = 0; d < in.directions; d++) {
          int from = (t * in.batch + n) * in.directions + d;
          int to =
              in.layout == 0
                  ? (t * in.directions + d) * in.batch + n
                  : (n * in.steps + t) * in.directions + d;
          copy(result.outputs(), from, y, to, in.hidden);
        }
      }
    }
    return Map.of(
        "Y", y, "Y_h", finals(in, result.finalHidden()), "Y_c", finals(in, result.finalCell()));
  }

  private static void copy(float[] from, int fromRow, double[] to, int toRow, int size) {
    for (int i = 0; i < size; i++) {
      to[toRow * size + i] = from[fromRow * size + i];
    }
  }

  /** From the node's order to [batch][directions][hidden]. */
  private static float[] states(OperatorCase in, float[] from) {
    if (from == null || in.layout == 1) {
      return from;
    }
    float[] to = new float[from.length];
    for (int d = 0; d < in.directions; d++) {
      for (int n = 0; n < in.batch; n++) {
        int h = in.hidden;
        System.arraycopy(from, (d * in.batch + n) * h, to, (n * in.directions + d) * h, h);
      }
    }
    return to;
  }

  private static double[] finals(OperatorCase in, float[] from) {
    double[] to = new double[from.length];
    for (int row = 0; row < from.length / in.hidden; row++) {
      int n = row / in.directions;
      int d = row % in.directions;
      copy(from, row, to, in.layout == 0 ? d * in.batch + n : row, in.hidden);
    }
    return to;
  }

  /** The largest difference as a share of what is allowed; above 1 is too much. */
  private static double difference(Map<String, double[]> a, Map<String, double[]> b) {
    double most = 0;
    for (Map.Entry<String, double[]> entry : a.entrySet()) {
      double[] other = b.get(entry.getKey());
      assertEquals(other.length, entry.getValue().length, entry.getKey());
      for (int i = 0; i < other.length; i++) {
        double distance = Math.abs(entry.getValue()[i] - other[i]);
        double share = distance / (TOLERANCE * (1 + Math.abs(other[i])));
        most = Double.isNaN(share) ? Double.POSITIVE_INFINITY : Math.max(most, share);
      }
    }
    return most;
  }

  /**
   * ONNX Runtime 1.28 brings the process down with an RNN of which a sequence has no timestep, and
   * with a bidirectional one where not both functions have as many numbers: it reads those at the
   * place of the direction, not in the order of the functions that have some.
   */
  private static boolean crashesRuntime(OperatorCase in) {
    return in.op.equals("RNN")
        && ((in.lengths != null && Arrays.stream(in.lengths).anyMatch(length -> length == 0))
            || (in.directions == 2 && (in.alphas.size() == 1 || in.betas.size() == 1)));
  }

  /**
   * Unbounded functions can make a state grow with every timestep, and its error faster than it;
   * what such a network computes is noise in any single precision.
   */
  private static boolean diverges(Map<String, double[]> outputs) {
    return outputs.values().stream().flatMapToDouble(Arrays::stream).anyMatch(v -> Math.abs(v) > 8);
  }

  private static void check(String op, boolean withRuntime, int layout) throws Exception {
    StringBuilder wrong = new StringBuilder();
    int compared = 0;
    for (int seed = 0; seed < CASES; seed++) {
      OperatorCase in = new OperatorCase(op, layout, seed);
      Map<String, double[]> reference = OperatorReference.run(in);
      if (diverges(reference)) {
        continue;
      }
      compared++;
      Map<String, double[]> ours = ours(in);
      double fromReference = difference(ours, reference);
      Map<String, double[]> runtime = withRuntime && !crashesRuntime(in) ? runtime(in) : reference;
      double fromRuntime = difference(runtime, reference);
      double between = difference(runtime, ours);
      if (fromReference > 1 || fromRuntime > 1 || between > 1) {
        wrong.append(
            "%nseed %d: ours %.2f, runtime %.2f, between %.2f of the tolerance: %s"
                .formatted(seed, fromReference, fromRuntime, between, in));
      }
    }
    if (!wrong.isEmpty()) {
      fail(wrong.toString());
    }
    assertTrue(compared > 0.9 * CASES, "only " + compared + " cases were compared");
  }

  @Test
  void lstm() throws Exception {
    check("LSTM", true, 0);
  }

  @Test
  void rnn() throws Exception {
    check("RNN", true, 0);
  }

  /** ONNX Runtime refuses layout 1, so the reference stands alone. */
  @Test
  void batchFirst() throws Exception {
    check("LSTM", false, 1);
    check("RNN", false, 1);
  }

  @Test
  void aWrongGateOrderIsFound() throws Exception {
    OperatorCase in = new OperatorCase("LSTM", 0, 1);
    Map<String, double[]> reference = OperatorReference.run(in);
    int block = in.hidden * in.inputs;
    float[] first = Arrays.copyOf(in.w, block);
    System.arraycopy(in.w, block, in.w, 0, block);
    System.arraycopy(first, 0, in.w, block, block);
    assertTrue(difference(ours(in), reference) > 1);
  }
}
