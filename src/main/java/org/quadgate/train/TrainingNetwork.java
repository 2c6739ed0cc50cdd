// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.quadgate.LstmConfig;
import org.quadgate.LstmWeights;
import org.quadgate.kernel.KernelProvider;
import org.quadgate.kernel.Kernels;
import org.quadgate.kernel.TrainingKernels;

/**
 * A network being trained: its parameters in one flat array, their gradient in another of the same
 * layout, and the tape between them. One minibatch passes through in three phases:
 *
 * <pre>
 *   1  transpose the matrices                                                      by tile
 *   2  forward, loss and backward through time, which gives dz of every timestep   by sequence
 *   3  gradients of the parameters, sums over all timesteps and sequences          by panel
 * </pre>
 *
 * <p>Every number is one sum in a fixed order, whichever worker computes it: the same bits with any
 * number of threads. Nothing is allocated once the largest minibatch has been seen.
 *
 * <p>Not thread-safe.
 */
final class TrainingNetwork implements AutoCloseable {
  private final TrainingOptions options;
  private final LstmWeights scaling; // for its scaling arrays
  private final LstmConfig config;
  private final List<RecurrentLayer> layers = new ArrayList<>();
  private final List<LinearLayer> head = new ArrayList<>();
  private final float[] parameters;
  private final float[] gradient;
  private final Workers workers;
  private final Share[] shares;
  private final AtomicInteger nextTask = new AtomicInteger();
  private final Workers.Phase transposing = this::transpose;
  private final Workers.Phase passing = this::pass;
  private final Workers.Phase summing = this::sum;

  // the minibatch in hand
  private Minibatch batch;
  private LossFunction loss;
  private double normaliser;
  private boolean learning;
  private int sequences;
  private int steps;
  private double[] rowLosses = {}; // weighted; [steps][sequences]
  private float[] outputs = {}; // of a network without a head; [steps][sequences][output]
  private int carriedSequences; // whose final states the layers hold

  /**
   * Packs the weights.
   *
   * @throws IllegalArgumentException if a weight is not finite or there are over 2³¹−1 parameters
   */
  TrainingNetwork(LstmWeights initial, TrainingOptions options) {
    this(initial, options, KernelProvider.chosen().kernels());
  }

