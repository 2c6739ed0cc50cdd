// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.format;

/** What one run of an ONNX model does. */
public enum OnnxForm {
  /**
   * One timestep of any number of streams. Inputs: {@code x} [batch][input] and, of each recurrent
   * layer n counted from 0, {@code h_n} and, of an LSTM, {@code c_n}, both [1][batch][hidden].
   * Outputs: {@code y} [batch][output] and the states after the step, {@code h_next_n} and {@code
   * c_next_n}, to be fed back.
   *
   * <p>A stream begins with the model's initial states. Those that are not all zero are in the
   * file's metadata_props, which every runtime gives access to: {@code quadgate.initial_h_n} and
   * {@code quadgate.initial_c_n}, each a JSON array of [hidden] numbers for one stream.
   */
  STEP,

  /**
   * Whole sequences from the model's initial states, which are in the graph. Input: {@code xs}
   * [time][batch][input]. Output: {@code ys} [time][batch][output], or [batch][output] where the
   * model gives one row of a sequence.
   */
  SEQUENCE
}
