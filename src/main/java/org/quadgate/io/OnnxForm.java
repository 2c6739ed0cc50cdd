// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io;

/** What one run of an ONNX model is. */
public enum OnnxForm {
  /**
   * One timestep of any number of streams. Inputs {@code x} [batch][input] and for each recurrent
   * layer n {@code h_n} and, for an LSTM, {@code c_n}, both [1][batch][hidden]; outputs {@code y}
   * [batch][output] and the states after the step, {@code h_next_n} and {@code c_next_n}. A stream
   * begins with the states that the caller gives; learned initial states are not in the file.
   */
  STEP,

  /**
   * Whole sequences from the initial state. Input {@code x} [time][batch][input]; output {@code y}
   * [time][batch][output], or [batch][output] where the model gives one row a sequence.
   */
  SEQUENCE
}
