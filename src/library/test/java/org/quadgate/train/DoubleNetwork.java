// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import java.util.ArrayList;
import java.util.List;
import org.quadgate.network.Architecture;
import org.quadgate.network.WeightArrays;
import org.quadgate.train.tape.Minibatch;

/**
 * Forward pass and loss in double precision, written from the formulas and sharing no code with the
 * engine, and the gradient by central differences of it.
 */
final class DoubleNetwork {
  private final Architecture architecture;
  private final List<String> names = new ArrayList<>();
  private final List<double[]> tensors = new ArrayList<>();

  DoubleNetwork(WeightArrays weights) {
    architecture = weights.architecture();
    names(weights, names);
    for (float[] tensor : tensors(weights)) {
      double[] wide = new double[tensor.length];
      for (int i = 0; i < wide.length; i++) {
        wide[i] = tensor[i];
      }
      tensors.add(wide);
    }
  }

  /** Every parameter tensor, in one order for weights and gradients alike. */
  static List<float[]> tensors(WeightArrays weights) {
    List<float[]> all = new ArrayList<>();
    for (WeightArrays.Recurrent layer : weights.layers()) {
      all.addAll(
          List.of(
              layer.input, layer.recurrent, layer.bias, layer.initialHidden, layer.initialCell));
    }
    for (WeightArrays.Linear layer : weights.head()) {
      all.addAll(List.of(layer.weight, layer.bias));
    }
    return all;
  }

  private static void names(WeightArrays weights, List<String> names) {
    for (int i = 0; i < weights.layers().size(); i++) {
      for (String name : List.of("W", "R", "b", "h0", "c0")) {
        names.add(name + " of layer " + i);
      }
    }
    for (int i = 0; i < weights.head().size(); i++) {
      names.add("weight of head layer " + i);
      names.add("bias of head layer " + i);
    }
  }

  List<String> names() {
    return names;
  }

  /** dL/dparameter for each tensor, by the five-point formula; its error is some 1e-11. */
  List<double[]> gradient(Minibatch batch, LossFunction loss, double normaliser) {
    List<double[]> gradient = new ArrayList<>();
    double step = 1e-3;
    for (double[] tensor : tensors) {
      double[] slopes = new double[tensor.length];
      for (int i = 0; i < slopes.length; i++) {
        double kept = tensor[i];
        double[] at = new double[4];
        double[] moves = {-2 * step, -step, step, 2 * step};
        for (int j = 0; j < 4; j++) {
          tensor[i] = kept + moves[j];
          at[j] = loss(batch, loss, normaliser);
        }
        tensor[i] = kept;
        slopes[i] = (at[0] - at[3] + 8 * (at[2] - at[1])) / (12 * step);
      }
      gradient.add(slopes);
    }
    return gradient;
  }

  /** dL/dx, in the same way; shape [steps][sequences][input]. */
  double[] inputGradient(Minibatch batch, LossFunction loss, double normaliser) {
    double[] gradient = new double[batch.steps() * batch.sequences() * architecture.inputSize()];
    double step = 1e-3;
    for (movedInput = 0; movedInput < gradient.length; movedInput++) {
      double[] at = new double[4];
      double[] moves = {-2 * step, -step, step, 2 * step};
      for (int j = 0; j < 4; j++) {
        move = moves[j];
        at[j] = loss(batch, loss, normaliser);
      }
      gradient[movedInput] = (at[0] - at[3] + 8 * (at[2] - at[1])) / (12 * step);
    }
    movedInput = -1;
    return gradient;
  }

  private int movedInput = -1;
  private double move;

  double loss(Minibatch batch, LossFunction loss, double normaliser) {
    double sum = 0;
    int layers = architecture.layers().size();
    int in = architecture.inputSize();
    int targets = loss.targets(architecture.outputSize());
    for (int b = 0; b < batch.sequences(); b++) {
      double[][] h = new double[layers][];
      double[][] c = new double[layers][];
      for (int i = 0; i < layers; i++) {
        h[i] = tensors.get(5 * i + 3).clone();
        c[i] = tensors.get(5 * i + 4).clone();
      }
      for (int t = 0; t < batch.steps(); t++) {
        int row = t * batch.sequences() + b;
        double[] v = new double[in];
        for (int k = 0; k < in; k++) {
          v[k] = batch.x[row * in + k] + (row * in + k == movedInput ? move : 0);
        }
        for (int i = 0; i < layers; i++) {
          v = step(i, v, h, c);
        }
        for (int i = 5 * layers; i < tensors.size(); i += 2) {
          v = affine(tensors.get(i), v, tensors.get(i + 1));
        }
        if (batch.weight[row] != 0) {
          sum += batch.weight[row] * rowLoss(loss, v, batch.target, row * targets);
        }
      }
    }
    return sum / normaliser;
  }

  private double[] step(int layer, double[] x, double[][] h, double[][] c) {
    double[] z =
        affine(
            tensors.get(5 * layer + 1),
            h[layer],
            affine(tensors.get(5 * layer), x, tensors.get(5 * layer + 2)));
    int units = h[layer].length;
    double[] next = new double[units];
    for (int u = 0; u < units; u++) {
      if (c[layer].length == 0) {
        next[u] = Math.tanh(z[u]);
      } else {
        c[layer][u] =
            sigmoid(z[units + u]) * c[layer][u] + sigmoid(z[u]) * Math.tanh(z[2 * units + u]);
        next[u] = sigmoid(z[3 * units + u]) * Math.tanh(c[layer][u]);
      }
    }
    h[layer] = next;
    return next;
  }

  private static double[] affine(double[] matrix, double[] v, double[] start) {
    double[] out = start.clone();
    for (int row = 0; row < out.length; row++) {
      for (int k = 0; k < v.length; k++) {
        out[row] += matrix[row * v.length + k] * v[k];
      }
    }
    return out;
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  private static double rowLoss(LossFunction loss, double[] y, float[] target, int at) {
    if (loss instanceof LossFunction.SoftmaxCrossEntropy) {
      double sum = 0;
      for (double v : y) {
        sum += Math.exp(v);
      }
      return Math.log(sum) - y[(int) target[at]];
    }
    double sum = 0;
    for (int o = 0; o < y.length; o++) {
      double d = y[o] - target[at + o];
      double size = Math.abs(d);
      sum +=
          switch (loss) {
            case LossFunction.Mse mse -> d * d;
            case LossFunction.Mae mae -> size;
            case LossFunction.Huber huber ->
                size <= huber.delta() ? d * d / 2 : huber.delta() * (size - huber.delta() / 2);
            case LossFunction.Quantile q -> d < 0 ? -q.tau() * d : (1 - q.tau()) * d;
            case LossFunction.BinaryCrossEntropy binary ->
                -target[at + o] * Math.log(sigmoid(y[o]))
                    - (1 - target[at + o]) * Math.log(1 - sigmoid(y[o]));
            case LossFunction.SoftmaxCrossEntropy softmax -> throw new AssertionError();
          };
    }
    return sum / y.length;
  }
}
