// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import org.quadgate.network.Architecture;
import org.quadgate.network.CellType;
import org.quadgate.network.Network;
import org.quadgate.network.WeightArrays;
import org.quadgate.train.tape.SplitMix;

/**
 * How weights begin. The same seed gives the same bits on any machine.
 *
 * <ul>
 *   <li>{@link #glorotOrthogonal}, the default: input and head matrices uniform within ±√(6 / (fan
 *       in + fan out)) (Glorot &amp; Bengio, "Understanding the difficulty of training deep
 *       feedforward neural networks", 2010), each gate a matrix of its own; recurrent matrices
 *       orthogonal, again per gate (Saxe, McClelland &amp; Ganguli, "Exact solutions to the
 *       nonlinear dynamics of learning in deep linear neural networks", 2013); biases 0 but for the
 *       forget gates' 1 (Jozefowicz, Zaremba &amp; Sutskever, "An Empirical Exploration of
 *       Recurrent Network Architectures", 2015).
 *   <li>{@link #chrono}, for long gaps: as the default, but an LSTM's forget biases are log u, with
 *       u uniform from 1 to T − 1, and its input biases −log u, so that units begin with memories
 *       of up to T timesteps (Tallec &amp; Ollivier, "Can recurrent neural networks warp time?",
 *       2018).
 *   <li>{@link #uniform}: everything, biases too, uniform within ±a.
 *   <li>{@link #inverseRootHidden}: everything uniform within ±1/√hidden (the head: ±1/√fan in), as
 *       PyTorch's modules begin.
 * </ul>
 */
public final class Initializer {
  private enum Kind {
    GLOROT_ORTHOGONAL,
    CHRONO,
    UNIFORM,
    INVERSE_ROOT_HIDDEN
  }

  private final Kind kind;
  private final double parameter; // ±a of uniform, T of chrono

  private Initializer(Kind kind, double parameter) {
    this.kind = kind;
    this.parameter = parameter;
  }

  /** Glorot uniform, orthogonal recurrent matrices, forget bias 1. */
  public static Initializer glorotOrthogonal() {
    return new Initializer(Kind.GLOROT_ORTHOGONAL, Double.NaN);
  }

  /**
   * Memories of up to so many timesteps from the start.
   *
   * @throws IllegalArgumentException if {@code longest} is below 3
   */
  public static Initializer chrono(int longest) {
    if (longest < 3) {
      throw new IllegalArgumentException("longest is " + longest + ", expected 3 or more");
    }
    return new Initializer(Kind.CHRONO, longest);
  }

  /**
   * Uniform within ±{@code bound}.
   *
   * @throws IllegalArgumentException if the bound is negative or no float
   */
  public static Initializer uniform(double bound) {
    if (!(bound >= 0 && bound <= Float.MAX_VALUE)) {
      throw new IllegalArgumentException(
          "bound is " + bound + ", expected 0 to " + Float.MAX_VALUE);
    }
    return new Initializer(Kind.UNIFORM, bound);
  }

  /** Uniform within ±1/√hidden. */
  public static Initializer inverseRootHidden() {
    return new Initializer(Kind.INVERSE_ROOT_HIDDEN, Double.NaN);
  }

  /** Draws a network; its scaling is none and its initial states are zeros. */
  public Network network(Architecture architecture, long seed) {
    return weights(architecture, seed).toNetwork();
  }

  /** As {@link #network}, before it is one. */
  WeightArrays weights(Architecture architecture, long seed) {
    SplitMix random = SplitMix.of(seed, 0);
    WeightArrays weights = new WeightArrays(architecture);
    for (int i = 0; i < weights.layers().size(); i++) {
      Architecture.Layer layer = architecture.layers().get(i);
      recurrent(weights.layers().get(i), layer, architecture.layerInputSize(i), random);
    }
    for (int i = 0; i < weights.head().size(); i++) {
      linear(
          weights.head().get(i), architecture.headInputSize(i), architecture.head().get(i), random);
    }
    return weights;
  }

