// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx;

import java.util.Map;

/**
 * ONNX's LSTM and RNN operators in double precision, written from their specification: gates i, o,
 * f, c, peepholes i, o, f. Where the specification leaves something open, this does what ONNX
 * Runtime does, and says so.
 */
final class OperatorReference {
  private final OperatorCase in;
  private final double[] y; // [T][D][B][H]
  private final double[] finalH; // [D][B][H]
  private final double[] finalC; // [D][B][H]

  private OperatorReference(OperatorCase in) {
    this.in = in;
    y = new double[in.steps * in.directions * in.batch * in.hidden];
    finalH = new double[in.directions * in.batch * in.hidden];
    finalC = new double[in.gates == 4 ? finalH.length : 0];
  }

  /** Y, Y_h and, of an LSTM, Y_c, in the case's layout. */
  static Map<String, double[]> run(OperatorCase in) {
    OperatorReference reference = new OperatorReference(in);
    for (int d = 0; d < in.directions; d++) {
      for (int n = 0; n < in.batch; n++) {
        reference.walk(d, n);
      }
    }
    return Map.of("Y", reference.y, "Y_h", reference.finalH, "Y_c", reference.finalC);
  }

  private int xAt(int t, int n) {
    return (in.layout == 0 ? t * in.batch + n : n * in.steps + t) * in.inputs;
  }

  private int yAt(int t, int d, int n) {
    return (in.layout == 0
            ? (t * in.directions + d) * in.batch + n
            : (n * in.steps + t) * in.directions + d)
        * in.hidden;
  }

  private int stateAt(int d, int n) {
    return (in.layout == 0 ? d * in.batch + n : n * in.directions + d) * in.hidden;
  }

  private void walk(int d, int n) {
    double[] h = new double[in.hidden];
    double[] c = new double[in.hidden];
    for (int u = 0; u < in.hidden; u++) {
      h[u] = in.h == null ? 0 : in.h[stateAt(d, n) + u];
      c[u] = in.c == null ? 0 : in.c[stateAt(d, n) + u];
    }
    boolean backwards = in.direction.equals("reverse") || d == 1;
    int length = in.lengths == null ? in.steps : in.lengths[n];
    for (int k = 0; k < length; k++) {
      int t = backwards ? length - 1 - k : k;
      step(d, xAt(t, n), h, c);
      System.arraycopy(h, 0, y, yAt(t, d, n), in.hidden);
    }
    if (length == 0) {
      return; // not the initial states but zeros: open in the specification, so in ONNX Runtime
    }
    System.arraycopy(h, 0, finalH, stateAt(d, n), in.hidden);
    if (in.gates == 4) {
      System.arraycopy(c, 0, finalC, stateAt(d, n), in.hidden);
    }
  }

  private void step(int d, int x, double[] h, double[] c) {
    int hidden = in.hidden;
    double[] z = new double[in.gates * hidden];
    for (int row = 0; row < z.length; row++) {
      int w = (d * z.length + row) * in.inputs;
      int r = (d * z.length + row) * hidden;
      for (int k = 0; k < in.inputs; k++) {
        z[row] += (double) in.w[w + k] * in.x[x + k];
      }
      for (int k = 0; k < hidden; k++) {
        z[row] += in.r[r + k] * h[k];
      }
      if (in.b != null) {
        int b = 2 * d * z.length + row;
        z[row] += (double) in.b[b] + in.b[b + z.length];
      }
    }
    for (int u = 0; u < hidden; u++) {
      if (in.gates == 1) {
        h[u] = apply(d, 0, clip(z[u]));
        continue;
      }
      double i = apply(d, 0, clip(z[u] + peephole(d, 0, u) * c[u]));
      double f =
          in.coupled ? 1 - i : apply(d, 0, clip(z[2 * hidden + u] + peephole(d, 2, u) * c[u]));
      double next = f * c[u] + i * apply(d, 1, clip(z[3 * hidden + u]));
      double o = apply(d, 0, clip(z[hidden + u] + peephole(d, 1, u) * next));
      c[u] = next;
      // the specification clips "the input of activations"; the cell state is not clipped
      h[u] = o * apply(d, 2, next);
    }
  }

  private double peephole(int d, int gate, int u) {
    return in.p == null ? 0 : in.p[(d * 3 + gate) * in.hidden + u];
  }

  private double clip(double z) {
    return in.clip == 0 ? z : Math.max(-in.clip, Math.min(in.clip, z));
  }

  /** Function {@code place} of a direction; numbers are listed for those that have some. */
  private double apply(int d, int place, double z) {
    if (in.activations.isEmpty()) {
      return in.gates == 4 && place == 0 ? 1 / (1 + Math.exp(-z)) : Math.tanh(z);
    }
    int alpha = 0;
    int beta = 0;
    int which = d * in.functions + place;
    for (int i = 0; i < which; i++) {
      alpha += numbers(in.activations.get(i)) >= 1 ? 1 : 0;
      beta += numbers(in.activations.get(i)) >= 2 ? 1 : 0;
    }
    String name = in.activations.get(which);
    double a = numbers(name) >= 1 ? in.alphas.get(alpha) : 0;
    double b = numbers(name) >= 2 ? in.betas.get(beta) : 0;
    return switch (name) {
      case "Sigmoid" -> 1 / (1 + Math.exp(-z));
      case "Tanh" -> Math.tanh(z);
      case "Relu" -> Math.max(0, z);
      case "HardSigmoid" -> Math.min(Math.max(a * z + b, 0), 1);
      case "Affine" -> a * z + b;
      case "LeakyRelu" -> z >= 0 ? z : a * z;
      case "ThresholdedRelu" -> z >= a ? z : 0;
      case "Elu" -> z >= 0 ? z : a * (Math.exp(z) - 1);
      case "Softsign" -> z / (1 + Math.abs(z));
      case "Softplus" -> Math.log1p(Math.exp(z));
      case "ScaledTanh" -> a * Math.tanh(b * z);
      default -> throw new AssertionError(name);
    };
  }

  private static int numbers(String name) {
    return switch (name) {
      case "HardSigmoid", "Affine", "ScaledTanh" -> 2;
      case "LeakyRelu", "ThresholdedRelu", "Elu" -> 1;
      default -> 0;
    };
  }
}
