// SPDX-License-Identifier: Apache-2.0
package org.quadgate.peers;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.GradientCollector;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import org.quadgate.network.Architecture;
import org.quadgate.network.WeightArrays;

/**
 * LSTM layers trained by libtorch: its own fused LSTM, automatic differentiation, Adam, and the
 * mean squared error of h against a target.
 */
final class LibtorchTrainer implements AutoCloseable {
  private static final float LEARNING_RATE = 1e-3f;

  private final NDManager manager;
  private final Architecture architecture;
  private final NDList parameters = new NDList(); // per layer W, R, b and PyTorch's second bias
  private final Optimizer optimizer =
      Optimizer.adam().optLearningRateTracker(Tracker.fixed(LEARNING_RATE)).build();

  LibtorchTrainer(WeightArrays weights) {
    Libtorch.useOneThread();
    JniUtils.setGradMode(false); // except where gradients are collected
    manager = Engine.getEngine("PyTorch").newBaseManager();
    architecture = weights.architecture();
    for (int i = 0; i < architecture.layers().size(); i++) {
      WeightArrays.Recurrent layer = weights.layers().get(i);
      int rows = layer.bias.length;
      parameters.add(manager.create(layer.input, new Shape(rows, architecture.layerInputSize(i))));
      parameters.add(manager.create(layer.recurrent, new Shape(rows, rows / 4)));
      parameters.add(manager.create(layer.bias));
      parameters.add(manager.zeros(new Shape(rows)));
    }
    parameters.forEach(p -> p.setRequiresGradient(true));
  }

  /** Rows [steps][batch][width] as a tensor that lives as long as the trainer. */
  NDArray tensor(float[] rows, int steps, int batch) {
    return manager.create(rows, new Shape(steps, batch, rows.length / (steps * batch)));
  }

  /** Zero h and c of every layer, shape [layers][batch][hidden]. */
  NDList zeroState(int batch) {
    Shape shape = new Shape(architecture.layers().size(), batch, architecture.outputSize());
    return new NDList(manager.zeros(shape), manager.zeros(shape));
  }

  /** Runs the layers; returns h of every timestep and the last h and c, for the caller to close. */
  NDList forward(NDArray x, NDList state) {
    int layers = architecture.layers().size();
    return JniUtils.lstm((PtNDArray) x, state, parameters, true, layers, 0, true, false, false);
  }

  /** One iteration: forward, backward and update; returns the loss from before the update. */
  float iterate(NDArray x, NDList zeroState, NDArray target) {
    float lossBefore;
    try (NDManager scope = manager.newSubManager()) {
      scope.tempAttachAll(x, target); // what is made of them dies with the scope
      try (GradientCollector gradients = Engine.getEngine("PyTorch").newGradientCollector()) {
        NDArray loss = forward(x, zeroState).head().sub(target).square().mean();
        gradients.backward(loss);
        lossBefore = loss.getFloat();
      }
      for (int i = 0; i < parameters.size(); i++) {
        try (NDArray gradient = parameters.get(i).getGradient()) {
          optimizer.update("parameter" + i, parameters.get(i), gradient); // and zeroes it
        }
      }
    }
    return lossBefore;
  }

  @Override
  public void close() {
    manager.close();
  }
}
