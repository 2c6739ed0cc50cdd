// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.quadgate.LstmConfig;
import org.quadgate.LstmWeights;
import org.quadgate.options.TeamOptions;

/** The settings of a {@link Trainer}; each but the data has a default that is right for most. */
public final class TrainerOptions {
  private static final int MOST_THREADS = 1024;

  private final LstmConfig config;
  private final LstmWeights initial; // null: the initializer draws
  private int vocabulary; // 0: rows are inputs as they are
  Dataset training;
  Dataset validation;
  LossFunction loss = new LossFunction.Mse();
  Optimizer optimizer = Optimizer.adam();
  Clipping clipping = new Clipping.Norm(1);
  Schedule schedule = new Schedule.Constant();
  private Initializer initializer = Initializer.glorotOrthogonal();
  double learningRate = 2e-3;
  int epochs = 30;
  int batch = 32;
  int window;
  int patience;
  long seed = 1;
  private TeamOptions team =
      TeamOptions.of(Math.min(MOST_THREADS, Runtime.getRuntime().availableProcessors()));
  private double dropout;
  private double recurrentDropout;
  private boolean learnsInitialState;
  boolean sumsOverTime;
  TrainingListener listener = new TrainingListener() {};
  Path checkpoint;
  double checkpointSeconds = 30;
  Path resume;

  TrainerOptions(LstmConfig config, LstmWeights initial) {
    this.config = Objects.requireNonNull(config, "config");
    this.initial = initial;
  }

  /** What is learned from. */
  public TrainerOptions training(Dataset data) {
    training = Objects.requireNonNull(data, "data");
    return this;
  }

  /** What is held out; without it the last epoch counts as the best. */
  public TrainerOptions validation(Dataset data) {
    validation = Objects.requireNonNull(data, "data");
    return this;
  }

  /**
   * Makes the one input of a row a token, an integer from 0 to below {@code vocabulary}, and gives
   * the network a learned vector of its input size for each. Nothing is then standardised.
   *
   * @throws IllegalArgumentException if the vocabulary is empty or over 2²⁴ tokens, or the run goes
   *     on with given weights
   */
  public TrainerOptions embedding(int tokens) {
    if (initial != null) {
      throw new IllegalArgumentException("given weights have no embedding to go on with");
    }
    if (tokens < 1 || tokens > Embedding.MAX_VOCABULARY) {
      throw new IllegalArgumentException(
          "vocabulary is " + tokens + ", expected 1 to " + Embedding.MAX_VOCABULARY);
    }
    vocabulary = tokens;
    return this;
  }

  /** What is made small; the mean squared error by default. */
  public TrainerOptions loss(LossFunction function) {
    loss = Objects.requireNonNull(function, "loss");
    return this;
  }

  /**
   * Divides a minibatch's loss by its sequences instead of its scored rows: the gradient is then
   * that of the sum over time, as in Zaremba et al. 2014.
   */
  public TrainerOptions sumLossOverTime() {
    sumsOverTime = true;
    return this;
  }

  /** {@link Optimizer#adam} by default. */
  public TrainerOptions optimizer(Optimizer steps) {
    optimizer = Objects.requireNonNull(steps, "optimizer");
    return this;
  }

  /** A norm of at most 1 by default. */
  public TrainerOptions clipping(Clipping bound) {
    clipping = Objects.requireNonNull(bound, "clipping");
    return this;
  }

