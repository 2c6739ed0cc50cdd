// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.quadgate.io.format.ModelFormatException;
import org.quadgate.train.tape.Minibatch;
import org.quadgate.train.tape.RowLoss;
import org.quadgate.train.tape.SplitMix;
import org.quadgate.train.tape.TrainingNetwork;

/** The epochs and steps of one run, from its start or a checkpoint to its result. */
final class TrainingLoop {
  private static final long MOST_VALIDATION_STEPS = 256;
  private static final long MOST_VALIDATION_OUTPUTS = 1 << 22;

  private final TrainingPlan plan;
  private final BooleanSupplier stopAsked;
  private final RowLoss loss;
  private final Learned initial;
  private final TrainingNetwork network;
  private final Windows windows;
  private final Minibatch batch = new Minibatch();
  private final Checkpoint at; // where the run is
  private double lastLoss = Double.NaN; // of the step before, for a failure's message

  private TrainingLoop(
      TrainingPlan plan, BooleanSupplier stopAsked, Learned initial, TrainingNetwork network)
      throws IOException {
    this.plan = plan;
    this.stopAsked = stopAsked;
    this.initial = initial;
    this.network = network;
    loss = new LossFormula(plan.loss);
    windows = new Windows(plan.training, plan.scaling, plan.loss, plan.batch, plan.window);
    at = plan.resume == null ? begin() : resumed(plan.resume);
  }

  static TrainingResult run(TrainingPlan plan, BooleanSupplier stopAsked) throws IOException {
    Learned initial = plan.start();
    try (TrainingNetwork network =
        new TrainingNetwork(initial.weights(), initial.embedding(), plan.passes)) {
      return new TrainingLoop(plan, stopAsked, initial, network).run();
    }
  }

  private Checkpoint begin() {
    Checkpoint start = new Checkpoint();
    start.settings = plan.bitsDependOn();
    start.epoch = 1;
    start.parameters = network.parameters();
    start.moments = new float[plan.optimizer.moments()][start.parameters.length];
    start.carriedState = new float[0];
    return start;
  }

  private Checkpoint resumed(Path from) throws IOException {
    Checkpoint read = Checkpoint.read(from);
    plan.checkResumable(read);
    float[] parameters = network.parameters();
    if (read.parameters.length != parameters.length
        || read.moments.length != plan.optimizer.moments()
        || Arrays.stream(read.moments).anyMatch(m -> m.length != parameters.length)
        || (read.bestParameters != null && read.bestParameters.length != parameters.length)
        || read.carriedState.length % network.stateSize() != 0) {
      throw new ModelFormatException(
          from, "tensors", "do not have the sizes that the settings give");
    }
    System.arraycopy(read.parameters, 0, parameters, 0, parameters.length);
    read.parameters = parameters;
    if (read.carriedState.length > 0) {
      network.restoreCarriedState(read.carriedState);
    }
    return read;
  }

