// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import java.util.Arrays;
import java.util.List;
import org.quadgate.network.Activation;
import org.quadgate.network.CellType;
import org.quadgate.network.Direction;
import org.quadgate.network.DirectionWeights;
import org.quadgate.network.LinearLayer;
import org.quadgate.network.Network;
import org.quadgate.network.RecurrentLayer;

/**
 * Any network over one whole sequence in plain double precision, written from the formulas of
 * {@link RecurrentLayer} and sharing no code with the engine.
 */
final class NetworkReference {
  /**
   * One direction of a layer: what its cell was after each timestep, by the sequence's own time.
   */
  static final class Cell {
    /** Activated gates i, f, g, o, or none of an RNN; shape [steps][4·units]. */
    final double[][] gates;

    /** c after each timestep; shape [steps][units]. */
    final double[][] c;

    /** What is put out for each timestep; shape [steps][width]. */
    final double[][] outputs;

    /** What the last timestep put out that was read; zeros if none was. */
    double[] last;

    private Cell(int steps) {
      gates = new double[steps][];
      c = new double[steps][];
      outputs = new double[steps][];
    }
  }

  private final Network network;
  private final boolean[] masked;

  /** By layer and direction. */
  final Cell[][] cells;

  /** Rows that come out; shape [rows][output]. */
  final double[][] outputs;

  NetworkReference(Network network, float[] xs, int steps) {
    this.network = network;
    masked = new boolean[steps];
    cells = new Cell[network.layers().size()][];
    double[][] rows = scaled(xs, steps);
    for (int i = 0; i < cells.length; i++) {
      RecurrentLayer layer = network.layers().get(i);
      cells[i] = new Cell[layer.directions().size()];
      for (int d = 0; d < cells[i].length; d++) {
        boolean backwards = layer.direction() == Direction.REVERSE || d == 1;
        cells[i][d] = run(layer, layer.directions().get(d), backwards, rows);
      }
      double[][] next = new double[steps][];
      for (int t = 0; t < steps; t++) {
        next[t] = sideBySide(cells[i], t);
      }
      rows = next;
    }
    double[][] chosen =
        switch (network.rows()) {
          case EACH -> rows;
          case LAST -> new double[][] {rows[steps - 1]};
          case FINAL -> new double[][] {sideBySide(cells[cells.length - 1], -1)};
        };
    outputs = Arrays.stream(chosen).map(this::head).toArray(double[][]::new);
  }

  private static double[] sideBySide(Cell[] directions, int t) {
    return Arrays.stream(directions)
        .map(cell -> t < 0 ? cell.last : cell.outputs[t])
        .flatMapToDouble(Arrays::stream)
        .toArray();
  }

  private double[][] scaled(float[] xs, int steps) {
    int size = network.inputSize();
    float[] mean = network.inputScaling().mean();
    float[] std = network.inputScaling().std();
    double[][] rows = new double[steps][size];
    for (int t = 0; t < steps; t++) {
      masked[t] = network.maskValue().isPresent();
      for (int k = 0; k < size; k++) {
        rows[t][k] = (xs[t * size + k] - (double) mean[k]) / std[k];
        masked[t] &= rows[t][k] == network.maskValue().orElse(0);
      }
    }
    return rows;
  }

  private Cell run(
      RecurrentLayer layer, DirectionWeights weights, boolean backwards, double[][] xs) {
    int steps = xs.length;
    Cell cell = new Cell(steps);
    double[] h = widen(weights.initialHidden());
    double[] c = widen(weights.initialCell());
    double[] shown = new double[h.length]; // zeros before a timestep was read
    for (int n = 0; n < steps; n++) {
      int t = backwards ? steps - 1 - n : n;
      if (!masked[t]) {
        h = step(layer, weights, xs[t], h, c, cell, t);
        shown = h;
      }
      cell.c[t] = c.clone();
      cell.outputs[t] = shown;
    }
    cell.last = shown;
    return cell;
  }