  /** 0.002 by default. */
  public TrainerOptions learningRate(double rate) {
    if (!(rate > 0 && rate < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("learning rate is " + rate + ", expected above 0");
    }
    learningRate = rate;
    return this;
  }

  /** Constant by default. */
  public TrainerOptions schedule(Schedule factors) {
    schedule = Objects.requireNonNull(factors, "schedule");
    return this;
  }

  /** {@link Initializer#glorotOrthogonal} by default. */
  public TrainerOptions initializer(Initializer drawn) {
    initializer = Objects.requireNonNull(drawn, "initializer");
    return this;
  }

  /** Passes over the data, at most; 30 by default. */
  public TrainerOptions epochs(int passes) {
    epochs = atLeast("epochs", passes, 1);
    return this;
  }

  /** Sequences side by side; 32 by default. */
  public TrainerOptions batch(int sequences) {
    batch = atLeast("batch", sequences, 1);
    return this;
  }

  /**
   * Timesteps that errors are propagated back through: longer series are walked in windows of so
   * many rows, their state carried on. 0, the default, is whole series.
   */
  public TrainerOptions window(int rows) {
    window = atLeast("window", rows, 0);
    return this;
  }

  /** Ends the run after so many epochs without a better validation loss; 0, the default: never. */
  public TrainerOptions patience(int without) {
    patience = atLeast("patience", without, 0);
    return this;
  }

  /** Of the initial weights, the order of the data and the dropout masks; 1 by default. */
  public TrainerOptions seed(long number) {
    seed = number;
    return this;
  }

  /** That share the work; the machine's by default. The results do not depend on it. */
  public TrainerOptions threads(int count) {
    team = team.withThreads(count);
    return this;
  }

  /** The threads that share the work, and how they are made and wait; otherwise as above. */
  public TrainerOptions team(TeamOptions options) {
    team = Objects.requireNonNull(options, "team");
    return this;
  }

  /** Dropout between recurrent layers; see {@link TrainingOptions}. */
  public TrainerOptions dropout(double probability) {
    dropout = probability;
    networkOptions();
    return this;
  }

  /** Variational dropout of recurrent connections; see {@link TrainingOptions}. */
  public TrainerOptions recurrentDropout(double probability) {
    recurrentDropout = probability;
    networkOptions();
    return this;
  }

  /** Makes the states before the first timestep parameters. */
  public TrainerOptions learnInitialState() {
    learnsInitialState = true;
    return this;
  }

  /** Is told of every step and epoch. */
  public TrainerOptions listener(TrainingListener told) {
    listener = Objects.requireNonNull(told, "listener");
    return this;
  }

  /** Writes a checkpoint there every 30 seconds, when the run is stopped and when it ends. */
  public TrainerOptions checkpoint(Path file) {
    checkpoint = Objects.requireNonNull(file, "file");
    return this;
  }

  /** Seconds from one checkpoint to the next; 0 is one after every step. */
  public TrainerOptions checkpointEvery(double seconds) {
    if (!(seconds >= 0)) {
      throw new IllegalArgumentException("seconds are " + seconds + ", expected 0 or more");
    }
    checkpointSeconds = seconds;
    return this;
  }

  /** Goes on from a checkpoint of a run with the same settings and data. */
  public TrainerOptions resume(Path file) {
    resume = Objects.requireNonNull(file, "file");
    return this;
  }

  /**
   * The run.
   *
   * @throws IllegalArgumentException if the data do not fit the network or the loss
   */
  public Trainer build() {
    if (training == null) {
      throw new IllegalArgumentException("there is no training data");
    }
    checkData("training", training);
    if (validation != null) {
      checkData("validation", validation);
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
    return new Trainer(this, scaling());
  }

  private Scaling scaling() {
    if (hasTokens()) {
      return Scaling.none(1, training.targetSize());
    }
    return initial == null ? Scaling.fit(training) : Scaling.of(initial);
  }

  private void checkData(String what, Dataset data) {
    int inputs = hasTokens() ? 1 : config.inputSize();
    int targets = loss.targets(config.outputSize());
    if (data.inputSize() != inputs || data.targetSize() != targets) {
      throw new IllegalArgumentException(
          "%s data have %d inputs and %d targets, the network with this loss has %d and %d"
              .formatted(what, data.inputSize(), data.targetSize(), inputs, targets));
    }
    if (data.scoredRows() == 0) {
      throw new IllegalArgumentException("no row of the " + what + " data is scored");
    }
    for (Dataset.Series series : data.series()) {
      for (float target : series.target) {
        checkTarget(series.key, target);
      }
      for (int i = 0; i < series.rows && hasTokens(); i++) {
        checkToken(series.key, i, series.x[i]);
      }
    }
  }

  private void checkToken(String key, int row, float token) {
    if (token != (int) token || token < 0 || token >= vocabulary) {
      throw new IllegalArgumentException(
          "series %s, row %d has a token %s, expected an integer from 0 to %d"
              .formatted(key, row, token, vocabulary - 1));
    }
  }

  private void checkTarget(String key, float target) {
    if (loss instanceof LossFunction.BinaryCrossEntropy && !(target >= 0 && target <= 1)) {
      throw new IllegalArgumentException(
          "series " + key + " has a target " + target + ", expected a probability");
    }
    if (loss instanceof LossFunction.SoftmaxCrossEntropy
        && (target != (int) target || target < 0 || target >= config.outputSize())) {
      throw new IllegalArgumentException(
          "series %s has a target %s, expected a class from 0 to %d"
              .formatted(key, target, config.outputSize() - 1));
    }
  }

  LstmWeights initialWeights() {
    return initial == null ? initializer.weights(config, seed) : initial;
  }

  /** Whether inputs are tokens. */
  boolean hasTokens() {
    return vocabulary > 0;
  }

  /** Shape [vocabulary][input]; empty where inputs are no tokens. */
  float[] initialEmbedding() {
    return initializer.embedding(vocabulary, config.inputSize(), seed);
  }

  int outputSize() {
    return config.outputSize();
  }

  TrainingOptions networkOptions() {
    return new TrainingOptions(dropout, recurrentDropout, learnsInitialState, seed, team);
  }

  /** All that the bits depend on, one setting a line; threads and epochs are not among it. */
  String bitsDependOn(Scaling scaling) {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("network", config.describe());
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
    settings.put("dropout", dropout);
    settings.put("recurrent dropout", recurrentDropout);
    settings.put("learned initial state", learnsInitialState);
    StringBuilder lines = new StringBuilder();
    settings.forEach((name, value) -> lines.append(name).append(": ").append(value).append('\n'));
    return lines.toString();
  }

  /**
   * Compares a checkpoint's settings with these.
   *
   * @throws IllegalArgumentException naming the first that differs
   */
  void checkResumable(Checkpoint checkpoint, Scaling scaling) {
    String[] theirs = checkpoint.settings.split("\n", -1);
    String[] ours = bitsDependOn(scaling).split("\n", -1);
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

  private static int atLeast(String what, int value, int least) {
    if (value < least) {
      throw new IllegalArgumentException(
          what + " is " + value + ", expected " + least + " or more");
    }
    return value;
  }
}
