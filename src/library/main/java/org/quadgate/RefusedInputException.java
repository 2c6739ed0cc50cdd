// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

/**
 * An input that would have poisoned a stream's state for good: NaN, an infinity, or a number so
 * large that the gate sums could overflow. The state is as it was before the call.
 */
public final class RefusedInputException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final int row;
  private final int index;
  private final float value;

  RefusedInputException(int index, float value, float limit) {
    super(message(index, value, limit));
    row = 0;
    this.index = index;
    this.value = value;
  }

  /**
   * Says which input it was.
   *
   * @param row of the batch or timestep of the sequence, from 0
   * @param index of the input within its timestep, from 0
   * @param value what it was
   * @param limit the largest magnitude that would have been accepted
   */
  public RefusedInputException(int row, int index, float value, float limit) {
    super("row " + row + ": " + message(index, value, limit));
    this.row = row;
    this.index = index;
    this.value = value;
  }

  private static String message(int index, float value, float limit) {
    return "input "
        + index
        + " is "
        + value
        + ", expected a finite number of magnitude up to "
        + limit;
  }

  /** Which row of a batch or timestep of a sequence, from 0; 0 for a single step. */
  public int row() {
    return row;
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
