// SPDX-License-Identifier: Apache-2.0
package org.quadgate.bench;

import java.util.Arrays;
import org.quadgate.network.Architecture;

/**
 * A training benchmark's {@code shape} parameter, such as 20x35x200x200 or 20x35x200x200x2: streams
 * in a batch, timesteps, inputs, hidden units and, if not 1, layers.
 */
public record TrainShape(int batch, int steps, int input, int hidden, int layers) {
  /**
   * Reads the parameter.
   *
   * @throws IllegalArgumentException if it is not four or five numbers with an x between
   */
  public static TrainShape parse(String text) {
    int[] sizes = Arrays.stream(text.split("x", -1)).mapToInt(Integer::parseInt).toArray();
    if (sizes.length < 4 || sizes.length > 5) {
      throw new IllegalArgumentException(
          "shape is '" + text + "', expected batchxstepsxinputsxhidden[xlayers]");
    }
    int layers = sizes.length == 5 ? sizes[4] : 1;
    return new TrainShape(sizes[0], sizes[1], sizes[2], sizes[3], layers);
  }

  /** The architecture: LSTM layers without a head. */
  public Architecture architecture() {
    Architecture.Builder builder = Architecture.builder(input);
    for (int i = 0; i < layers; i++) {
      builder.lstm(hidden);
    }
    return builder.build();
  }

  /**
   * Floating-point operations of an iteration: two for a multiply-add, with every weight, once
   * forward and twice backward (to the inputs and to the weights), for every row of the batch. The
   * gradient by the first layer's inputs is counted, as is usual, although nobody needs it.
   */
  public double flops() {
    double weights = 0;
    for (int i = 0; i < layers; i++) {
      weights += 4.0 * hidden * ((i == 0 ? input : hidden) + hidden);
    }
    return 6 * weights * batch * steps;
  }
}
