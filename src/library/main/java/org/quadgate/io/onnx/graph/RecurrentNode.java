// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.io.onnx.proto.OnnxFloats;
import org.quadgate.network.Activation;
import org.quadgate.network.Architecture;
import org.quadgate.network.CellType;
import org.quadgate.network.Direction;
import org.quadgate.network.DirectionWeights;
import org.quadgate.network.RecurrentLayer;

/**
 * An LSTM or RNN node, versions 7 to 22 of the operators. ONNX stores an LSTM's gates as i, o, f, c
 * and its peepholes as i, o, f; ours are i, f, g, o and i, f, o.
 *
 * @param layer the layer
 * @param layout 0 where time is X's first dimension, 1 where batch is
 * @param lengths the graph input that gives the sequences' lengths; "" if there is none
 */
record RecurrentNode(RecurrentLayer layer, int layout, String lengths) {
  private static final int[] LSTM_ORDER = {0, 2, 3, 1};
  private static final int[] PEEPHOLE_ORDER = {0, 2, 1};
  private static final int[] RNN_ORDER = {0};

  /** Reads all but X. */
  static RecurrentNode read(NodeReader in, ConstantFolding budget, Value.Data x)
      throws ModelFormatException {
    CellType cell = in.node().op().equals("LSTM") ? CellType.LSTM : CellType.RNN;
    Direction direction = direction(in);
    int directions = direction.count();
    Constant w = floats(in, 1, "W");
    Constant r = floats(in, 2, "R");
    if (w == null || r == null || w.rank() != 3 || r.rank() != 3) {
      throw in.failure("expected weights W and R of three dimensions");
    }
    int hidden = r.dims[2];
    int inputs = w.dims[2];
    if (hidden < 1
        || hidden > Architecture.MAX_SIZE
        || inputs < 1
        || inputs > Architecture.MAX_SIZE) {
      throw in.failure(
          "W is %s and R %s, expected sizes of 1 to %d"
              .formatted(w.shape(), r.shape(), Architecture.MAX_SIZE));
    }
    long said = in.integer("hidden_size", hidden);
    if (said != hidden) {
      throw in.failure("hidden_size is " + said + ", but R is " + r.shape());
    }
    int gates = cell.gates();
    expect(in, "W", w, directions, gates * hidden, inputs);
    expect(in, "R", r, directions, gates * hidden, hidden);
    Constant b = floats(in, 3, "B");
    if (b != null) {
      expect(in, "B", b, directions, 2 * gates * hidden);
    }
    int layout = layout(in);
    String lengths = lengths(in, x, layout);
    // any number of nodes may read one tensor, and each gets copies
    budget.spend(in, 2L * directions * gates * hidden * ((long) inputs + hidden + 1));
    float[][] h = initial(in, 5, "initial_h", directions, hidden, layout);
    float[][] c =
        cell == CellType.LSTM
            ? initial(in, 6, "initial_c", directions, hidden, layout)
            : new float[directions][0];
    Constant p = cell == CellType.LSTM ? floats(in, 7, "P") : null;
    if (p != null) {
      expect(in, "P", p, directions, 3 * hidden);
    }
    float clip = in.real("clip", Float.POSITIVE_INFINITY);
    if (!(clip > 0)) {
      throw in.failure("clip is " + clip + ", expected a number above 0");
    }
    boolean coupled = cell == CellType.LSTM && in.integer("input_forget", 0) != 0;
    List<List<Activation>> activations = activations(in, cell, directions);
    int[] order = cell == CellType.LSTM ? LSTM_ORDER : RNN_ORDER;
    List<DirectionWeights> weights = new ArrayList<>();
    for (int d = 0; d < directions; d++) {
      weights.add(
          DirectionWeights.builder(
                  gates(w.floats, d * gates, order, hidden * inputs),
                  gates(r.floats, d * gates, order, hidden * hidden),
                  b == null ? new float[gates * hidden] : bias(in, b.floats, d, order, hidden))
              .peephole(p == null ? new float[0] : gates(p.floats, d * 3, PEEPHOLE_ORDER, hidden))
              .initialHidden(h[d])
              .initialCell(c[d])
              .activations(activations.get(d))
              .build());
    }
    RecurrentLayer layer =
        RecurrentLayer.builder(cell, inputs, hidden)
            .direction(direction)
            .clip(clip)
            .coupled(coupled)
            .weights(weights)
            .build();
    return new RecurrentNode(layer, layout, lengths);
  }

