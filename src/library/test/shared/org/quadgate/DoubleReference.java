// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import org.quadgate.network.WeightArrays;

/** The network in plain double precision, written from the formulas and sharing no code with it. */
public final class DoubleReference {
  private final WeightArrays weights;
  private final double[][] h;
  private final double[][] c;

  /** Starts at the weights' initial state. */
  public DoubleReference(WeightArrays weights) {
    this.weights = weights;
    int layers = weights.layers().size();
    h = new double[layers][];
    c = new double[layers][];
    for (int i = 0; i < layers; i++) {
      h[i] = widen(weights.layers().get(i).initialHidden);
      c[i] = widen(weights.layers().get(i).initialCell);
    }
  }

  private static double[] widen(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }

  /** One timestep. */
  public double[] step(float[] x) {
    double[] in = widen(x);
    for (int k = 0; k < in.length; k++) {
      in[k] = (in[k] - weights.inputMean[k]) / weights.inputStd[k];
    }
    for (int i = 0; i < h.length; i++) {
      WeightArrays.Recurrent w = weights.layers().get(i);
      int units = h[i].length;
      double[] z = new double[w.bias.length];
      for (int row = 0; row < z.length; row++) {
        z[row] = w.bias[row] + dot(w.input, row, in) + dot(w.recurrent, row, h[i]);
      }
      double[] next = new double[units];
      for (int u = 0; u < units; u++) {
        if (c[i].length == 0) {
          next[u] = Math.tanh(z[u]);
        } else {
          double forgotten = sigmoid(z[units + u]) * c[i][u];
          c[i][u] = forgotten + sigmoid(z[u]) * Math.tanh(z[2 * units + u]);
          next[u] = sigmoid(z[3 * units + u]) * Math.tanh(c[i][u]);
        }
      }
      h[i] = next;
      in = next;
    }
    for (WeightArrays.Linear linear : weights.head()) {
      double[] out = new double[linear.bias.length];
      for (int row = 0; row < out.length; row++) {
        out[row] = linear.bias[row] + dot(linear.weight, row, in);
      }
      in = out;
    }
    double[] y = new double[in.length];
    for (int i = 0; i < y.length; i++) {
      y[i] = in[i] * weights.outputStd[i] + weights.outputMean[i];
    }
    return y;
  }

  private static double dot(float[] matrix, int row, double[] v) {
    double sum = 0;
    for (int k = 0; k < v.length; k++) {
      sum += matrix[row * v.length + k] * v[k];
    }
    return sum;
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }
}
