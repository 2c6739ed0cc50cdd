// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import org.quadgate.network.Architecture;

/**
 * A benchmark's {@code shape} parameter, such as 8x32 (JMH splits at commas): inputs and hidden
 * units of one LSTM layer.
 */
public record Shape(int input, int hidden) {
  /**
   * Reads the parameter.
   *
   * @throws IllegalArgumentException if it is not two numbers with an x between
   */
  public static Shape parse(String text) {
    String[] parts = text.split("x", -1);
    if (parts.length != 2) {
      throw new IllegalArgumentException(
          "shape is '" + text + "', expected inputsxhidden such as 8x32");
    }
    return new Shape(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
  }

  /** The architecture: one LSTM layer without a head. */
  public Architecture architecture() {
    return Architecture.builder(input).lstm(hidden).build();
  }

  /** Weights that a step multiplies with, biases and padding aside. */
  public int weights() {
    return 4 * hidden * (input + hidden);
  }
}
