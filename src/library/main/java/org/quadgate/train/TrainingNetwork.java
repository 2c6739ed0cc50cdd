// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.quadgate.LstmConfig;
import org.quadgate.LstmWeights;
import org.quadgate.kernel.Kernels;
import org.quadgate.kernel.TrainingKernels;
import org.quadgate.team.Team;
import org.quadgate.team.TeamKind;
import org.quadgate.kernel.provider.KernelProvider;

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
 * <p>For one thread at a time; another one is refused. If a thread fails within a phase the call
 * throws, and so do all later ones: the parameters are those of before and can be read, but for
 * more training there has to be another network.
 */
final class TrainingNetwork implements AutoCloseable {
  private final TrainingOptions options;
  private final LstmWeights scaling; // for its scaling arrays
  private final LstmConfig config;
  private final Embedding embedding; // null: rows of the minibatch are the first layer's inputs
  private final List<RecurrentLayer> layers = new ArrayList<>();
  private final Head head;
  private final float[] parameters;
  private final float[] gradient;
  private final Share[] shares;
  private final AtomicInteger nextTask = new AtomicInteger();
  private final Team.Work transposing = this::transpose;
  private final Team.Work passing = this::pass;
  private final Team.Work scoring = this::score;
  private final Team.Work passingBack = this::passBack;
  private final Team.Work summing = this::sum;
  private final Team team;

  // the minibatch in hand
  private Minibatch batch;
  private boolean learning;
  private int sequences;
  private int steps;
  private int carriedSequences; // whose final states the layers hold

  /**
   * Packs the weights.
   *
   * @throws IllegalArgumentException if a weight is not finite or there are over 2³¹−1 parameters
   */
  TrainingNetwork(LstmWeights initial, TrainingOptions options) {
    this(initial, new float[0], options, KernelProvider.chosen().kernels());
  }

  /**
   * A network whose inputs are the vectors of tokens.
   *
   * @param embedding the vectors at first; shape [vocabulary][input]
   * @throws IllegalArgumentException as above, or if the vectors are not whole or not finite
   */
  TrainingNetwork(LstmWeights initial, float[] embedding, TrainingOptions options) {
    this(initial, embedding, options, KernelProvider.chosen().kernels());
    if (embedding.length == 0) {
      throw new IllegalArgumentException("the embedding has no vectors");
    }
  }

