// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import org.quadgate.LstmConfig;

/**
 * A benchmark's {@code shape} parameter, such as 8x32 (JMH splits at commas): inputs and hidden
 * units of one LSTM layer.
 */
record Shape(int input, int hidden) {
  static Shape parse(String text) {
    String[] parts = text.split("x", -1);
    if (parts.length != 2) {
      throw new IllegalArgumentException(
          "shape is '" + text + "', expected inputsxhidden such as 8x32");
    }
    return new Shape(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
  }

  LstmConfig config() {
    return LstmConfig.builder(input).lstm(hidden).build();
  }

  /** Weights that a step multiplies with, biases and padding aside. */
  int weights() {
    return 4 * hidden * (input + hidden);
  }
}
