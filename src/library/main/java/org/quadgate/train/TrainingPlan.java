// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.quadgate.network.Architecture;
import org.quadgate.network.Network;
import org.quadgate.network.WeightArrays;
import org.quadgate.train.tape.PassOptions;

/**
 * What a run does: the settings of a {@link Trainer.Builder} at the moment it built, checked.
 * Immutable, so that nothing a caller does to the builder later reaches a run.
 */
final class TrainingPlan {
  final Architecture architecture;
  private final @Nullable Network initial; // null: the initializer draws
  private final int vocabulary; // 0: rows are inputs as they are
  final Dataset training;
  final @Nullable Dataset validation; // null: nothing is held out
  final LossFunction loss;
  final Optimizer optimizer;
  final Clipping clipping;
  final Schedule schedule;
  private final Initializer initializer;
  final double learningRate;
  final int epochs;
  final int batch;
  final int window;
  final int patience;
  final long seed;
  final boolean sumsOverTime;
  final TrainingListener listener;
  final @Nullable Path checkpoint; // null: none is written
  final double checkpointSeconds;
  final @Nullable Path resume; // null: the run begins at its beginning
  final PassOptions passes;
  final DataScaling scaling;

  /**
   * Takes the settings over.
   *
   * @throws IllegalArgumentException if they contradict each other or the data
   */
  TrainingPlan(Trainer.Builder from) {
    architecture = from.architecture;
    initial = from.initial;
    vocabulary = from.vocabulary;
    training = given(from.training);
    validation = from.validation;
    loss = from.loss;
    optimizer = from.optimizer;
    clipping = from.clipping;
    schedule = from.schedule;
    initializer = from.initializer;
    learningRate = from.learningRate;
    epochs = from.epochs;
    batch = from.batch;
    window = from.window;
    patience = from.patience;
    seed = from.seed;
    sumsOverTime = from.sumsOverTime;
    listener = from.listener;
    checkpoint = from.checkpoint;
    checkpointSeconds = from.checkpointSeconds;
    resume = from.resume;
    passes =
        new PassOptions(
            from.dropout, from.recurrentDropout, from.learnsInitialState, from.seed, from.team);
    checkNetwork();
    checkData();
    scaling = fittedScaling();
  }

  private static Dataset given(@Nullable Dataset training) {
    if (training == null) {
      throw new IllegalArgumentException("there is no training data");
    }
    return training;
  }

  private void checkNetwork() {
    long vectors = (long) vocabulary * architecture.inputSize();
    if (vectors > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "%d vectors of %d numbers are over 2^31-1 numbers"
              .formatted(vocabulary, architecture.inputSize()));
    }
    if (initial != null
        && !DataScaling.scalesTargets(loss)
        && !initial.outputScaling().isIdentity()) {
      throw new IllegalArgumentException(
          "the network scales its outputs, but for this loss they have to be logits as they are");
    }
  }

  private void checkData() {
    check("training", training);
    if (validation != null) {
      check("validation", validation);
      if (validation.horizon() != training.horizon()
          || validation.scoring() != training.scoring()) {
        throw new IllegalArgumentException("validation data are scored otherwise than training's");
      }
    }
    if (patience > 0 && validation == null) {
      throw new IllegalArgumentException("patience needs validation data");
    }
    if (window > training.longest()) {
      throw new IllegalArgumentException(
          "the longest series has %d rows for training, fewer than the window of %d"
              .formatted(training.longest(), window));
    }
  }

  private void check(String what, Dataset data) {
    int inputs = hasTokens() ? 1 : architecture.inputSize();
    DataCheck.fits(what, data, inputs, architecture.outputSize(), loss);
    if (hasTokens()) {
      DataCheck.tokens(data, vocabulary);
    }
  }

  private DataScaling fittedScaling() {
    if (hasTokens()) {
      return DataScaling.none(1, training.targetSize());
    }
    return initial == null ? DataScaling.fit(training) : DataScaling.of(initial);
  }

  /** Whether inputs are tokens. */
  private boolean hasTokens() {
    return vocabulary > 0;
  }

  /** What the run begins with. */
  Learned start() {
    WeightArrays weights =
        initial == null ? initializer.weights(architecture, seed) : initial.weightArrays();
    return new Learned(weights, initializer.embedding(vocabulary, architecture.inputSize(), seed));
  }

  /**
   * The network of weights that were learned, with the run's scaling and with what the network that
   * the run began with says beside its numbers.
   */
  Network network(WeightArrays weights) {
    if (!hasTokens()) {
      scaling.storeIn(weights, loss);
    }
    Network network = weights.toNetwork();
    if (initial == null) {
      return network;
    }
    Network.Builder whole = network.toBuilder().rows(initial.rows());
    OptionalInt trainedOn = initial.window();
    return (trainedOn.isPresent() ? whole.window(trainedOn.getAsInt()) : whole).build();
  }

  /** All that the bits depend on, one setting a line; threads and epochs are not among it. */
  String bitsDependOn() {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("network", architecture.describe());
    settings.put("vocabulary", hasTokens() ? vocabulary : "none");
    settings.put("start", initial == null ? initializer : "given weights");
    settings.put("training data", training.fingerprint());
    settings.put("validation data", validation == null ? "none" : validation.fingerprint());
    settings.put("scaling", scaling);
    settings.put("loss", loss);
    settings.put("summed over time", sumsOverTime);
    settings.put("optimizer", optimizer);
    settings.put("clipping", clipping);
    settings.put("learning rate", learningRate);
    settings.put("schedule", schedule);
    settings.put("epochs", schedule.dependsOnLength() ? epochs : "any");
    settings.put("batch", batch);
    settings.put("window", window);
    settings.put("seed", seed);
    settings.put("dropout", passes.dropout());
    settings.put("recurrent dropout", passes.recurrentDropout());
    settings.put("learned initial state", passes.learnInitialState());
    StringBuilder lines = new StringBuilder();
    settings.forEach((name, value) -> lines.append(name).append(": ").append(value).append('\n'));
    return lines.toString();
  }

  /**
   * Compares a checkpoint's settings with these.
   *
   * @throws IllegalArgumentException naming the first that differs
   */
  void checkResumable(Checkpoint checkpoint) {
    String[] theirs = checkpoint.settings.split("\n", -1);
    String[] ours = bitsDependOn().split("\n", -1);
    for (int i = 0; i < ours.length; i++) {
      String there = i < theirs.length ? theirs[i] : "nothing";
      if (!ours[i].equals(there)) {
        boolean isData = ours[i].contains(" data: ");
        throw new IllegalArgumentException(
            resume
                + ": the checkpoint is of another run: "
                + (isData
                    ? "its " + ours[i].replaceFirst(":.*", "") + " are not these"
                    : "it has " + there + ", this one " + ours[i]));
      }
    }
  }
}