  private TrainingResult run() throws IOException {
    long total = (long) plan.epochs * windows.minibatches();
    Pace checkpoints = new Pace(plan.checkpointSeconds);
    while (at.epoch <= plan.epochs && !outOfPatience()) {
      windows.shuffle(SplitMix.of(plan.seed, at.epoch));
      while (at.minibatch < windows.minibatches()) {
        if (stopAsked.getAsBoolean()) {
          checkParameters(lastLoss);
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
    double normaliser = plan.sumsOverTime ? batch.sequences() : Math.max(weight, 1);
    double value = network.lossAndGradient(batch, loss, normaliser, at.step);
    if (weight == 0) {
      return; // nothing is scored here: it only brought the states forward
    }
    float[] gradient = network.gradient();
    double norm = Clipping.norm(gradient);
    if (!Double.isFinite(value) || !Double.isFinite(norm)) {
      throw diverged(value, norm);
    }
    plan.clipping.apply(gradient, norm);
    at.updates++;
    double rate = plan.learningRate * plan.schedule.factor(at.updates, at.epoch, total);
    plan.optimizer.update(
        network.parameters(), gradient, at.moments, network.decayed(), rate, at.updates);
    at.lossSum += value * normaliser;
    at.weightSum += weight;
    lastLoss = plan.sumsOverTime ? value * normaliser / weight : value;
    plan.listener.onStep(new TrainingListener.Step(at.step, total, at.epoch, lastLoss, norm, rate));
  }

  private void endEpoch() throws IOException {
    double mean = at.lossSum / at.weightSum;
    double validation = validationLoss();
    boolean best = isBest(validation);
    if (plan.validation != null && !Double.isFinite(validation)) {
      throw diverged(validation, Clipping.norm(network.gradient()));
    }
    checkParameters(validation);
    at.losses.add(mean);
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
    plan.listener.onEpoch(new TrainingListener.Epoch(finished, mean, validation, best));
  }

  private boolean isBest(double validation) {
    return at.bestEpoch == 0
        || plan.validation == null
        || validation < at.validationLosses.get(at.bestEpoch - 1);
  }

  private double validationLoss() {
    if (plan.validation == null) {
      return Double.NaN;
    }
    int rows = plan.window == 0 ? 0 : Math.max(plan.window, validationSteps());
    var held = new Windows(plan.validation, plan.scaling, plan.loss, plan.batch, rows);
    double sum = 0;
    double weight = 0;
    for (int i = 0; i < held.minibatches(); i++) {
      held.fill(i, batch);
      sum += network.loss(batch, loss, 1);
      weight += held.weightSum();
    }
    return sum / weight;
  }

  /**
   * Rows at once where no gradient needs a tape: many, but not so many that outputs fill memory.
   */
  private int validationSteps() {
    long outputs = (long) plan.batch * plan.architecture.outputSize();
    return (int) Math.min(MOST_VALIDATION_STEPS, MOST_VALIDATION_OUTPUTS / outputs);
  }

  private boolean outOfPatience() {
    return plan.patience > 0 && at.bestEpoch > 0 && at.epoch - 1 - at.bestEpoch >= plan.patience;
  }

  /** An update may have left a parameter that is no number, which no model may have. */
  private void checkParameters(double loss) {
    for (float parameter : network.parameters()) {
      if (!Float.isFinite(parameter)) {
        throw diverged(loss, Clipping.norm(network.gradient()));
      }
    }
  }

  /** Keeps the best epoch's model or, where none is finished yet, the one the run began with. */
  private DivergedException diverged(double loss, double norm) {
    Learned good = at.bestParameters == null ? initial : best();
    return new DivergedException(
        at.step,
        at.epoch,
        loss,
        norm,
        at.bestEpoch,
        plan.network(good.weights()),
        good.embedding());
  }

  /** Of the best epoch or, where none is finished yet, of this moment. */
  private Learned best() {
    float[] from = at.bestParameters == null ? network.parameters() : at.bestParameters;
    return new Learned(network.unpacked(from), network.embedding(from));
  }

  private TrainingResult result(TrainingResult.Ending ending) {
    List<TrainingListener.Epoch> epochs = new ArrayList<>();
    int best = 0;
    for (int i = 0; i < at.losses.size(); i++) {
      double validation = at.validationLosses.get(i);
      boolean isBest =
          plan.validation == null || best == 0 || validation < at.validationLosses.get(best - 1);
      best = isBest ? i + 1 : best;
      epochs.add(new TrainingListener.Epoch(i + 1, at.losses.get(i), validation, isBest));
    }
    Learned learned = best();
    return new TrainingResult(
        plan.network(learned.weights()),
        learned.embedding(),
        epochs,
        at.bestEpoch,
        at.step,
        ending);
  }

  private void saveCheckpoint() throws IOException {
    if (plan.checkpoint == null) {
      return;
    }
    at.carriedState = network.carriedState();
    at.write(plan.checkpoint);
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
