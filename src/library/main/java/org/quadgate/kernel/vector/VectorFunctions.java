// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel.vector;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;
import static org.quadgate.kernel.Activations.EXPONENT_SHIFT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.quadgate.kernel.ActivationFunctions;
import org.quadgate.kernel.Activations;
import org.quadgate.network.Activation;

/**
 * {@link ActivationFunctions} over rows of values, a vector at a time, each in a loop of its own
 * for the reason that {@link VectorActivations} gives. Limits are comparisons and blends, which
 * leave NaN as it is, as {@code Math.max} does.
 *
 * <p>All methods take rows of {@code count} values, a whole number of vectors, {@code xRow} and
 * {@code yRow} apart; y may be x in the same places.
 */
final class VectorFunctions {
  private static final VectorSpecies<Float> SPECIES = VectorKernels.SPECIES;
  private static final int L = SPECIES.length();

  private VectorFunctions() {}

  /** y = function(x). */
  static void apply(
      Activation function,
      float[] x,
      int xAt,
      int xRow,
      float[] y,
      int yAt,
      int yRow,
      int rows,
      int count) {
    switch (function.function()) {
      case SIGMOID -> VectorActivations.sigmoid(x, xAt, xRow, y, yAt, yRow, rows, count);
      case TANH -> VectorActivations.tanh(x, xAt, xRow, y, yAt, yRow, rows, count);
      case RELU -> relu(x, xAt, xRow, y, yAt, yRow, rows, count);
      case HARD_SIGMOID -> hardSigmoid(function, x, xAt, xRow, y, yAt, yRow, rows, count);
      case AFFINE -> affine(function, x, xAt, xRow, y, yAt, yRow, rows, count);
      case LEAKY_RELU -> leakyRelu(function, x, xAt, xRow, y, yAt, yRow, rows, count);
      case THRESHOLDED_RELU -> thresholdedRelu(function, x, xAt, xRow, y, yAt, yRow, rows, count);
      case SOFTSIGN -> softsign(x, xAt, xRow, y, yAt, yRow, rows, count);
      case SCALED_TANH -> scaledTanh(function, x, xAt, xRow, y, yAt, yRow, rows, count);
      // StrictMath has no vectors of the same bits
      case ELU, SOFTPLUS -> oneByOne(function, x, xAt, xRow, y, yAt, yRow, rows, count);
    }
  }

  private static void oneByOne(
      Activation function,
      float[] x,
      int xAt,
      int xRow,
      float[] y,
      int yAt,
      int yRow,
      int rows,
      int count) {
    for (int row = 0; row < rows; row++) {
      for (int k = 0; k < count; k++) {
        y[yAt + row * yRow + k] = ActivationFunctions.apply(function, x[xAt + row * xRow + k]);
      }
    }
  }

  private static void relu(
      float[] x, int xAt, int xRow, float[] y, int yAt, int yRow, int rows, int count) {
    FloatVector zero = FloatVector.zero(SPECIES);
    for (int lane = 0; lane < count; lane += L) {
      for (int row = 0; row < rows; row++) {
        FloatVector v = fromArray(SPECIES, x, xAt + row * xRow + lane);
        v.blend(zero, v.compare(LE, zero)).intoArray(y, yAt + row * yRow + lane);
      }
    }
  }

  private static void hardSigmoid(
      Activation function,
      float[] x,
      int xAt,
      int xRow,
      float[] y,
      int yAt,
      int yRow,
      int rows,
      int count) {
    FloatVector alpha = broadcast(SPECIES, function.alpha());
    FloatVector beta = broadcast(SPECIES, function.beta());
    FloatVector zero = FloatVector.zero(SPECIES);
    FloatVector one = broadcast(SPECIES, 1f);
    for (int lane = 0; lane < count; lane += L) {
      for (int row = 0; row < rows; row++) {
        FloatVector v = fromArray(SPECIES, x, xAt + row * xRow + lane);
        v = v.mul(alpha).add(beta);
        v = v.blend(zero, v.compare(LE, zero));
        v.blend(one, v.compare(GT, one)).intoArray(y, yAt + row * yRow + lane);
      }
    }
  }

