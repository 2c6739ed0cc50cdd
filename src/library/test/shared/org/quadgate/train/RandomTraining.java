// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import java.util.Random;
import org.quadgate.RandomWeights;
import org.quadgate.network.Architecture;
import org.quadgate.network.WeightArrays;
import org.quadgate.train.tape.Minibatch;

/** Random weights with initial states, and random minibatches. */
final class RandomTraining {
  private RandomTraining() {}

  static WeightArrays weights(Architecture architecture, long seed) {
    WeightArrays weights = RandomWeights.of(architecture, seed);
    Random random = new Random(seed);
    for (WeightArrays.Recurrent layer : weights.layers()) {
      fill(layer.initialHidden, random);
      fill(layer.initialCell, random);
    }
    return weights;
  }

  private static void fill(float[] values, Random random) {
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat() - 0.5f;
    }
  }

  /** All rows scored with weight 1; targets are ±1.5 to ±2.5, or 0 and 1, or class indices. */
  static Minibatch batch(
      Architecture architecture, LossFunction loss, int sequences, int steps, long seed) {
    Minibatch batch = new Minibatch();
    fill(batch, architecture, loss, sequences, steps, seed);
    return batch;
  }

  static void fill(
      Minibatch batch,
      Architecture architecture,
      LossFunction loss,
      int sequences,
      int steps,
      long seed) {
    Random random = new Random(seed);
    int outputs = architecture.outputSize();
    int targets = loss.targets(outputs);
    batch.reshape(sequences, steps, architecture.inputSize(), targets);
    int rows = sequences * steps;
    for (int i = 0; i < rows * architecture.inputSize(); i++) {
      batch.x[i] = (float) random.nextGaussian();
    }
    for (int i = 0; i < rows * targets; i++) {
      batch.target[i] =
          switch (loss) {
            case LossFunction.BinaryCrossEntropy b -> random.nextInt(2);
            case LossFunction.SoftmaxCrossEntropy s -> random.nextInt(outputs);
            // outputs are some way off, so that no kink of a loss is near
            default -> (random.nextBoolean() ? 1 : -1) * (1.5f + random.nextFloat());
          };
    }
    for (int i = 0; i < rows; i++) {
      batch.weight[i] = 1;
    }
  }

  /** Ends sequence b after {@code lengths[b]} steps: zero inputs and weight 0 from there. */
  static void pad(Minibatch batch, Architecture architecture, int... lengths) {
    for (int b = 0; b < lengths.length; b++) {
      for (int t = lengths[b]; t < batch.steps(); t++) {
        int row = t * batch.sequences() + b;
        batch.weight[row] = 0;
        for (int k = 0; k < architecture.inputSize(); k++) {
          batch.x[row * architecture.inputSize() + k] = 0;
        }
      }
    }
  }

  static double totalWeight(Minibatch batch) {
    double sum = 0;
    for (int row = 0; row < batch.sequences() * batch.steps(); row++) {
      sum += batch.weight[row];
    }
    return sum;
  }
}
