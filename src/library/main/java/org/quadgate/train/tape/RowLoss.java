// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train.tape;

/** A loss of single rows, which are independent of each other; stateless. */
public interface RowLoss {
  /** How many targets a row with so many outputs has. */
  int targets(int outputs);

  /** Whether the target is the index of an output. */
  boolean hasClasses();

  /** Returns the loss of a row and replaces its outputs by scale·dloss/dy. */
  double replace(ScoredRow row);
}