  private static void affine(
      Activation function,
      float[] x,
      int xAt,
      int xRow,
      float[] y,
      int yAt,
      int yRow,
      int rows,
      int count) {
    FloatVector alpha = broadcast(SPECIES, function.alpha());
    FloatVector beta = broadcast(SPECIES, function.beta());
    for (int lane = 0; lane < count; lane += L) {
      for (int row = 0; row < rows; row++) {
        FloatVector v = fromArray(SPECIES, x, xAt + row * xRow + lane);
        v.mul(alpha).add(beta).intoArray(y, yAt + row * yRow + lane);
      }
    }
  }

  private static void leakyRelu(
      Activation function,
      float[] x,
      int xAt,
      int xRow,
      float[] y,
      int yAt,
      int yRow,
      int rows,
      int count) {
    FloatVector alpha = broadcast(SPECIES, function.alpha());
    FloatVector zero = FloatVector.zero(SPECIES);
    for (int lane = 0; lane < count; lane += L) {
      for (int row = 0; row < rows; row++) {
        FloatVector v = fromArray(SPECIES, x, xAt + row * xRow + lane);
        v.mul(alpha).blend(v, v.compare(GE, zero)).intoArray(y, yAt + row * yRow + lane);
      }
    }
  }

  private static void thresholdedRelu(
      Activation function,
      float[] x,
      int xAt,
      int xRow,
      float[] y,
      int yAt,
      int yRow,
      int rows,
      int count) {
    FloatVector alpha = broadcast(SPECIES, function.alpha());
    FloatVector zero = FloatVector.zero(SPECIES);
    for (int lane = 0; lane < count; lane += L) {
      for (int row = 0; row < rows; row++) {
        FloatVector v = fromArray(SPECIES, x, xAt + row * xRow + lane);
        zero.blend(v, v.compare(GE, alpha)).intoArray(y, yAt + row * yRow + lane);
      }
    }
  }

  private static void softsign(
      float[] x, int xAt, int xRow, float[] y, int yAt, int yRow, int rows, int count) {
    FloatVector one = broadcast(SPECIES, 1f);
    for (int lane = 0; lane < count; lane += L) {
      for (int row = 0; row < rows; row++) {
        FloatVector v = fromArray(SPECIES, x, xAt + row * xRow + lane);
        v.div(v.abs().add(one)).intoArray(y, yAt + row * yRow + lane);
      }
    }
  }

  private static void scaledTanh(
      Activation function,
      float[] x,
      int xAt,
      int xRow,
      float[] y,
      int yAt,
      int yRow,
      int rows,
      int count) {
    FloatVector alpha = broadcast(SPECIES, function.alpha());
    FloatVector beta = broadcast(SPECIES, function.beta());
    FloatVector min = broadcast(SPECIES, -Activations.TANH_LIMIT);
    FloatVector max = broadcast(SPECIES, Activations.TANH_LIMIT);
    FloatVector twoLog2E = broadcast(SPECIES, Activations.TWO_LOG2_E);
    FloatVector round = broadcast(SPECIES, Activations.ROUND);
    FloatVector minusHalfLn2 = broadcast(SPECIES, Activations.MINUS_HALF_LN2);
    FloatVector q5 = broadcast(SPECIES, Activations.Q5);
    FloatVector q4 = broadcast(SPECIES, Activations.Q4);
    FloatVector q3 = broadcast(SPECIES, Activations.Q3);
    FloatVector q2 = broadcast(SPECIES, Activations.Q2);
    FloatVector q1 = broadcast(SPECIES, Activations.Q1);
    FloatVector half = broadcast(SPECIES, 0.5f);
    FloatVector minusHalf = broadcast(SPECIES, -0.5f);
    FloatVector one = broadcast(SPECIES, 1f);
    for (int lane = 0; lane < count; lane += L) {
      for (int row = 0; row < rows; row++) {
        FloatVector v = fromArray(SPECIES, x, xAt + row * xRow + lane);
        v = v.mul(beta);
        v = v.blend(min, v.compare(LT, min));
        v = v.blend(max, v.compare(GT, max));
        FloatVector t = v.fma(twoLog2E, round);
        FloatVector r = t.sub(round).fma(minusHalfLn2, v);
        FloatVector q = q5.fma(r, q4).fma(r, q3).fma(r, q2).fma(r, q1);
        q = r.mul(r).fma(q, r);
        FloatVector scale =
            t.reinterpretAsInts().lanewise(LSHL, EXPONENT_SHIFT).reinterpretAsFloats();
        FloatVector m = q.fma(scale, scale.fma(half, minusHalf));
        alpha.mul(m.div(m.add(one))).intoArray(y, yAt + row * yRow + lane);
      }
    }
  }
}
