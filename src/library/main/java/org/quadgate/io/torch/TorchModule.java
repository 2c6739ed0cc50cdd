// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io.torch;

import java.util.List;
import java.util.Optional;
import org.quadgate.io.safetensors.SafetensorsFile;
import org.quadgate.network.CellType;

/** The parameters of one {@code nn.Module}, their shapes checked against each other. */
sealed interface TorchModule {
  /** The module's path in the network, such as {@code encoder.lstm}; empty for the root. */
  String path();

  /** Values per timestep that go in. */
  int inputSize();

  /** Values per timestep that come out. */
  int outputSize();

  /**
   * W, R, the two biases, which are both there or both not, and the projection of one direction of
   * a recurrent layer.
   */
  record Pass(
      SafetensorsFile.Tensor input,
      SafetensorsFile.Tensor recurrent,
      Optional<SafetensorsFile.Tensor> inputBias,
      Optional<SafetensorsFile.Tensor> recurrentBias,
      Optional<SafetensorsFile.Tensor> projection) {}

  /**
   * An {@code nn.LSTM}, {@code nn.RNN} or one of their cells: layers of one kind and size.
   *
   * @param passSize values that one direction gives: its units, or what it projects to
   * @param layers one pass each, or two: forward and reverse
   */
  record Recurrent(
      String path,
      CellType cell,
      int inputSize,
      int hiddenSize,
      int passSize,
      List<List<Pass>> layers)
      implements TorchModule {
    int directions() {
      return layers.getFirst().size();
    }

    @Override
    public int outputSize() {
      return directions() * passSize;
    }
  }

  /** An {@code nn.Linear}. */
  record Linear(
      String path,
      int inputSize,
      int outputSize,
      SafetensorsFile.Tensor weight,
      Optional<SafetensorsFile.Tensor> bias)
      implements TorchModule {}
}
