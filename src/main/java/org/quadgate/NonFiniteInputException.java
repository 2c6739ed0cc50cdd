// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

/**
 * An input that would have poisoned a stream's state for good: NaN, an infinity, or a number so
 * large that the gate sums could overflow. The state is as it was before the call.
 */
public final class NonFiniteInputException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final int index;
  private final float value;

  NonFiniteInputException(int index, float value, float limit) {
    super(
        "input "
            + index
            + " is "
            + value
            + ", expected a finite number of magnitude up to "
            + limit);
    this.index = index;
    this.value = value;
  }

  /** Which input of the timestep, from 0. */
  public int index() {
    return index;
  }

  /** What it was. */
  public float value() {
    return value;
  }
}
