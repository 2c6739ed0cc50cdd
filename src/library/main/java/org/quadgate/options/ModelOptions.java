// SPDX-License-Identifier: Apache-2.0
package org.quadgate.options;

import java.util.Objects;

/**
 * How a network is compiled; each option has a default that is right for most.
 *
 * <pre>{@code
 * Model.of(network, ModelOptions.DEFAULT.withPrecision(Precision.BF16))
 * }</pre>
 *
 * @param precision how the recurrent layers' weights are stored
 * @param checksInputs whether inputs that would poison a stream are refused
 * @param scalarKernels whether the scalar reference computes, whatever the JVM has
 */
public record ModelOptions(Precision precision, boolean checksInputs, boolean scalarKernels) {
  /** fp32, checked inputs, and the best kernels of this JVM. */
  public static final ModelOptions DEFAULT = new ModelOptions(Precision.FP32, true, false);

  /** Checks that there is a precision. */
  public ModelOptions {
    Objects.requireNonNull(precision, "precision");
  }

  /** With the recurrent layers' weights stored so. */
  public ModelOptions withPrecision(Precision precision) {
    return new ModelOptions(precision, checksInputs, scalarKernels);
  }

  /**
   * Without the check that refuses NaN, infinite and over-large inputs. For callers who guarantee
   * clean inputs: a single NaN makes every later output of its stream NaN.
   */
  public ModelOptions withTrustedInputs() {
    return new ModelOptions(precision, false, scalarKernels);
  }

  /** With the scalar reference kernels; the same bits, for comparison. */
  public ModelOptions withScalarKernels() {
    return new ModelOptions(precision, checksInputs, true);
  }
}