  /** With given kernels, for comparison; without an embedding if {@code vectors} is empty. */
  TrainingNetwork(LstmWeights initial, float[] vectors, TrainingOptions options, Kernels kernels) {
    initial.validate();
    this.options = options;
    config = initial.config();
    scaling = initial;
    int size = config.inputSize();
    if (vectors.length % size != 0) {
      throw new IllegalArgumentException(
          vectors.length + " numbers of an embedding are not whole vectors of " + size);
    }
    embedding = vectors.length == 0 ? null : new Embedding(vectors.length / size, size);
    int at = embedding == null ? 0 : embedding.end;
    try {
      for (int i = 0; i < config.layers().size(); i++) {
        layers.add(layer(i, at));
        at = layers.get(i).end;
      }
      head = new Head(config, layers.getLast(), at);
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          config.describe() + " has over 2^31-1 parameters, padding included", e);
    }
    parameters = new float[head.end];
    gradient = new float[head.end];
    load(initial);
    if (embedding != null) {
      loadEmbedding(vectors);
    }
    shares = new Share[options.threads()];
    TrainingKernels training = kernels.training();
    for (int i = 0; i < shares.length; i++) {
      shares[i] = new Share(training, kernels.linear());
    }
    // last, since nobody would end the threads if something here failed
    team = new Team(TeamKind.TRAINING, options.team());
  }

  private RecurrentLayer layer(int index, int at) {
    LstmConfig.Layer layer = config.layers().get(index);
    boolean last = index == config.layers().size() - 1;
    double dropout = last ? 0 : options.dropout();
    return new RecurrentLayer(
        layer.cell(),
        config.layerInputSize(index),
        layer.hiddenSize(),
        at,
        new DropoutMask(dropout, options.seed(), 2 * index),
        new DropoutMask(options.recurrentDropout(), options.seed(), 2 * index + 1));
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
   * Which entries weight decay applies to, the matrices of layers alone: pairs of a first index and
   * one beyond the last, ascending.
   */
  int[] decayed() {
    int[] ranges = new int[2 * (layers.size() + head.layers().size())];
    int i = 0;
    for (RecurrentLayer layer : layers) {
      ranges[i++] = layer.inputAt;
      ranges[i++] = layer.biasAt;
    }
    for (LinearLayer layer : head.layers()) {
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

  /** The weights and, of the same moment, the embedding. */
  Learned learned() {
    return new Learned(weights(), embedding());
  }

  /** Parameters, a gradient or an optimizer's moments in canonical order, without scaling. */
  LstmWeights unpacked(float[] packed) {
    LstmWeights weights = new LstmWeights(config);
    for (int i = 0; i < layers.size(); i++) {
      layers.get(i).unpack(packed, weights.layers().get(i));
    }
    head.unpack(packed, weights);
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
    head.pack(weights, parameters);
  }

  /** A copy of the embedding; shape [vocabulary][input]; empty if there is none. */
  float[] embedding() {
    return Arrays.copyOf(parameters, embedding == null ? 0 : embedding.end);
  }

  /**
   * Takes the embedding's vectors from {@code vectors}.
   *
   * @throws IllegalArgumentException if there are more or fewer, or one is not finite
   */
  void loadEmbedding(float[] vectors) {
    int length = embedding == null ? 0 : embedding.end;
    if (vectors.length != length) {
      throw new IllegalArgumentException(
          "the embedding has " + length + " numbers, not " + vectors.length);
    }
    for (int i = 0; i < length; i++) {
      if (!Float.isFinite(vectors[i])) {
        throw new IllegalArgumentException(
            "embedding[" + i + "] is " + vectors[i] + ", expected a finite number");
      }
    }
    System.arraycopy(vectors, 0, parameters, 0, length);
  }

  /**
   * Fills {@link #gradient} and returns the loss, which is NaN or infinite where the arithmetic
   * came to that.
   *
   * @param normaliser divides the weighted sum of the rows' losses
   * @param step chooses the dropout masks, together with the seed
   */
  double lossAndGradient(Minibatch batch, LossFunction loss, double normaliser, long step) {
    team.begin();
    try {
      begin(batch, loss, normaliser, true, step);
      nextTask.set(0);
      team.run(transposing);
      team.run(passing);
      nextTask.set(0);
      team.run(scoring);
      team.run(passingBack);
      nextTask.set(0);
      team.run(summing);
      carriedSequences = sequences;
      return head.loss();
    } finally {
      end();
    }
  }

  /** The loss without dropout and without a gradient; states are carried on all the same. */
  double loss(Minibatch batch, LossFunction loss, double normaliser) {
    team.begin();
    try {
      begin(batch, loss, normaliser, false, 0);
      team.run(passing);
      nextTask.set(0);
      team.run(scoring);
      carriedSequences = sequences;
      return head.loss();
    } finally {
      end();
    }
  }

  private void begin(
      Minibatch batch, LossFunction loss, double normaliser, boolean learning, long step) {
    if (batch.carriesState && batch.sequences() != carriedSequences) {
      throw new IllegalArgumentException(
          "a minibatch of %d sequences cannot go on from the states of %d"
              .formatted(batch.sequences(), carriedSequences));
    }
    if (!(normaliser > 0)) {
      throw new IllegalArgumentException("normaliser is " + normaliser + ", expected above 0");
    }
    if (embedding != null) {
      embedding.check(batch);
      embedding.reshape(batch.sequences(), batch.steps());
    }
    head.begin(batch, loss, normaliser);
    this.batch = batch;
    this.learning = learning;
    sequences = batch.sequences();
    steps = batch.steps();
    for (int i = 0; i < layers.size(); i++) {
      layers.get(i).reshape(sequences, steps, learning, step);
    }
  }

  private void end() {
    batch = null;
    team.end();
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
    if (embedding != null) {
      embedding.forward(share, parameters, batch.x);
    }
    for (int i = 0; i < layers.size(); i++) {
      layers
          .get(i)
          .forward(share, parameters, inputOf(i), inputAt(i), inputRow(i), batch.carriesState);
    }
  }

  /** Losses, and in learning derivatives; any worker may take any rows. */
  private void score(int worker) {
    int blocks = head.blocks();
    for (int block = nextTask.getAndIncrement(); block < blocks; ) {
      head.rows(shares[worker], parameters, block, learning);
      block = nextTask.getAndIncrement();
    }
  }

  private void passBack(int worker) {
    Share share = shares[worker];
    if (share.count == 0) {
      return;
    }
    for (int i = layers.size() - 1; i >= 0; i--) {
      layers.get(i).backward(share);
      if (i > 0) {
        RecurrentLayer below = layers.get(i - 1);
        layers.get(i).inputGradient(share, below.upstream, below.stride);
        below.outputGradient(share);
      } else if (embedding != null) {
        layers.getFirst().inputGradient(share, embedding.dx, embedding.stride());
      }
    }
  }

  private void sum(int worker) {
    Share share = shares[worker];
    for (int task = nextTask.getAndIncrement(); ; task = nextTask.getAndIncrement()) {
      int part = embedding == null ? task : task - 1;
      boolean done = part < 0;
      if (done) {
        embedding.gradient(batch.x, gradient);
      }
      for (int i = layers.size() - 1; i >= 0 && !done; i--) {
        RecurrentLayer layer = layers.get(i);
        if (part < layer.gradientTasks()) {
          boolean learnsState = options.learnInitialState() && !batch.carriesState;
          layer.gradient(share, part, inputOf(i), inputAt(i), inputRow(i), learnsState, gradient);
          done = true;
        }
        part -= layer.gradientTasks();
      }
      if (!done && part < head.gradientTasks()) {
        head.gradient(share, part, gradient);
        done = true;
      }
      if (!done) {
        return;
      }
    }
  }

  // ---------------------------------------------------------------- what feeds what

  private float[] inputOf(int layer) {
    if (layer > 0) {
      return layers.get(layer - 1).output();
    }
    return embedding == null ? batch.x : embedding.x;
  }

  private int inputAt(int layer) {
    return layer == 0 ? 0 : layers.get(layer - 1).outputAt();
  }

  private int inputRow(int layer) {
    return layer == 0 ? config.inputSize() : layers.get(layer - 1).stride;
  }

  // ---------------------------------------------------------------- carried states

  /**
   * A copy of the states in which the last minibatch ended, layer by layer h then c of every
   * sequence; empty before the first one.
   */
  float[] carriedState() {
    return CarriedStates.copy(layers, carriedSequences);
  }

  /**
   * Puts back what {@link #carriedState} gave.
   *
   * @throws IllegalArgumentException if it is of another architecture
   */
  void restoreCarriedState(float[] state) {
    carriedSequences = CarriedStates.restore(layers, state);
  }

  /** Ends the threads. */
  @Override
  public void close() {
    team.close();
  }
}
