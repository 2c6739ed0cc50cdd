// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.quadgate.LstmWeights;

/**
 * One training run. The same settings, data and seed give the same bits, on any vector width, with
 * any number of threads, and no matter how often the run was stopped and resumed.
 *
 * <pre>{@code
 * Dataset.Split data = Dataset.builder(inputs, 1).horizon(12).series("a", x, y).build().split(0.2, 100);
 * Trainer trainer = Trainer.builder(LstmConfig.builder(inputs).lstm(32).linear(1).build())
 *     .training(data.training())
 *     .validation(data.validation())
 *     .epochs(30)
 *     .build();
 * TrainingResult result = trainer.run();
 * ModelFiles.write(result.weights(), path);
 * }</pre>
 */
public final class Trainer {
  private final TrainerOptions options;
  private final Scaling scaling;
  private volatile boolean stopAsked;

  // where the run is; what a checkpoint holds
  private Checkpoint at;
  private Learned initial;
  private TrainingNetwork network;
  private Windows windows;
  private Minibatch batch;

  Trainer(TrainerOptions options, Scaling scaling) {
    this.options = options;
    this.scaling = scaling;
  }

  /** Starts the settings of a run that trains a new network. */
  public static TrainerOptions builder(org.quadgate.LstmConfig config) {
    return new TrainerOptions(config, null);
  }

  /** Starts the settings of a run that goes on with trained weights and their scaling. */
  public static TrainerOptions builder(LstmWeights weights) {
    return new TrainerOptions(weights.config(), weights);
  }

  /** The scaling that the run fitted, or took over from the weights it began with. */
  public Scaling scaling() {
    return scaling;
  }

  /**
   * Ends the run after the present step, with a checkpoint if there is a place for one. May be
   * called from any thread, at any time.
   */
  public void stop() {
    stopAsked = true;
  }

  /**
   * Trains.
   *
   * @throws DivergedException if the loss or the gradient is no longer finite
   * @throws org.quadgate.io.ModelFormatException if the checkpoint to resume from is damaged
   * @throws IllegalArgumentException if that checkpoint is of a run with other settings or data
   * @throws IOException if a checkpoint cannot be read or written
   */
  public TrainingResult run() throws IOException {
    initial = new Learned(options.initialWeights(), options.initialEmbedding());
    if (!options.hasTokens()) {
      scaling.storeIn(initial.weights(), options.loss);
    }
    try (TrainingNetwork made = network()) {
      network = made;
      windows = new Windows(options.training, scaling, options.loss, options.batch, options.window);
      batch = new Minibatch();
      at = options.resume == null ? begin() : resumed();
      return loop();
    }
  }

  private TrainingNetwork network() {
    return options.hasTokens()
        ? new TrainingNetwork(initial.weights(), initial.embedding(), options.networkOptions())
        : new TrainingNetwork(initial.weights(), options.networkOptions());
  }

  private Checkpoint begin() {
    Checkpoint start = new Checkpoint();
    start.settings = options.bitsDependOn(scaling);
    start.epoch = 1;
    start.parameters = network.parameters();
    start.moments = new float[options.optimizer.moments()][start.parameters.length];
    start.carriedState = new float[0];
    return start;
  }

  private Checkpoint resumed() throws IOException {
    Checkpoint read = Checkpoint.read(options.resume);
    options.checkResumable(read, scaling);
    float[] parameters = network.parameters();
    if (read.parameters.length != parameters.length
        || read.moments.length != options.optimizer.moments()
        || Arrays.stream(read.moments).anyMatch(m -> m.length != parameters.length)
        || (read.bestParameters != null && read.bestParameters.length != parameters.length)) {
      throw new org.quadgate.io.ModelFormatException(
          options.resume, "tensors", "do not have the sizes that the settings give");
    }
    System.arraycopy(read.parameters, 0, parameters, 0, parameters.length);
    read.parameters = parameters;
    if (read.carriedState.length > 0) {
      network.restoreCarriedState(read.carriedState);
    }
    return read;
  }

  private TrainingResult loop() throws IOException {
    long total = (long) options.epochs * windows.minibatches();
    Pace checkpoints = new Pace(options.checkpointSeconds);
    while (at.epoch <= options.epochs && !outOfPatience()) {
      windows.shuffle(SplitMix.of(options.seed, at.epoch));
      while (at.minibatch < windows.minibatches()) {
        if (stopAsked) {
          saveCheckpoint();
          return result(TrainingResult.Ending.STOPPED);
        }
        step(total);
        at.minibatch++;
        if (checkpoints.isDue()) {
          saveCheckpoint();
        }
      }
      endEpoch();
    }
    saveCheckpoint();
    return result(
        outOfPatience()
            ? TrainingResult.Ending.OUT_OF_PATIENCE
            : TrainingResult.Ending.EPOCHS_DONE);
  }

