// SPDX-License-Identifier: Apache-2.0
package org.quadgate.network;

import java.util.List;

/** The kind of recurrent cell in a layer. */
public enum CellType {
  /**
   * Long short-term memory: gates i, f, g, o in this (PyTorch's) order. Hochreiter &amp;
   * Schmidhuber, "Long Short-Term Memory", Neural Computation 9(8), 1997; the forget gate is from
   * Gers, Schmidhuber &amp; Cummins, "Learning to Forget", Neural Computation 12(10), 2000.
   */
  LSTM(4),

  /** The vanilla recurrent network, h' = tanh(W·x + b + R·h): one row a unit, no cell state. */
  RNN(1);

  private static final List<Activation> OF_LSTM =
      List.of(Activation.SIGMOID, Activation.TANH, Activation.TANH);
  private static final List<Activation> OF_RNN = List.of(Activation.TANH);

  private final int gates;

  CellType(int gates) {
    this.gates = gates;
  }

  /** Rows of the weight matrices per hidden unit: 4 for an LSTM, 1 for a vanilla RNN. */
  public int gates() {
    return gates;
  }

  /**
   * The functions that a cell has unless told otherwise: gate, candidate and output of an LSTM (σ,
   * tanh, tanh), the only one of a vanilla RNN (tanh).
   */
  public List<Activation> usualActivations() {
    return this == LSTM ? OF_LSTM : OF_RNN;
  }

  /** Whether the cell carries a cell state c beside its hidden state h. */
  public boolean hasCellState() {
    return this == LSTM;
  }
}