  /** With given kernels, for comparison. */
  TrainingNetwork(LstmWeights initial, TrainingOptions options, Kernels kernels) {
    initial.validate();
    this.options = options;
    config = initial.config();
    scaling = initial;
    int at = 0;
    try {
      for (int i = 0; i < config.layers().size(); i++) {
        LstmConfig.Layer layer = config.layers().get(i);
        layers.add(
            new RecurrentLayer(layer.cell(), config.layerInputSize(i), layer.hiddenSize(), at));
        at = layers.get(i).end;
      }
      for (int i = 0; i < config.head().size(); i++) {
        head.add(new LinearLayer(config.headInputSize(i), config.head().get(i), at));
        at = head.get(i).end;
      }
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          config.describe() + " has over 2^31-1 parameters, padding included", e);
    }
    parameters = new float[at];
    gradient = new float[at];
    load(initial);
    workers = new Workers(options.threads());
    shares = new Share[workers.count()];
    TrainingKernels training = kernels.training();
    for (int i = 0; i < shares.length; i++) {
      shares[i] = new Share(training);
    }
  }

  /** All parameters, packed, padding 0; an optimizer updates them in place, elementwise. */
  float[] parameters() {
    return parameters;
  }

  /** The gradient in the layout of {@link #parameters}; entries of padding are 0. */
  float[] gradient() {
    return gradient;
  }

  /**
   * Which entries weight decay applies to, the matrices alone: pairs of a first index and one
   * beyond the last, ascending.
   */
  int[] decayed() {
    int[] ranges = new int[2 * (layers.size() + head.size())];
    int i = 0;
    for (RecurrentLayer layer : layers) {
      ranges[i++] = layer.inputAt;
      ranges[i++] = layer.biasAt;
    }
    for (LinearLayer layer : head) {
      ranges[i++] = layer.weightAt;
      ranges[i++] = layer.biasAt;
    }
    return ranges;
  }

  /** An unpacked copy of the current parameters; scaling arrays are those given at first. */
  LstmWeights weights() {
    LstmWeights weights = unpacked(parameters);
    System.arraycopy(scaling.inputMean, 0, weights.inputMean, 0, weights.inputMean.length);
    System.arraycopy(scaling.inputStd, 0, weights.inputStd, 0, weights.inputStd.length);
    System.arraycopy(scaling.outputMean, 0, weights.outputMean, 0, weights.outputMean.length);
    System.arraycopy(scaling.outputStd, 0, weights.outputStd, 0, weights.outputStd.length);
    return weights;
  }

  /** Parameters, a gradient or an optimizer's moments in canonical order, without scaling. */
  LstmWeights unpacked(float[] packed) {
    LstmWeights weights = new LstmWeights(config);
    for (int i = 0; i < layers.size(); i++) {
      layers.get(i).unpack(packed, weights.layers().get(i));
    }
    for (int i = 0; i < head.size(); i++) {
      head.get(i).unpack(packed, weights.head().get(i));
    }
    return weights;
  }

  /**
   * Takes all parameters from {@code weights}; not its scaling.
   *
   * @throws IllegalArgumentException if they are of another architecture
   */
  void load(LstmWeights weights) {
    if (!weights.config().layers().equals(config.layers())
        || !weights.config().head().equals(config.head())
        || weights.config().inputSize() != config.inputSize()) {
      throw new IllegalArgumentException(
          "the weights are of " + weights.config().describe() + ", not of " + config.describe());
    }
    for (int i = 0; i < layers.size(); i++) {
      layers.get(i).pack(weights.layers().get(i), parameters);
    }
    for (int i = 0; i < head.size(); i++) {
      head.get(i).pack(weights.head().get(i), parameters);
    }
  }

  /**
   * Fills {@link #gradient} and returns the loss, which is NaN or infinite where the arithmetic
   * came to that.
   *
   * @param normaliser divides the weighted sum of the rows' losses
   * @param step chooses the dropout masks, together with the seed
   */
  double lossAndGradient(Minibatch batch, LossFunction loss, double normaliser, long step) {
    begin(batch, loss, normaliser, true);
    nextTask.set(0);
    workers.run(transposing);
    workers.run(passing);
    nextTask.set(0);
    workers.run(summing);
    return end();
  }

  /** The loss without dropout and without a gradient; states are carried on all the same. */
  double loss(Minibatch batch, LossFunction loss, double normaliser) {
    begin(batch, loss, normaliser, false);
    workers.run(passing);
    return end();
  }

  private void begin(Minibatch batch, LossFunction loss, double normaliser, boolean learning) {
    if (batch.carriesState && batch.sequences() != carriedSequences) {
      throw new IllegalArgumentException(
          "a minibatch of %d sequences cannot go on from the states of %d"
              .formatted(batch.sequences(), carriedSequences));
    }
    if (!(normaliser > 0)) {
      throw new IllegalArgumentException("normaliser is " + normaliser + ", expected above 0");
    }
    this.batch = batch;
    this.loss = loss;
    this.normaliser = normaliser;
    this.learning = learning;
    sequences = batch.sequences();
    steps = batch.steps();
    int rows = sequences * steps;
    for (int i = 0; i < layers.size(); i++) {
      layers.get(i).reshape(sequences, steps);
    }
    for (int i = 0; i < head.size(); i++) {
      head.get(i).reshape(rows, i == head.size() - 1);
    }
    if (head.isEmpty()) {
      outputs = Lanes.room(outputs, (long) rows * config.outputSize());
    }
    if (rowLosses.length < rows) {
      rowLosses = new double[rows];
    }
  }

  /** The sum of the rows' losses in their order. */
  private double end() {
    carriedSequences = sequences;
    double sum = 0;
    for (int row = 0; row < steps * sequences; row++) {
      sum += rowLosses[row];
    }
    batch = null;
    return sum / normaliser;
  }

  // ---------------------------------------------------------------- phases

  private void transpose(int worker) {
    for (int task = nextTask.getAndIncrement(); ; task = nextTask.getAndIncrement()) {
      int tile = task;
      RecurrentLayer owner = null;
      for (int i = 0; i < layers.size() && owner == null; i++) {
        if (tile < layers.get(i).transposedTiles()) {
          owner = layers.get(i);
        } else {
          tile -= layers.get(i).transposedTiles();
        }
      }
      if (owner == null) {
        return;
      }
      owner.transpose(tile, parameters);
    }
  }

  private void pass(int worker) {
    Share share = shares[worker];
    share.take(sequences, worker, shares.length);
    if (share.count == 0) {
      return;
    }
    for (int i = 0; i < layers.size(); i++) {
      layers
          .get(i)
          .forward(share, parameters, inputOf(i), inputAt(i), inputRow(i), batch.carriesState);
    }
    for (int t = 0; t < steps; t++) {
      score(share, t);
    }
    if (learning) {
      for (int i = layers.size() - 1; i >= 0; i--) {
        layers.get(i).backward(share);
        if (i > 0) {
          layers.get(i).inputGradient(share, layers.get(i - 1).upstream, layers.get(i - 1).stride);
        }
      }
    }
  }

  private void sum(int worker) {
    Share share = shares[worker];
    for (int task = nextTask.getAndIncrement(); ; task = nextTask.getAndIncrement()) {
      int part = task;
      boolean done = false;
      for (int i = layers.size() - 1; i >= 0 && !done; i--) {
        RecurrentLayer layer = layers.get(i);
        if (part < layer.gradientTasks()) {
          boolean learnsState = options.learnInitialState() && !batch.carriesState;
          layer.gradient(share, part, inputOf(i), inputAt(i), inputRow(i), learnsState, gradient);
          done = true;
        }
        part -= layer.gradientTasks();
      }
      for (int i = 0; i < head.size() && !done; i++) {
        LinearLayer layer = head.get(i);
        if (part < layer.gradientTasks()) {
          layer.gradient(share, part, headInput(i), headInputAt(i), headInputRow(i), gradient);
          done = true;
        }
        part -= layer.gradientTasks();
      }
      if (!done) {
        return;
      }
    }
  }

  // ---------------------------------------------------------------- what feeds what

  private float[] inputOf(int layer) {
    return layer == 0 ? batch.x : layers.get(layer - 1).hidden;
  }

  private int inputAt(int layer) {
    return layer == 0 ? 0 : layers.get(layer - 1).outputAt();
  }

  private int inputRow(int layer) {
    return layer == 0 ? config.inputSize() : layers.get(layer - 1).stride;
  }

  private float[] headInput(int layer) {
    return layer == 0 ? layers.getLast().hidden : head.get(layer - 1).y;
  }

  private int headInputAt(int layer) {
    return layer == 0 ? layers.getLast().outputAt() : 0;
  }

  private int headInputRow(int layer) {
    return layer == 0 ? layers.getLast().stride : head.get(layer - 1).stride;
  }

  // ---------------------------------------------------------------- head and loss

  /** Head, loss and their derivatives at one timestep; one without scored rows costs nothing. */
  private void score(Share share, int t) {
    int first = t * sequences + share.first;
    int count = share.count;
    RecurrentLayer top = layers.getLast();
    if (!anyScored(first, count)) {
      Arrays.fill(rowLosses, first, first + count, 0);
      for (LinearLayer layer : head) {
        Arrays.fill(layer.dy, first * layer.stride, (first + count) * layer.stride, 0);
      }
      Arrays.fill(top.upstream, first * top.stride, (first + count) * top.stride, 0);
      return;
    }
    int size = config.outputSize();
    float[] y = outputs;
    int stride = size;
    for (int i = 0; i < head.size(); i++) {
      LinearLayer layer = head.get(i);
      layer.forward(share, parameters, headInput(i), headInputAt(i), headInputRow(i), first, count);
      y = layer.y;
      stride = layer.stride;
    }
    if (head.isEmpty()) {
      for (int row = first; row < first + count; row++) {
        System.arraycopy(top.hidden, top.outputAt() + row * top.stride, y, row * size, size);
      }
    }
    int targets = loss.targets(size);
    for (int row = first; row < first + count; row++) {
      double weight = batch.weight[row];
      if (weight == 0) {
        rowLosses[row] = 0;
        Arrays.fill(y, row * stride, row * stride + size, 0);
      } else {
        rowLosses[row] =
            weight
                * RowLoss.replace(
                    loss,
                    y,
                    row * stride,
                    size,
                    batch.target,
                    row * targets,
                    weight / normaliser,
                    share.kernels,
                    share.scratch);
      }
    }
    if (learning) {
      scoreBackward(share, first, count);
    }
  }

  private void scoreBackward(Share share, int first, int count) {
    RecurrentLayer top = layers.getLast();
    for (int i = head.size() - 1; i >= 0; i--) {
      float[] below = i == 0 ? top.upstream : head.get(i - 1).dy;
      int stride = i == 0 ? top.stride : head.get(i - 1).stride;
      head.get(i).inputGradient(share, parameters, below, stride, first, count);
    }
    if (head.isEmpty()) {
      int size = config.outputSize();
      for (int row = first; row < first + count; row++) {
        System.arraycopy(outputs, row * size, top.upstream, row * top.stride, size);
      }
    }
  }

  private boolean anyScored(int first, int count) {
    for (int row = first; row < first + count; row++) {
      if (batch.weight[row] != 0) {
        return true;
      }
    }
    return false;
  }

  // ---------------------------------------------------------------- carried states

  /**
   * A copy of the states in which the last minibatch ended, layer by layer h then c of every
   * sequence; empty before the first one.
   */
  float[] carriedState() {
    float[] state = new float[carriedSequences * stateSize()];
    int at = 0;
    for (RecurrentLayer layer : layers) {
      at = layer.copyCarried(state, at, carriedSequences);
    }
    return state;
  }

  /**
   * Puts back what {@link #carriedState} gave.
   *
   * @throws IllegalArgumentException if it is of another architecture
   */
  void restoreCarriedState(float[] state) {
    if (state.length % stateSize() != 0) {
      throw new IllegalArgumentException(
          "%d numbers are not states of %d each".formatted(state.length, stateSize()));
    }
    carriedSequences = state.length / stateSize();
    int at = 0;
    for (RecurrentLayer layer : layers) {
      at = layer.restoreCarried(state, at, carriedSequences);
    }
  }

  /** Numbers in the state of one sequence. */
  private int stateSize() {
    int size = 0;
    for (RecurrentLayer layer : layers) {
      size += layer.units * (layer.cell.hasCellState() ? 2 : 1);
    }
    return size;
  }

  @Override
  public void close() {
    workers.close();
  }
}
