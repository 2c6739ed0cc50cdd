// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

/**
 * How a gradient changes the parameters, element by element, by the formulas of PyTorch's
 * optimizers of the same names. An optimizer is only its settings; what it remembers from step to
 * step are the moments, which the trainer keeps and a checkpoint holds.
 *
 * <p>In the formulas: p parameter, g gradient, η learning rate, λ weight decay, t the step, counted
 * from 1. Weight decay reaches matrices only, not biases and initial states.
 */
public sealed interface Optimizer
    permits Optimizer.Sgd, Optimizer.Adam, Optimizer.AdamW, Optimizer.RmsProp {

  /** How many arrays of the parameters' size are remembered from step to step. */
  int moments();

  /** λ. */
  double weightDecay();

  /** The same optimizer with another weight decay. */
  Optimizer withWeightDecay(double weightDecay);

  /**
   * Makes one step.
   *
   * @param p parameters, changed
   * @param g gradient; changed where weight decay is added to it
   * @param moments {@link #moments} arrays, zero before the first step, changed
   * @param decayed where weight decay applies: pairs [from, to) of indices, ascending
   * @param rate the learning rate of this step
   * @param step t, from 1
   * @throws IllegalArgumentException if an array has another length than {@code p}, a range lies
   *     outside, or the step is below 1; nothing is changed then
   */
  void update(float[] p, float[] g, float[][] moments, int[] decayed, double rate, long step);

  /**
   * Stochastic gradient descent: m ← μ·m + (g + λ·p), p ← p − η·m. With μ = 0 nothing is
   * remembered.
   */
  record Sgd(double momentum, double weightDecay) implements Optimizer {
    /** Checks the settings. */
    public Sgd {
      checkFraction("momentum", momentum);
      checkNotNegative("weight decay", weightDecay);
    }

    @Override
    public int moments() {
      return momentum == 0 ? 0 : 1;
    }

    @Override
    public Optimizer withWeightDecay(double decay) {
      return new Sgd(momentum, decay);
    }

    @Override
    public void update(
        float[] p, float[] g, float[][] moments, int[] decayed, double rate, long step) {
      checkFit(moments(), p, g, moments, decayed, step);
      addDecay(p, g, decayed, weightDecay);
      float eta = (float) rate;
      if (momentum == 0) {
        for (int i = 0; i < p.length; i++) {
          p[i] -= eta * g[i];
        }
        return;
      }
      float mu = (float) momentum;
      float[] m = moments[0];
      for (int i = 0; i < p.length; i++) {
        m[i] = mu * m[i] + g[i];
        p[i] -= eta * m[i];
      }
    }
  }

  /**
   * Kingma &amp; Ba, "Adam: A Method for Stochastic Optimization", 2014: m ← β₁·m + (1−β₁)·g', v ←
   * β₂·v + (1−β₂)·g'², p ← p − η/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + ε), where g' = g + λ·p.
   */
  record Adam(double beta1, double beta2, double epsilon, double weightDecay) implements Optimizer {
    /** Checks the settings. */
    public Adam {
      checkFraction("beta1", beta1);
      checkFraction("beta2", beta2);
      checkNotNegative("epsilon", epsilon);
      checkNotNegative("weight decay", weightDecay);
    }

    @Override
    public int moments() {
      return 2;
    }

    @Override
    public Optimizer withWeightDecay(double decay) {
      return new Adam(beta1, beta2, epsilon, decay);
    }

    @Override
    public void update(
        float[] p, float[] g, float[][] moments, int[] decayed, double rate, long step) {
      checkFit(moments(), p, g, moments, decayed, step);
      addDecay(p, g, decayed, weightDecay);
      adapt(p, g, moments, this, rate, step);
    }

    private static void adapt(
        float[] p, float[] g, float[][] moments, Adam settings, double rate, long step) {
      // StrictMath: the platform's own power may differ in its last bit
      double correction1 = 1 - StrictMath.pow(settings.beta1, (double) step);
      double correction2 = Math.sqrt(1 - StrictMath.pow(settings.beta2, (double) step));
      float eta = (float) (rate / correction1);
      float root = (float) correction2;
      float epsilon = (float) settings.epsilon;
      float b1 = (float) settings.beta1;
      float c1 = (float) (1 - settings.beta1);
      float b2 = (float) settings.beta2;
      float c2 = (float) (1 - settings.beta2);
      float[] m = moments[0];
      float[] v = moments[1];
      for (int i = 0; i < p.length; i++) {
        m[i] = b1 * m[i] + c1 * g[i];
        v[i] = b2 * v[i] + c2 * g[i] * g[i];
        p[i] -= eta * m[i] / ((float) Math.sqrt(v[i]) / root + epsilon);
      }
    }
  }

  /**
   * Loshchilov &amp; Hutter, "Decoupled Weight Decay Regularization", 2017: p ← p·(1 − η·λ), then
   * {@link Adam}'s step without weight decay.
   */
  record AdamW(double beta1, double beta2, double epsilon, double weightDecay)
      implements Optimizer {
    /** Checks the settings. */
    public AdamW {
      Optimizer checked = new Adam(beta1, beta2, epsilon, weightDecay);
      assert checked.moments() == 2;
    }

    @Override
    public int moments() {
      return 2;
    }

    @Override
    public Optimizer withWeightDecay(double decay) {
      return new AdamW(beta1, beta2, epsilon, decay);
    }

    @Override
    public void update(
        float[] p, float[] g, float[][] moments, int[] decayed, double rate, long step) {
      checkFit(moments(), p, g, moments, decayed, step);
      float decay = (float) (rate * weightDecay);
      if (decay != 0) {
        for (int range = 0; range < decayed.length; range += 2) {
          for (int i = decayed[range]; i < decayed[range + 1]; i++) {
            p[i] *= 1 - decay;
          }
        }
      }
      Adam.adapt(p, g, moments, new Adam(beta1, beta2, epsilon, 0), rate, step);
    }
  }

  /**
   * Tieleman &amp; Hinton, lecture 6.5 of "Neural Networks for Machine Learning", 2012: v ← α·v +
   * (1−α)·g'², m ← μ·m + g' / (√v + ε), p ← p − η·m, where g' = g + λ·p.
   */
  record RmsProp(double alpha, double epsilon, double momentum, double weightDecay)
      implements Optimizer {
    /** Checks the settings. */
    public RmsProp {
      checkFraction("alpha", alpha);
      checkNotNegative("epsilon", epsilon);
      checkFraction("momentum", momentum);
      checkNotNegative("weight decay", weightDecay);
    }

    @Override
    public int moments() {
      return momentum == 0 ? 1 : 2;
    }

    @Override
    public Optimizer withWeightDecay(double decay) {
      return new RmsProp(alpha, epsilon, momentum, decay);
    }

    @Override
    public void update(
        float[] p, float[] g, float[][] moments, int[] decayed, double rate, long step) {
      checkFit(moments(), p, g, moments, decayed, step);
      addDecay(p, g, decayed, weightDecay);
      float a = (float) alpha;
      float c = (float) (1 - alpha);
      float eps = (float) epsilon;
      float eta = (float) rate;
      float[] v = moments[0];
      if (momentum == 0) {
        for (int i = 0; i < p.length; i++) {
          v[i] = a * v[i] + c * g[i] * g[i];
          p[i] -= eta * g[i] / ((float) Math.sqrt(v[i]) + eps);
        }
        return;
      }
      float mu = (float) momentum;
      float[] m = moments[1];
      for (int i = 0; i < p.length; i++) {
        v[i] = a * v[i] + c * g[i] * g[i];
        m[i] = mu * m[i] + g[i] / ((float) Math.sqrt(v[i]) + eps);
        p[i] -= eta * m[i];
      }
    }
  }

  /** Plain gradient descent. */
  static Optimizer sgd() {
    return new Sgd(0, 0);
  }

  /** Gradient descent with momentum μ, such as 0.9. */
  static Optimizer sgd(double momentum) {
    return new Sgd(momentum, 0);
  }

  /** Adam with β₁ = 0.9, β₂ = 0.999, ε = 1e-8. */
  static Optimizer adam() {
    return new Adam(0.9, 0.999, 1e-8, 0);
  }

  /** AdamW with Adam's settings and λ = 0.01, PyTorch's default. */
  static Optimizer adamW() {
    return new AdamW(0.9, 0.999, 1e-8, 0.01);
  }

  /** RMSProp with α = 0.99, ε = 1e-8, no momentum. */
  static Optimizer rmsProp() {
    return new RmsProp(0.99, 1e-8, 0, 0);
  }

  private static void checkFit(
      int count, float[] p, float[] g, float[][] moments, int[] decayed, long step) {
    if (step < 1) {
      throw new IllegalArgumentException("step is " + step + ", expected 1 or more");
    }
    if (g.length != p.length || moments.length != count) {
      throw new IllegalArgumentException(
          "%d parameters with %d gradients and %d moments of each, expected as many and %d"
              .formatted(p.length, g.length, moments.length, count));
    }
    for (float[] moment : moments) {
      if (moment.length != p.length) {
        throw new IllegalArgumentException(
            "%d moments for %d parameters".formatted(moment.length, p.length));
      }
    }
    int from = 0;
    for (int end : decayed) {
      if (end < from || end > p.length) {
        throw new IllegalArgumentException(
            "range end %d among %d parameters, expected ascending ones".formatted(end, p.length));
      }
      from = end;
    }
    if (decayed.length % 2 != 0) {
      throw new IllegalArgumentException(decayed.length + " ends of ranges, expected pairs");
    }
  }

  private static void addDecay(float[] p, float[] g, int[] decayed, double weightDecay) {
    float decay = (float) weightDecay;
    if (decay != 0) {
      for (int range = 0; range < decayed.length; range += 2) {
        for (int i = decayed[range]; i < decayed[range + 1]; i++) {
          g[i] += decay * p[i];
        }
      }
    }
  }

  private static void checkFraction(String what, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(what + " is " + value + ", expected 0 to below 1");
    }
  }

  private static void checkNotNegative(String what, double value) {
    if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(what + " is " + value + ", expected 0 or above");
    }
  }
}
