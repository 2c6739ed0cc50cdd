// SPDX-License-Identifier: Apache-2.0
package org.quadgate.io;

import java.util.List;
import java.util.Optional;
import org.quadgate.CellType;

/** The parameters of one {@code nn.Module}, their shapes checked against each other. */
sealed interface TorchModule {
  /** The module's path in the network, such as {@code encoder.lstm}; empty for the root. */
  String path();

  /** Values per timestep that go in. */
  int inputSize();

  /** Values per timestep that come out. */
  int outputSize();

  /** W, R and the two biases, which are both there or both not, of one recurrent layer. */
  record RecurrentLayer(
      SafetensorsFile.Tensor input,
      SafetensorsFile.Tensor recurrent,
      Optional<SafetensorsFile.Tensor> inputBias,
      Optional<SafetensorsFile.Tensor> recurrentBias) {}

  /** An {@code nn.LSTM}, {@code nn.RNN} or one of their cells: layers of one kind and size. */
  record Recurrent(
      String path, CellType cell, int inputSize, int outputSize, List<RecurrentLayer> layers)
      implements TorchModule {}

  /** An {@code nn.Linear}. */
  record Linear(
      String path,
      int inputSize,
      int outputSize,
      SafetensorsFile.Tensor weight,
      Optional<SafetensorsFile.Tensor> bias)
      implements TorchModule {}
}