  /** One timestep; moves c on, and returns the new h. */
  private static double[] step(
      RecurrentLayer layer,
      DirectionWeights weights,
      double[] x,
      double[] h,
      double[] c,
      Cell to,
      int t) {
    int units = layer.hiddenSize();
    List<Activation> f = weights.activations();
    float[] w = weights.input();
    float[] r = weights.recurrent();
    float[] bias = weights.bias();
    float[] p = weights.hasPeepholes() ? weights.peephole() : new float[3 * units];
    double[] z = new double[bias.length];
    for (int row = 0; row < z.length; row++) {
      z[row] = bias[row] + dot(w, row, x) + dot(r, row, h);
    }
    double clip = layer.clip();
    double[] next = new double[units];
    if (layer.cell() == CellType.RNN) {
      for (int u = 0; u < units; u++) {
        next[u] = apply(f.getFirst(), clip(z[u], clip));
      }
      return next;
    }
    double[] gates = new double[4 * units];
    for (int u = 0; u < units; u++) {
      double i = apply(f.get(0), clip(z[u] + p[u] * c[u], clip));
      double forget = apply(f.get(0), clip(z[units + u] + p[units + u] * c[u], clip));
      forget = layer.coupled() ? 1 - i : forget;
      double g = apply(f.get(1), clip(z[2 * units + u], clip));
      c[u] = forget * c[u] + i * g;
      double o = apply(f.get(0), clip(z[3 * units + u] + p[2 * units + u] * c[u], clip));
      next[u] = o * apply(f.get(2), c[u]);
      gates[u] = i;
      gates[units + u] = forget;
      gates[2 * units + u] = g;
      gates[3 * units + u] = o;
    }
    to.gates[t] = gates;
    if (!weights.projects()) {
      return next;
    }
    double[] projected = new double[layer.directionSize()];
    float[] projection = weights.projection();
    Arrays.setAll(projected, row -> dot(projection, row, next));
    return projected;
  }

  private double[] head(double[] row) {
    double[] in = row;
    for (LinearLayer linear : network.head()) {
      double[] v = in;
      float[] weight = linear.weight();
      float[] bias = linear.bias();
      double[] y = new double[bias.length];
      Arrays.setAll(y, i -> apply(linear.activation(), bias[i] + dot(weight, i, v)));
      in = y;
    }
    double[] y = in.clone();
    float[] mean = network.outputScaling().mean();
    float[] std = network.outputScaling().std();
    Arrays.setAll(y, i -> y[i] * std[i] + mean[i]);
    return y;
  }

  private static double[] widen(float[] values) {
    double[] wide = new double[values.length];
    Arrays.setAll(wide, i -> values[i]);
    return wide;
  }

  private static double dot(float[] matrix, int row, double[] v) {
    double sum = 0;
    for (int k = 0; k < v.length; k++) {
      sum += matrix[row * v.length + k] * v[k];
    }
    return sum;
  }

  private static double clip(double z, double most) {
    return Math.max(-most, Math.min(most, z));
  }

  /** The functions as ONNX defines them. */
  private static double apply(Activation function, double x) {
    double a = function.alpha();
    double b = function.beta();
    return switch (function.function()) {
      case SIGMOID -> 1 / (1 + Math.exp(-x));
      case TANH -> Math.tanh(x);
      case RELU -> Math.max(0, x);
      case HARD_SIGMOID -> Math.max(0, Math.min(1, a * x + b));
      case AFFINE -> a * x + b;
      case LEAKY_RELU -> x >= 0 ? x : a * x;
      case THRESHOLDED_RELU -> x > a ? x : 0;
      case ELU -> x >= 0 ? x : a * Math.expm1(x);
      case SOFTSIGN -> x / (1 + Math.abs(x));
      case SOFTPLUS -> Math.log1p(Math.exp(x));
      case SCALED_TANH -> a * Math.tanh(b * x);
    };
  }
}
