// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train.tape;

import org.quadgate.kernel.CellTape;
import org.quadgate.kernel.LinearKernels;
import org.quadgate.kernel.LinearRows;
import org.quadgate.kernel.Product;
import org.quadgate.kernel.TrainingKernels;

/**
 * One worker's share of a minibatch, the sequences {@code first} to {@code first + count − 1}, and
 * what it computes with. No row of a sequence depends on another sequence, so how the sequences are
 * shared out changes no bit.
 */
final class Share {
  final TrainingKernels kernels;
  final LinearKernels linear;
  final Product product = new Product();
  final LinearRows linearRows = new LinearRows();
  final CellTape cells = new CellTape();
  final ScoredRow row;
  int first;
  int count;

  Share(TrainingKernels kernels, LinearKernels linear) {
    this.kernels = kernels;
    this.linear = linear;
    row = new ScoredRow(kernels);
  }

  /** Takes part {@code part} of {@code parts} nearly equal ones. */
  void take(int sequences, int part, int parts) {
    first = (int) ((long) sequences * part / parts);
    count = (int) ((long) sequences * (part + 1) / parts) - first;
  }
}