  private void step(long total) {
    windows.fill(at.minibatch, batch);
    at.step++;
    double weight = windows.weightSum();
    double normaliser = options.sumsOverTime ? batch.sequences() : Math.max(weight, 1);
    double loss = network.lossAndGradient(batch, options.loss, normaliser, at.step);
    if (weight == 0) {
      return; // nothing is scored here: it only brought the states forward
    }
    float[] gradient = network.gradient();
    double norm = Clipping.norm(gradient);
    if (!Double.isFinite(loss) || !Double.isFinite(norm)) {
      throw new DivergedException(at.step, at.epoch, loss, norm, at.bestEpoch, lastGood());
    }
    options.clipping.apply(gradient, norm);
    at.updates++;
    double rate = options.learningRate * options.schedule.factor(at.updates, at.epoch, total);
    options.optimizer.update(
        network.parameters(), gradient, at.moments, network.decayed(), rate, at.updates);
    at.lossSum += loss * normaliser;
    at.weightSum += weight;
    double mean = options.sumsOverTime ? loss * normaliser / weight : loss;
    options.listener.onStep(new TrainingListener.Step(at.step, total, at.epoch, mean, norm, rate));
  }

  private void endEpoch() throws IOException {
    double loss = at.lossSum / at.weightSum;
    double validation = validationLoss();
    boolean best = isBest(validation);
    if ((options.validation != null && !Double.isFinite(validation)) || !isFinite()) {
      throw new DivergedException(
          at.step,
          at.epoch,
          validation,
          Clipping.norm(network.gradient()),
          at.bestEpoch,
          lastGood());
    }
    at.losses.add(loss);
    at.validationLosses.add(validation);
    if (best) {
      at.bestEpoch = at.epoch;
      at.bestParameters = network.parameters().clone();
    }
    int finished = at.epoch;
    at.epoch++;
    at.minibatch = 0;
    at.lossSum = 0;
    at.weightSum = 0;
    options.listener.onEpoch(new TrainingListener.Epoch(finished, loss, validation, best));
  }

  private boolean isBest(double validation) {
    return at.bestEpoch == 0
        || options.validation == null
        || validation < at.validationLosses.get(at.bestEpoch - 1);
  }

  private double validationLoss() {
    if (options.validation == null) {
      return Double.NaN;
    }
    var held =
        new Windows(
            options.validation,
            scaling,
            options.loss,
            options.batch,
            options.window == 0 ? 0 : Math.max(options.window, validationSteps()));
    double sum = 0;
    double weight = 0;
    for (int i = 0; i < held.minibatches(); i++) {
      held.fill(i, batch);
      sum += network.loss(batch, options.loss, 1);
      weight += held.weightSum();
    }
    return sum / weight;
  }

  /**
   * Rows at once where no gradient needs a tape: many, but not so many that outputs fill memory.
   */
  private int validationSteps() {
    long outputs = (long) options.batch * options.outputSize();
    return (int) Math.min(MOST_VALIDATION_STEPS, MOST_VALIDATION_OUTPUTS / outputs);
  }

  private static final long MOST_VALIDATION_STEPS = 256;
  private static final long MOST_VALIDATION_OUTPUTS = 1 << 22;

  private boolean outOfPatience() {
    return options.patience > 0
        && at.bestEpoch > 0
        && at.epoch - 1 - at.bestEpoch >= options.patience;
  }

  private boolean isFinite() {
    for (float parameter : network.parameters()) {
      if (!Float.isFinite(parameter)) {
        return false;
      }
    }
    return true;
  }

  /** The best epoch's, else the ones the run began with: a parameter may be infinite by now. */
  private Learned lastGood() {
    if (at.bestParameters == null) {
      network.load(initial.weights());
      network.loadEmbedding(initial.embedding());
    }
    return best();
  }

  private Learned best() {
    if (at.bestParameters == null) {
      return network.learned();
    }
    float[] parameters = network.parameters();
    float[] present = parameters.clone();
    System.arraycopy(at.bestParameters, 0, parameters, 0, parameters.length);
    Learned best = network.learned();
    System.arraycopy(present, 0, parameters, 0, parameters.length);
    return best;
  }

  private TrainingResult result(TrainingResult.Ending ending) {
    List<TrainingListener.Epoch> epochs = new ArrayList<>();
    int best = 0;
    for (int i = 0; i < at.losses.size(); i++) {
      double validation = at.validationLosses.get(i);
      boolean isBest =
          options.validation == null || best == 0 || validation < at.validationLosses.get(best - 1);
      best = isBest ? i + 1 : best;
      epochs.add(new TrainingListener.Epoch(i + 1, at.losses.get(i), validation, isBest));
    }
    Learned learned = best();
    return new TrainingResult(
        learned.weights(), learned.embedding(), List.copyOf(epochs), at.bestEpoch, at.step, ending);
  }

  private void saveCheckpoint() throws IOException {
    if (options.checkpoint == null) {
      return;
    }
    at.carriedState = network.carriedState();
    at.write(options.checkpoint);
  }

  /** Says when so many seconds have passed since the last time it said so. */
  private static final class Pace {
    private final long nanos;
    private long last = System.nanoTime();

    Pace(double seconds) {
      nanos = (long) (seconds * 1e9);
    }

    boolean isDue() {
      long now = System.nanoTime();
      if (now - last < nanos) {
        return false;
      }
      last = now;
      return true;
    }
  }
}
