// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

/** Whether data fit a network and a loss, asked before anything is computed from them. */
final class DataCheck {
  private DataCheck() {}

  /**
   * Checks sizes and targets.
   *
   * @param what names the data in errors, such as training
   * @param inputs values that the network reads of a row
   * @param outputs values that it puts out
   * @throws IllegalArgumentException if sizes differ, no row is scored, or a target is none that
   *     the loss knows, naming the series and row
   */
  static void fits(String what, Dataset data, int inputs, int outputs, LossFunction loss) {
    int targets = loss.targets(outputs);
    if (data.inputSize() != inputs || data.targetSize() != targets) {
      throw new IllegalArgumentException(
          "%s data have %d inputs and %d targets, the network with this loss has %d and %d"
              .formatted(what, data.inputSize(), data.targetSize(), inputs, targets));
    }
    if (data.scoredRows() == 0) {
      throw new IllegalArgumentException("no row of the " + what + " data is scored");
    }
    for (Dataset.Series series : data.series()) {
      for (int i = 0; i < series.target.length; i++) {
        target(series, i / targets, series.target[i], outputs, loss);
      }
    }
  }

  private static void target(
      Dataset.Series series, int row, float target, int outputs, LossFunction loss) {
    if (loss instanceof LossFunction.BinaryCrossEntropy && !(target >= 0 && target <= 1)) {
      throw new IllegalArgumentException(
          "series %s, row %d has a target %s, expected a probability"
              .formatted(series.key, row, target));
    }
    if (loss instanceof LossFunction.SoftmaxCrossEntropy && !isIndex(target, outputs)) {
      throw new IllegalArgumentException(
          "series %s, row %d has a target %s, expected a class from 0 to %d"
              .formatted(series.key, row, target, outputs - 1));
    }
  }

  /**
   * Checks that the one input of each row is a token.
   *
   * @throws IllegalArgumentException naming the series and row of the first that is none
   */
  static void tokens(Dataset data, int vocabulary) {
    for (Dataset.Series series : data.series()) {
      for (int row = 0; row < series.rows; row++) {
        if (!isIndex(series.x[row], vocabulary)) {
          throw new IllegalArgumentException(
              "series %s, row %d has a token %s, expected an integer from 0 to %d"
                  .formatted(series.key, row, series.x[row], vocabulary - 1));
        }
      }
    }
  }

  private static boolean isIndex(float value, int count) {
    return value >= 0 && value < count && value == (int) value;
  }
}