  /**
   * Draws the vectors of an embedding: {@link #uniform} within ±a, the others normally distributed
   * with a deviation of 1, as PyTorch's {@code nn.Embedding} begins.
   *
   * @return shape [vocabulary][size]
   */
  float[] embedding(int vocabulary, int size, long seed) {
    SplitMix random = SplitMix.of(seed, -1);
    float[] vectors = new float[Math.multiplyExact(vocabulary, size)];
    if (kind == Kind.UNIFORM) {
      fill(vectors, parameter, random);
    } else {
      for (int i = 0; i < vectors.length; i++) {
        vectors[i] = (float) random.nextGaussian();
      }
    }
    return vectors;
  }

  private void recurrent(
      WeightArrays.Recurrent to, Architecture.Layer layer, int inputs, SplitMix random) {
    int hidden = layer.hiddenSize();
    if (kind == Kind.GLOROT_ORTHOGONAL || kind == Kind.CHRONO) {
      fill(to.input, glorot(inputs, hidden), random);
      for (int gate = 0; gate < layer.cell().gates(); gate++) {
        double[][] q = orthogonal(hidden, random); // [hidden][hidden]
        for (int row = 0; row < hidden; row++) {
          for (int k = 0; k < hidden; k++) {
            to.recurrent[(gate * hidden + row) * hidden + k] = (float) q[row][k];
          }
        }
      }
      if (layer.cell() == CellType.LSTM) {
        gateBiases(to.bias, hidden, random);
      }
    } else {
      double within = kind == Kind.UNIFORM ? parameter : 1 / Math.sqrt(hidden);
      fill(to.input, within, random);
      fill(to.recurrent, within, random);
      fill(to.bias, within, random);
    }
  }

  /** Of the gates i and f; the others' stay 0. */
  private void gateBiases(float[] bias, int hidden, SplitMix random) {
    for (int unit = 0; unit < hidden; unit++) {
      if (kind == Kind.CHRONO) {
        float log = (float) StrictMath.log(1 + random.nextDouble() * (parameter - 2));
        bias[unit] = -log;
        bias[hidden + unit] = log;
      } else {
        bias[hidden + unit] = 1;
      }
    }
  }

  private void linear(WeightArrays.Linear to, int inputs, int outputs, SplitMix random) {
    switch (kind) {
      case GLOROT_ORTHOGONAL, CHRONO -> fill(to.weight, glorot(inputs, outputs), random);
      case UNIFORM -> {
        fill(to.weight, parameter, random);
        fill(to.bias, parameter, random);
      }
      case INVERSE_ROOT_HIDDEN -> {
        fill(to.weight, 1 / Math.sqrt(inputs), random);
        fill(to.bias, 1 / Math.sqrt(inputs), random);
      }
    }
  }

  private static double glorot(int fanIn, int fanOut) {
    return Math.sqrt(6.0 / (fanIn + fanOut));
  }

  private static void fill(float[] array, double within, SplitMix random) {
    for (int i = 0; i < array.length; i++) {
      array[i] = (float) ((random.nextDouble() * 2 - 1) * within);
    }
  }

  /** Gaussian rows made orthonormal one after the other (Gram-Schmidt, twice for precision). */
  private static double[][] orthogonal(int size, SplitMix random) {
    double[][] q = new double[size][size];
    for (int row = 0; row < size; row++) {
      double norm = 0;
      while (norm < 1e-6) { // a row that the ones before nearly span is drawn again
        for (int k = 0; k < size; k++) {
          q[row][k] = random.nextGaussian();
        }
        for (int pass = 0; pass < 2; pass++) {
          for (int before = 0; before < row; before++) {
            double along = dot(q[row], q[before]);
            for (int k = 0; k < size; k++) {
              q[row][k] -= along * q[before][k];
            }
          }
        }
        norm = Math.sqrt(dot(q[row], q[row]));
      }
      for (int k = 0; k < size; k++) {
        q[row][k] /= norm;
      }
    }
    return q;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int k = 0; k < a.length; k++) {
      sum += a[k] * b[k];
    }
    return sum;
  }

  @Override
  public String toString() {
    return Double.isNaN(parameter) ? kind.name() : kind.name() + ' ' + parameter;
  }
}
