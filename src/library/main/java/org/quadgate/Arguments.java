// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import org.quadgate.engine.InputStage;

/** Checks of what callers give, with the messages that they get. */
final class Arguments {
  private final int inputSize;
  private final int outputSize;
  private final InputStage input;

  Arguments(int inputSize, int outputSize, InputStage input) {
    this.inputSize = inputSize;
    this.outputSize = outputSize;
    this.input = input;
  }

  static void checkSteps(int steps) {
    if (steps < 1) {
      throw new IllegalArgumentException("steps is " + steps + ", expected at least 1");
    }
  }

  static void checkLength(String what, long found, long expected) {
    if (found != expected) {
      throw new IllegalArgumentException(
          "length of " + what + " is " + found + ", expected " + expected);
    }
  }

  /** Checks that arrays have room for rows, and that outputs do not overwrite inputs to come. */
  void checkRows(float[] xs, float[] ys, int rows) {
    checkRoom("xs", xs.length, rows, inputSize);
    checkRoom("ys", ys.length, rows, outputSize);
    checkAliases(xs, ys);
  }

  private static void checkRoom(String what, int length, int rows, int size) {
    if (length < (long) rows * size) {
      throw new IllegalArgumentException(
          "length of %s is %d, expected at least %d rows of %d"
              .formatted(what, length, rows, size));
    }
  }

  /** Refuses outputs that would be written over inputs of rows to come. */
  @SuppressWarnings("ReferenceEquality") // one array, not two equal ones
  void checkAliases(float[] xs, float[] ys) {
    if (xs == ys && inputSize != outputSize) {
      throw new IllegalArgumentException(
          "ys is xs, which needs as many outputs as inputs, not %d and %d"
              .formatted(outputSize, inputSize));
    }
  }

  static void checkLengths(int[] lengths, int steps, int batch) {
    checkLength("lengths", lengths.length, batch);
    for (int b = 0; b < batch; b++) {
      if (lengths[b] < 0 || lengths[b] > steps) {
        throw new IllegalArgumentException(
            "lengths[%d] is %d, expected 0 to %d".formatted(b, lengths[b], steps));
      }
    }
  }

  /** Refuses inputs of rows that a step would refuse one by one. */
  void checkInputs(float[] xs, int rows) {
    if (input.firstRefused(xs, 0, rows) >= 0) {
      throw refusal(xs, 0, rows);
    }
  }

  /** Which input of these rows is refused. */
  RefusedInputException refusal(float[] xs, int offset, int rows) {
    int at = input.firstRefused(xs, offset, rows);
    float value = xs[offset + at];
    return rows == 1
        ? new RefusedInputException(at, value, input.limit())
        : new RefusedInputException(at / inputSize, at % inputSize, value, input.limit());
  }
}