  private static Direction direction(NodeReader in) throws ModelFormatException {
    String text = in.text("direction", "forward");
    return switch (text) {
      case "forward" -> Direction.FORWARD;
      case "reverse" -> Direction.REVERSE;
      case "bidirectional" -> Direction.BIDIRECTIONAL;
      default -> throw in.failure("direction is " + ModelFormatException.quote(text));
    };
  }

  private static int layout(NodeReader in) throws ModelFormatException {
    long layout = in.integer("layout", 0);
    if (layout != 0 && layout != 1) {
      throw in.failure("layout is " + layout + ", expected 0 or 1");
    }
    return (int) layout;
  }

  private static Constant floats(NodeReader in, int index, String what)
      throws ModelFormatException {
    Constant constant = in.optionalConstant(index, what);
    if (constant == null) {
      return null;
    }
    if (!constant.isFloat() || constant.anyOpen()) {
      throw in.failure(what + " has shape " + constant.shape() + ", expected known floats");
    }
    for (int i = 0; i < constant.size(); i++) {
      float value = constant.floats.get(i);
      if (!Float.isFinite(value)) {
        throw in.failure(what + " element " + i + " is " + value + ", expected a finite number");
      }
    }
    return constant;
  }

  private static void expect(NodeReader in, String what, Constant found, int... dims)
      throws ModelFormatException {
    if (!Arrays.equals(found.dims, dims)) {
      throw in.failure(
          what + " has shape " + found.shape() + ", expected " + Arrays.toString(dims));
    }
  }

  private static String lengths(NodeReader in, Value.Data x, int layout)
      throws ModelFormatException {
    return switch (in.optional(4)) {
      case null -> "";
      case Value.Fixed(Constant all) when isWhole(all, x, layout) -> "";
      case Value.Data data when data.isInput() -> data.input();
      case Value.Lengths given -> given.input();
      default ->
          throw in.failure(
              "sequence_lens is computed, or shorter than the sequences; expected an input of the graph, or none");
    };
  }

  /** Whether constant lengths are those of whole sequences, which the file has to know. */
  private static boolean isWhole(Constant lengths, Value.Data x, int layout) {
    if (lengths.isFloat() || x.rank() != 3) {
      return false;
    }
    for (long length : lengths.longs) {
      if (length == Constant.OPEN || length != x.dims().get(layout).size()) {
        return false;
      }
    }
    return true;
  }

  /** A state for each direction: zeros, a constant, or zeros where the caller gives it. */
  private static float[][] initial(
      NodeReader in, int index, String what, int directions, int hidden, int layout)
      throws ModelFormatException {
    float[][] states = new float[directions][hidden];
    switch (in.optional(index)) {
      case null -> {}
      case Value.GivenState given -> {}
      case Value.Data data when data.isInput() -> {}
      case Value.Fixed(Constant constant) -> {
        int directionAt = layout == 0 ? 0 : 1;
        int batchAt = 1 - directionAt;
        if (!constant.isFloat()
            || constant.rank() != 3
            || constant.dims[directionAt] != directions
            || constant.dims[2] != hidden
            || constant.open[directionAt]
            || constant.open[2]) {
          throw in.failure(
              "%s has shape %s, expected %d directions and %d units"
                  .formatted(what, constant.shape(), directions, hidden));
        }
        int batch = constant.dims[batchAt];
        for (int d = 0; d < directions; d++) {
          for (int n = 0; n < batch; n++) {
            int at = (layout == 0 ? d * batch + n : n * directions + d) * hidden;
            for (int u = 0; u < hidden; u++) {
              float value = constant.floats.get(at + u);
              if (!Float.isFinite(value) || (n > 0 && value != states[d][u])) {
                throw in.failure(
                    what + " is not finite, or differs between the sequences of a batch");
              }
              states[d][u] = value;
            }
          }
        }
      }
      default ->
          throw in.failure(
              what + " is computed by another layer; expected a constant or an input of the graph");
    }
    return states;
  }

