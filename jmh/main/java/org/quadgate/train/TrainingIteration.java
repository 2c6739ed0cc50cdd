// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import java.util.Arrays;
import org.quadgate.RandomWeights;
import org.quadgate.kernel.Kernels;
import org.quadgate.kernel.provider.KernelProvider;
import org.quadgate.network.Architecture;
import org.quadgate.network.WeightArrays;
import org.quadgate.train.tape.Minibatch;
import org.quadgate.train.tape.PassOptions;
import org.quadgate.train.tape.RowLoss;
import org.quadgate.train.tape.TrainingNetwork;

/**
 * What the training benchmark repeats: one minibatch of random sequences, LSTM layers and one
 * linear output, mean squared error at every step, and a step of gradient descent.
 */
public final class TrainingIteration implements AutoCloseable {
  private static final double RATE = 1e-3;
  private static final Optimizer ADAM = new Optimizer.Adam(0.9, 0.999, 1e-8, 0);
  private static final LossFunction LOSS = new LossFunction.Mse();
  private static final RowLoss ROW_LOSS = new LossFormula(LOSS);

  /** Sizes of one benchmark. */
  public record Sizes(int sequences, int steps, int inputs, int hidden, int layers) {
    Architecture architecture() {
      Architecture.Builder builder = Architecture.builder(inputs);
      for (int i = 0; i < layers; i++) {
        builder.lstm(hidden);
      }
      return builder.linear(1).build();
    }

    /**
     * 6 · weights · rows: each weight of the LSTM matrices is multiplied and added once forward and
     * twice backward; gradients of the inputs, which are not needed, count as if they were.
     */
    public double flops() {
      double weights = 4.0 * hidden * (inputs + hidden) + (layers - 1) * 8.0 * hidden * hidden;
      return 6 * weights * sequences * steps;
    }
  }

  private final Minibatch batch;
  private final TrainingNetwork network;
  private final double normaliser;
  private final float[][] moments; // [2][parameters]
  private final int[] decayed;
  private long step;

  public TrainingIteration(Sizes sizes, int threads) {
    this(sizes, threads, KernelProvider.chosen().kernels());
  }

  private TrainingIteration(Sizes sizes, int threads, Kernels kernels) {
    Architecture architecture = sizes.architecture();
    WeightArrays weights = RandomWeights.of(architecture, 1);
    batch = RandomTraining.batch(architecture, LOSS, sizes.sequences, sizes.steps, 2);
    normaliser = sizes.sequences * sizes.steps;
    PassOptions options = new PassOptions(0, 0, false, 0, threads);
    network = new TrainingNetwork(weights, new float[0], options, kernels);
    int size = network.parameters().length;
    moments = new float[ADAM.moments()][size];
    decayed = network.decayed();
  }

  /**
   * Sizes from text such as 32x50x16x64: sequences, steps, inputs, hidden units, and layers if not
   * 1.
   */
  public static Sizes parse(String shape) {
    String[] parts = shape.split("x", -1);
    if (parts.length != 4 && parts.length != 5) {
      throw new IllegalArgumentException(
          "shape is '" + shape + "', expected sequencesxstepsxinputsxhidden[xlayers]");
    }
    int[] n = Arrays.stream(parts).mapToInt(Integer::parseInt).toArray();
    return new Sizes(n[0], n[1], n[2], n[3], n.length == 5 ? n[4] : 1);
  }

  /** That the reference kernels train to the same bits and that the loss falls. */
  public static void check(Sizes sizes, int threads) {
    Sizes few = new Sizes(sizes.sequences, 3, sizes.inputs, sizes.hidden, sizes.layers);
    try (TrainingIteration ours = new TrainingIteration(few, threads);
        TrainingIteration reference =
            new TrainingIteration(few, 1, KernelProvider.scalar("benchmark").kernels())) {
      double first = ours.run();
      reference.run();
      double second = ours.run();
      if (reference.run() != second
          || !Arrays.equals(reference.network.parameters(), ours.network.parameters())) {
        throw new IllegalStateException("the kernels disagree");
      }
      if (!(second < first)) {
        throw new IllegalStateException("the loss went from " + first + " to " + second);
      }
    }
  }

  /** One iteration; returns the loss before the update. */
  public double run() {
    double loss = network.lossAndGradient(batch, ROW_LOSS, normaliser, step++);
    ADAM.update(network.parameters(), network.gradient(), moments, decayed, RATE, step);
    return loss;
  }

  @Override
  public void close() {
    network.close();
  }
}
