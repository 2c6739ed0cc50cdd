// SPDX-License-Identifier: Apache-2.0
package org.quadgate.kernel;

/** A linear layer's numbers, its rows padded with zeros to whole groups of lanes. */
public final class PackedLinear {
  /** Rows of weights, {@link #stride} apart from {@link #at}. */
  public final float[] weights;

  /** Where the first row begins. */
  public final int at;

  /** How many rows there are. */
  public final int outputs;

  /** Columns and their padding, a multiple of 16. */
  public final int stride;

  /** The bias of each row, from {@link #biasAt}. */
  public final float[] bias;

  /** Where the first row's bias stands. */
  public final int biasAt;

  /** A layer whose numbers stand in arrays that go on to belong to the caller. */
  public PackedLinear(float[] weights, int at, int outputs, int stride, float[] bias, int biasAt) {
    this.weights = weights;
    this.at = at;
    this.outputs = outputs;
    this.stride = stride;
    this.bias = bias;
    this.biasAt = biasAt;
  }

  /**
   * Packs a layer.
   *
   * @param w shape [outputs][inputs]
   * @param bias shape [outputs]
   */
  public static PackedLinear pack(int inputs, int outputs, float[] w, float[] bias) {
    int stride = PanelShape.paddedToLanes(inputs);
    float[] weights = new float[Math.multiplyExact(outputs, stride)];
    for (int row = 0; row < outputs; row++) {
      System.arraycopy(w, row * inputs, weights, row * stride, inputs);
    }
    return new PackedLinear(weights, 0, outputs, stride, bias.clone(), 0);
  }
}
