// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.onnx;

import java.util.List;
import org.quadgate.sequence.LinearLayer;
import org.quadgate.sequence.SequenceLayer;
import org.quadgate.sequence.SequenceModel;

/** Finds numbers in a network that no file should carry on. */
final class FiniteNumbers {
  private FiniteNumbers() {}

  /**
   * Checks every number of a network.
   *
   * @throws IllegalArgumentException if one is NaN or infinite, with its place
   */
  static void check(SequenceModel model) {
    for (int i = 0; i < model.layers().size(); i++) {
      List<SequenceLayer.Pass> passes = model.layers().get(i).passes();
      for (int d = 0; d < passes.size(); d++) {
        SequenceLayer.Pass pass = passes.get(d);
        String place = "recurrent layer " + i + ", direction " + d + ": ";
        check(place + "input weight", pass.input);
        check(place + "recurrent weight", pass.recurrent);
        check(place + "bias", pass.bias);
        check(place + "peephole", pass.peephole);
        check(place + "initial hidden state", pass.initialHidden);
        check(place + "initial cell state", pass.initialCell);
      }
    }
    for (int i = 0; i < model.head().size(); i++) {
      LinearLayer linear = model.head().get(i);
      check("linear layer " + i + ": weight", linear.weight());
      check("linear layer " + i + ": bias", linear.bias());
    }
    check("input mean", model.inputMean());
    check("input std", model.inputStd());
    check("output mean", model.outputMean());
    check("output std", model.outputStd());
  }

  private static void check(String what, float[] values) {
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw new IllegalArgumentException(what + " " + i + " is " + values[i]);
      }
    }
  }
}
