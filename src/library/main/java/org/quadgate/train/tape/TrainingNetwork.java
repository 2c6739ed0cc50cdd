// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train.tape;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.quadgate.kernel.Kernels;
import org.quadgate.kernel.TrainingKernels;
import org.quadgate.kernel.provider.KernelProvider;
import org.quadgate.network.WeightArrays;
import org.quadgate.team.Team;
import org.quadgate.team.TeamKind;

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
public final class TrainingNetwork implements AutoCloseable {
  /** Tokens come as floats, which hold every integer up to here. */
  public static final int MAX_VOCABULARY = 1 << 24;

  private final PassOptions options;
  private final ParameterLayout layout;
  private final float[] parameters;
  private final float[] gradient;
  private final EmbeddingPass embedding; // null: rows of the minibatch are the first layer's inputs
  private final List<RecurrentPass> layers = new ArrayList<>();
  private final HeadPass head;
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
   * Packs the weights; what they are scaled by is not part of the network.
   *
   * @throws IllegalArgumentException if a weight is not finite or there are over 2³¹−1 parameters
   */
  public TrainingNetwork(WeightArrays initial, PassOptions options) {
    this(initial, new float[0], options, KernelProvider.chosen().kernels());
  }

  /**
   * A network whose inputs are the vectors of tokens.
   *
   * @param vectors the embedding at first; shape [vocabulary][input]; without one if it is empty
   * @throws IllegalArgumentException as above, or if the vectors are not whole or not finite
   */
  public TrainingNetwork(WeightArrays initial, float[] vectors, PassOptions options) {
    this(initial, vectors, options, KernelProvider.chosen().kernels());
  }

  /** With given kernels, for comparison. */
  public TrainingNetwork(
      WeightArrays initial, float[] vectors, PassOptions options, Kernels kernels) {
    this.options = options;
    int size = initial.architecture().inputSize();
    if (vectors.length % size != 0) {
      throw new IllegalArgumentException(
          vectors.length + " numbers of an embedding are not whole vectors of " + size);
    }
    layout = new ParameterLayout(initial.architecture(), vectors.length / size);
    parameters = new float[layout.size];
    gradient = new float[layout.size];
    load(initial);
    loadEmbedding(vectors);
    embedding = vectors.length == 0 ? null : new EmbeddingPass(layout, parameters);
    for (int i = 0; i < layout.layers.size(); i++) {
      layers.add(recurrentPass(i));
    }
    head = new HeadPass(layout, layers.getLast(), parameters);
    shares = new Share[options.team().threads()];
    TrainingKernels training = kernels.training();
    for (int i = 0; i < shares.length; i++) {
      shares[i] = new Share(training, kernels.linear());
    }
    // last, since nobody would end the threads if something here failed
    team = new Team(TeamKind.TRAINING, options.team());
  }

  private RecurrentPass recurrentPass(int index) {
    boolean last = index == layout.layers.size() - 1;
    double dropout = last ? 0 : options.dropout();
    return new RecurrentPass(
        layout.layers.get(index),
        parameters,
        new DropoutMask(dropout, options.seed(), 2 * index),
        new DropoutMask(options.recurrentDropout(), options.seed(), 2 * index + 1));
  }

  /** All parameters, packed, padding 0; an optimizer updates them in place, elementwise. */
  public float[] parameters() {
    return parameters;
  }

  /** The gradient in the layout of {@link #parameters}; entries of padding are 0. */
  public float[] gradient() {
    return gradient;
  }

  /**
   * Which entries weight decay applies to, the matrices of layers alone: pairs of a first index and
   * one beyond the last, ascending.
   */
  public int[] decayed() {
    return layout.decayed();
  }

  /** Parameters, a gradient or an optimizer's moments in canonical order, without scaling. */
  public WeightArrays unpacked(float[] packed) {
    return layout.unpack(packed);
  }

  /**
   * Takes all parameters from {@code weights}; not its scaling.
   *
   * @throws IllegalArgumentException if they are of another architecture or one is not finite
   */
  public void load(WeightArrays weights) {
    layout.pack(weights, parameters);
  }

  /** A copy of the embedding in {@code packed}; shape [vocabulary][input]; empty without one. */
  public float[] embedding(float[] packed) {
    return Arrays.copyOf(packed, layout.embeddingEnd);
  }

  /**
   * Takes the embedding's vectors from {@code vectors}.
   *
   * @throws IllegalArgumentException if there are more or fewer, or one is not finite
   */
  public void loadEmbedding(float[] vectors) {
    int length = layout.embeddingEnd;
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
  public double lossAndGradient(Minibatch batch, RowLoss loss, double normaliser, long step) {
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
  public double loss(Minibatch batch, RowLoss loss, double normaliser) {
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
      Minibatch batch, RowLoss loss, double normaliser, boolean learning, long step) {
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
      RecurrentPass owner = null;
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
      owner.transpose(tile);
    }
  }

  private void pass(int worker) {
    Share share = shares[worker];
    share.take(sequences, worker, shares.length);
    if (share.count == 0) {
      return;
    }
    if (embedding != null) {
      embedding.forward(share, batch.x);
    }
    for (int i = 0; i < layers.size(); i++) {
      layers.get(i).forward(share, inputOf(i), inputAt(i), inputRow(i), batch.carriesState);
    }
  }

  /** Losses, and in learning derivatives; any worker may take any rows. */
  private void score(int worker) {
    int blocks = head.blocks();
    for (int block = nextTask.getAndIncrement(); block < blocks; ) {
      head.rows(shares[worker], block, learning);
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
        RecurrentPass below = layers.get(i - 1);
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
        RecurrentPass layer = layers.get(i);
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
    return layer == 0 ? layout.architecture.inputSize() : layers.get(layer - 1).stride;
  }

  // ---------------------------------------------------------------- carried states

  /**
   * A copy of the states in which the last minibatch ended, layer by layer h then c of every
   * sequence; empty before the first one.
   */
  public float[] carriedState() {
    return CarriedStates.copy(layers, carriedSequences);
  }

  /**
   * Puts back what {@link #carriedState} gave.
   *
   * @throws IllegalArgumentException if it is of another architecture
   */
  public void restoreCarriedState(float[] state) {
    carriedSequences = CarriedStates.restore(layers, state);
  }

  /** Numbers in the state of one sequence. */
  public int stateSize() {
    return CarriedStates.size(layers);
  }

  /** Ends the threads. */
  @Override
  public void close() {
    team.close();
  }
}