  /** Blocks of {@code size} values from block {@code first} on, in our order. */
  private static float[] gates(OnnxFloats from, int first, int[] order, int size) {
    float[] to = new float[order.length * size];
    for (int g = 0; g < order.length; g++) {
      from.copy((first + order[g]) * size, to, g * size, size);
    }
    return to;
  }

  /** The sum of Wb and Rb. */
  private static float[] bias(NodeReader in, OnnxFloats b, int direction, int[] order, int hidden)
      throws ModelFormatException {
    float[] input = gates(b, 2 * direction * order.length, order, hidden);
    float[] recurrent = gates(b, (2 * direction + 1) * order.length, order, hidden);
    for (int i = 0; i < input.length; i++) {
      input[i] += recurrent[i];
      if (!Float.isFinite(input[i])) {
        throw in.failure("the sum of two biases in B is beyond what a float can hold");
      }
    }
    return input;
  }

  private static List<List<Activation>> activations(NodeReader in, CellType cell, int directions)
      throws ModelFormatException {
    List<String> names = in.texts("activations");
    List<Float> alphas = in.reals("activation_alpha");
    List<Float> betas = in.reals("activation_beta");
    int each = cell.usualActivations().size();
    List<List<Activation>> all = new ArrayList<>();
    if (names.isEmpty()) {
      if (!alphas.isEmpty() || !betas.isEmpty()) {
        throw in.failure("has activation_alpha or activation_beta, but no activations");
      }
      for (int d = 0; d < directions; d++) {
        all.add(cell.usualActivations());
      }
      return all;
    }
    if (names.size() != each * directions) {
      throw in.failure(
          "has %d activations, expected %d".formatted(names.size(), each * directions));
    }
    int alpha = 0;
    int beta = 0;
    List<Activation> found = new ArrayList<>();
    for (String name : names) {
      Activation.Function function = function(in, name);
      float a = function.defaultAlpha();
      float b = function.defaultBeta();
      if (function.numbers() >= 1 && alpha < alphas.size()) {
        a = alphas.get(alpha++);
      }
      if (function.numbers() >= 2 && beta < betas.size()) {
        b = betas.get(beta++);
      }
      found.add(activation(in, function, a, b));
    }
    if (alpha < alphas.size() || beta < betas.size()) {
      throw in.failure("has more activation_alpha or activation_beta than its activations take");
    }
    for (int d = 0; d < directions; d++) {
      all.add(List.copyOf(found.subList(d * each, (d + 1) * each)));
    }
    return all;
  }

  static Activation activation(NodeReader in, Activation.Function function, float a, float b)
      throws ModelFormatException {
    if (!Float.isFinite(a) || !Float.isFinite(b)) {
      throw in.failure(function.onnxName() + " with alpha " + a + " and beta " + b);
    }
    return new Activation(function, a, b);
  }

  private static Activation.Function function(NodeReader in, String name)
      throws ModelFormatException {
    for (Activation.Function function : Activation.Function.values()) {
      // the specification gives the names in one case and its own tests use another
      if (function.onnxName().toLowerCase(Locale.ROOT).equals(name.toLowerCase(Locale.ROOT))) {
        return function;
      }
    }
    throw in.failure(
        "activation " + ModelFormatException.quote(name) + " is not one of the specification's");
  }
}
