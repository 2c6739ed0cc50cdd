// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

/**
 * What bounds a gradient before the optimizer sees it; against exploding gradients (Pascanu,
 * Mikolov &amp; Bengio, "On the difficulty of training recurrent neural networks", 2013).
 */
public sealed interface Clipping {
  /** Leaves gradients as they are. */
  record None() implements Clipping {}

  /** Scales the whole gradient so that its Euclidean norm is at most {@code limit}. */
  record Norm(double limit) implements Clipping {
    /** Checks the limit. */
    public Norm {
      checkLimit(limit);
    }
  }

  /** Bounds each element by ±{@code limit}. */
  record Value(double limit) implements Clipping {
    /** Checks the limit. */
    public Value {
      checkLimit(limit);
    }
  }

  /** Bounds the gradient in place, given its norm. */
  default void apply(float[] gradient, double norm) {
    switch (this) {
      case None _ -> {}
      case Norm(double limit) -> {
        double factor = limit / (norm + 1e-6); // PyTorch's guard against a zero norm
        if (factor < 1) {
          float scale = (float) factor;
          for (int i = 0; i < gradient.length; i++) {
            gradient[i] *= scale;
          }
        }
      }
      case Value(double limit) -> {
        float most = (float) limit;
        for (int i = 0; i < gradient.length; i++) {
          gradient[i] = Math.max(-most, Math.min(most, gradient[i]));
        }
      }
    }
  }

  /**
   * The Euclidean norm, in double precision, summed in one order always: element i goes to sum i
   * mod 8, and the eight are added first to last.
   */
  static double norm(float[] gradient) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    double s4 = 0;
    double s5 = 0;
    double s6 = 0;
    double s7 = 0;
    int i = 0;
    for (; i + 8 <= gradient.length; i += 8) {
      s0 += (double) gradient[i] * gradient[i];
      s1 += (double) gradient[i + 1] * gradient[i + 1];
      s2 += (double) gradient[i + 2] * gradient[i + 2];
      s3 += (double) gradient[i + 3] * gradient[i + 3];
      s4 += (double) gradient[i + 4] * gradient[i + 4];
      s5 += (double) gradient[i + 5] * gradient[i + 5];
      s6 += (double) gradient[i + 6] * gradient[i + 6];
      s7 += (double) gradient[i + 7] * gradient[i + 7];
    }
    double rest = 0;
    for (; i < gradient.length; i++) {
      rest += (double) gradient[i] * gradient[i];
    }
    return Math.sqrt(s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + rest);
  }

  private static void checkLimit(double limit) {
    if (!(limit > 0 && limit < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("clipping limit is " + limit + ", expected above 0");
    }
  }
}
