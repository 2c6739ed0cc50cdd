// SPDX-License-Identifier: Apache-2.0
package org.quadgate.engine;

import org.quadgate.network.Network;
import org.quadgate.network.RecurrentLayer;
import org.quadgate.options.ModelOptions;

/** One recurrent layer on its own, from given states: ONNX's operators in one call. */
public final class LayerRun {
  /**
   * What a layer gives for sequences.
   *
   * @param outputs h of every timestep; shape [steps][batch][directions][width]
   * @param finalHidden h after each sequence's last timestep; shape [batch][directions][width]
   * @param finalCell c likewise; shape [batch][directions][hidden]; empty of an RNN
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  public record Result(float[] outputs, float[] finalHidden, float[] finalCell) {}

  private LayerRun() {}

  /**
   * Packs the layer and runs sequences. Outputs behind a sequence's end are zero; a reverse
   * direction begins at its end. A sequence of length 0 ends in zeros, not in its initial state:
   * ONNX leaves that open, and ONNX Runtime does so.
   *
   * @param x the inputs; shape [steps][batch][input]
   * @param lengths each sequence's length, 0 to {@code steps}; null where all have {@code steps}
   * @param hidden h before the first timestep; shape [batch][directions][width]; null for the
   *     layer's own
   * @param cell c before the first timestep; shape [batch][directions][hidden]; null for the
   *     layer's own
   */
  public static Result run(
      RecurrentLayer layer,
      float[] x,
      int steps,
      int batch,
      int[] lengths,
      float[] hidden,
      float[] cell) {
    Network network = Network.builder().layer(layer).build();
    PackedNetwork packed = new PackedNetwork(network, ModelOptions.DEFAULT.withTrustedInputs());
    Workspace inside = packed.enter();
    try {
      WholeRun.Result result =
          new WholeRun(packed, inside, steps, batch, lengths, null)
              .layer(packed.layers[0], x, hidden, cell);
      return new Result(result.outputs, result.finalHidden, result.finalCell);
    } finally {
      packed.leave(inside);
      packed.close();
    }
  }
}
