// SPDX-License-Identifier: Apache-2.0
package org.quadgate.cli.predict;

import org.quadgate.cli.refusal.BadInputException;

/** Reads all rows of a file or a pipe and writes a model's outputs for them. */
interface Predictor {
  /**
   * Does it.
   *
   * @throws BadInputException for a row that cannot be used; outputs of the rows before it may have
   *     been written
   */
  void run();
}
