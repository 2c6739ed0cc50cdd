// SPDX-License-Identifier: Apache-2.0
package org.quadgate.peers;

import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.quadgate.network.WeightArrays;

/** An LSTM layer in DL4J, stepped with rnnTimeStep, which keeps the state. */
final class Dl4jLstm {
  /**
   * Where DL4J's gates stand in our order of i, f, g, o. Its first block, which it calls the input
   * activation, is our g; its last, the input modulation gate, is our i.
   */
  private static final int[] GFOI = {2, 1, 3, 0};

  private final MultiLayerNetwork network;
  private final INDArray x; // [1][input]

  Dl4jLstm(WeightArrays weights) {
    Nd4j.getEnvironment().setMaxThreads(1);
    Nd4j.getEnvironment().setMaxMasterThreads(1);
    int inputs = weights.architecture().inputSize();
    int hidden = weights.architecture().outputSize();
    MultiLayerConfiguration configuration =
        new NeuralNetConfiguration.Builder()
            .dataType(DataType.FLOAT)
            .list()
            .layer(
                new LSTM.Builder()
                    .nIn(inputs)
                    .nOut(hidden)
                    .activation(Activation.TANH)
                    .gateActivationFunction(Activation.SIGMOID)
                    .build())
            .build();
    network = new MultiLayerNetwork(configuration);
    network.init();
    WeightArrays.Recurrent layer = weights.layers().getFirst();
    network.setParam("0_W", transposed(layer.input, inputs, hidden));
    network.setParam("0_RW", transposed(layer.recurrent, hidden, hidden));
    network.setParam("0_b", transposed(layer.bias, 1, hidden));
    x = Nd4j.create(DataType.FLOAT, 1, inputs);
  }

  /** Our [gate][unit][column] as DL4J's [column][gate][unit]. */
  private static INDArray transposed(float[] from, int columns, int hidden) {
    float[] to = new float[from.length];
    for (int g = 0; g < GFOI.length; g++) {
      for (int u = 0; u < hidden; u++) {
        for (int k = 0; k < columns; k++) {
          to[(k * GFOI.length + g) * hidden + u] = from[(GFOI[g] * hidden + u) * columns + k];
        }
      }
    }
    return Nd4j.create(to, new long[] {columns, (long) GFOI.length * hidden}, 'c');
  }

  /**
   * Advances the stream by one timestep.
   *
   * @param in shape [input]
   * @param out receives h; shape [hidden]
   */
  void run(float[] in, float[] out) {
    x.data().asNioFloat().put(0, in);
    network.rnnTimeStep(x).data().asNioFloat().get(0, out);
  }
}
