// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

/**
 * σ and tanh, defined operation by operation so that scalar and vector code agree in every bit. The
 * platform's vector maths library is not used because it differs from one CPU to another.
 *
 * <p>Both reduce to a power of two times a polynomial on a small interval, with one division:
 *
 * <pre>
 *   σ(x)    = 1 / (1 + e^-x)       e^-x = 2^n · P(r)        -x  = n·ln 2 + r,   |r| ≤ ln 2 / 2
 *   tanh(x) = m / (m + 1)          m = (e^2x - 1) / 2
 *                                    = 2^n · Q(r) + (2^n - 1) / 2
 *                                                            x  = n·ln 2 / 2 + r,  |r| ≤ ln 2 / 4
 * </pre>
 *
 * P and Q are minimax fits in relative error (P: 3.1e-9; Q: 1.3e-8). The largest errors found
 * against double precision are 2.4 ulp (σ) and 2.5 ulp (tanh); ActivationsTest sweeps the float
 * range. Both are exact at 0 (0.5 and 0), give NaN for NaN, never leave [0, 1] or [-1, 1], and
 * reach the ends: σ(x) is 0 below -88.4, where the true value is no longer a normal number.
 *
 * <p>n comes from adding a number so large that only the integer part is left in the low bits of
 * the mantissa; the number is chosen such that these bits are n + 127, the exponent field of 2^n.
 */
public final class Activations {
  /** 1.5·2^23 + 127: the sum's low mantissa bits hold n + 127. */
  public static final float ROUND = 0x1.8p23f + 127;

  /** Shifting an exponent field into place drops the bits of {@link #ROUND} above it. */
  public static final int EXPONENT_SHIFT = 23;

  /** At this input n is 128 and 2^n infinite, so σ is 0. */
  public static final float SIGMOID_MIN = -88.6f;

  /** At this input e^-x is too small to move 1. */
  public static final float SIGMOID_MAX = 87.6f;

  /** tanh is ±1 from here on. */
  public static final float TANH_LIMIT = 9.02f;

  public static final float MINUS_LOG2_E = -1.442695f;
  public static final float TWO_LOG2_E = 2.88539f;

  /** ln 2 in two parts: with |n| up to 128 the first alone would cost 4 ulp. */
  public static final float LN2_HIGH = 0x1.62e43p-1f;

  public static final float LN2_LOW = -0x1.05c610p-29f;

  /** ln 2 / 2; one part is enough, since |n| is at most 26. */
  public static final float MINUS_HALF_LN2 = -0x1.62e43p-2f;

  // e^-r = P(r); the signs alternate because r is kept negated
  public static final float P2 = 0.49999994f;
  public static final float P3 = -0.1666652f;
  public static final float P4 = 0.041668385f;
  public static final float P5 = -0.008368717f;
  public static final float P6 = 0.0013814596f;

  // (e^2r - 1) / 2 = r + r²·(Q1 + Q2·r + …)
  public static final float Q1 = 0.99999994f;
  public static final float Q2 = 0.66666174f;
  public static final float Q3 = 0.3333376f;
  public static final float Q4 = 0.13386445f;
  public static final float Q5 = 0.044424046f;

  private Activations() {}

  /** The logistic function 1 / (1 + e^-x). */
  public static float sigmoid(float x) {
    float v = x < SIGMOID_MIN ? SIGMOID_MIN : x;
    v = v > SIGMOID_MAX ? SIGMOID_MAX : v;
    float t = Math.fma(v, MINUS_LOG2_E, ROUND);
    float n = t - ROUND;
    float r = Math.fma(n, LN2_LOW, Math.fma(n, LN2_HIGH, v));
    float p = Math.fma(P6, r, P5);
    p = Math.fma(p, r, P4);
    p = Math.fma(p, r, P3);
    p = Math.fma(p, r, P2);
    p = Math.fma(p, r, -1f);
    p = Math.fma(p, r, 1f);
    return 1f / Math.fma(p, powerOfTwo(t), 1f);
  }

  /** e^-x for x of at least 0; beyond {@link #SIGMOID_MAX} it stays at the value there, 9e-39. */
  public static float decay(float x) {
    float v = x > SIGMOID_MAX ? SIGMOID_MAX : x;
    float t = Math.fma(v, MINUS_LOG2_E, ROUND);
    float n = t - ROUND;
    float r = Math.fma(n, LN2_LOW, Math.fma(n, LN2_HIGH, v));
    float p = Math.fma(P6, r, P5);
    p = Math.fma(p, r, P4);
    p = Math.fma(p, r, P3);
    p = Math.fma(p, r, P2);
    p = Math.fma(p, r, -1f);
    p = Math.fma(p, r, 1f);
    return p * powerOfTwo(t);
  }

  /** The hyperbolic tangent. */
  public static float tanh(float x) {
    float v = x < -TANH_LIMIT ? -TANH_LIMIT : x;
    v = v > TANH_LIMIT ? TANH_LIMIT : v;
    float t = Math.fma(v, TWO_LOG2_E, ROUND);
    float n = t - ROUND;
    float r = Math.fma(n, MINUS_HALF_LN2, v);
    float q = Math.fma(Q5, r, Q4);
    q = Math.fma(q, r, Q3);
    q = Math.fma(q, r, Q2);
    q = Math.fma(q, r, Q1);
    q = Math.fma(r * r, q, r);
    float scale = powerOfTwo(t);
    float m = Math.fma(q, scale, Math.fma(scale, 0.5f, -0.5f));
    return m / (m + 1f);
  }

  private static float powerOfTwo(float t) {
    return Float.intBitsToFloat(Float.floatToRawIntBits(t) << EXPONENT_SHIFT);
  }
}
