// SPDX-License-Identifier: Apache-2.0
package org.quadgate.train;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.quadgate.network.Architecture;
import org.quadgate.network.Network;
import org.quadgate.options.TeamOptions;
import org.quadgate.train.tape.TrainingNetwork;

/**
 * One training run. The same settings, data and seed give the same bits, on any vector width, with
 * any number of threads, and no matter how often the run was stopped and resumed.
 *
 * <pre>{@code
 * Dataset.Split data = Dataset.builder(inputs, 1).horizon(12).series("a", x, y).build().split(0.2, 100);
 * Trainer trainer = Trainer.builder(Architecture.builder(inputs).lstm(32).linear(1).build())
 *     .training(data.training())
 *     .validation(data.validation())
 *     .epochs(30)
 *     .build();
 * TrainingResult result = trainer.run();
 * ModelFiles.write(result.network(), path);
 * }</pre>
 */
public final class Trainer {
  private final TrainingPlan plan;
  private volatile boolean stopAsked;

  private Trainer(TrainingPlan plan) {
    this.plan = plan;
  }

  /** Starts the settings of a run that trains a new network. */
  public static Builder builder(Architecture architecture) {
    return new Builder(Objects.requireNonNull(architecture, "architecture"), null);
  }

  /**
   * Starts the settings of a run that goes on with a trained network and its scaling.
   *
   * @throws IllegalArgumentException if it has what cannot be trained: see {@link
   *     Network#whyNotPlain}
   */
  public static Builder builder(Network network) {
    network
        .whyNotPlain()
        .ifPresent(
            reason -> {
              throw new IllegalArgumentException("this network cannot be trained: " + reason);
            });
    return new Builder(network.architecture(), network);
  }

  /** The scaling that the run fitted, or took over from the network it began with. */
  public DataScaling scaling() {
    return plan.scaling;
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
   * @throws DivergedException if the loss, the gradient or a parameter is no longer finite
   * @throws org.quadgate.io.format.ModelFormatException if the checkpoint to resume from is damaged
   * @throws IllegalArgumentException if that checkpoint is of a run with other settings or data
   * @throws IOException if a checkpoint cannot be read or written
   */
  public TrainingResult run() throws IOException {
    return TrainingLoop.run(plan, () -> stopAsked);
  }

  /**
   * Collects the settings of a run; each but the data has a default that is right for most. A
   * trainer that was built keeps the settings of that moment, so one builder may make several.
   */
  public static final class Builder {
    private static final int MOST_THREADS = 1024;

    final Architecture architecture;
    final @Nullable Network initial; // null: the initializer draws
    int vocabulary; // 0: rows are inputs as they are
    @Nullable Dataset training;
    @Nullable Dataset validation;
    LossFunction loss = new LossFunction.Mse();
    Optimizer optimizer = Optimizer.adam();
    Clipping clipping = new Clipping.Norm(1);
    Schedule schedule = new Schedule.Constant();
    Initializer initializer = Initializer.glorotOrthogonal();
    double learningRate = 2e-3;
    int epochs = 30;
    int batch = 32;
    int window;
    int patience;
    long seed = 1;
    TeamOptions team =
        TeamOptions.of(Math.min(MOST_THREADS, Runtime.getRuntime().availableProcessors()));
    double dropout;
    double recurrentDropout;
    boolean learnsInitialState;
    boolean sumsOverTime;
    TrainingListener listener = new TrainingListener() {};
    @Nullable Path checkpoint;
    double checkpointSeconds = 30;
    @Nullable Path resume;

    private Builder(Architecture architecture, @Nullable Network initial) {
      this.architecture = architecture;
      this.initial = initial;
    }

    /** What is learned from. */
    public Builder training(Dataset data) {
      training = Objects.requireNonNull(data, "data");
      return this;
    }

    /** What is held out; without it the last epoch counts as the best. */
    public Builder validation(Dataset data) {
      validation = Objects.requireNonNull(data, "data");
      return this;
    }

    /**
     * Makes the one input of a row a token, an integer from 0 to below {@code vocabulary}, and
     * gives the network a learned vector of its input size for each. Nothing is then standardised.
     *
     * @throws IllegalArgumentException if the vocabulary is empty or over 2²⁴ tokens, or the run
     *     goes on with a given network
     */
    public Builder embedding(int tokens) {
      if (initial != null) {
        throw new IllegalArgumentException("a given network has no embedding to go on with");
      }
      if (tokens < 1 || tokens > TrainingNetwork.MAX_VOCABULARY) {
        throw new IllegalArgumentException(
            "vocabulary is " + tokens + ", expected 1 to " + TrainingNetwork.MAX_VOCABULARY);
      }
      vocabulary = tokens;
      return this;
    }

    /** What is made small; the mean squared error by default. */
    public Builder loss(LossFunction function) {
      loss = Objects.requireNonNull(function, "loss");
      return this;
    }

    /**
     * Divides a minibatch's loss by its sequences instead of its scored rows: the gradient is then
     * that of the sum over time, as in Zaremba et al. 2014.
     */
    public Builder sumLossOverTime() {
      sumsOverTime = true;
      return this;
    }

    /** {@link Optimizer#adam} by default. */
    public Builder optimizer(Optimizer steps) {
      optimizer = Objects.requireNonNull(steps, "optimizer");
      return this;
    }

    /** A norm of at most 1 by default. */
    public Builder clipping(Clipping bound) {
      clipping = Objects.requireNonNull(bound, "clipping");
      return this;
    }

    /** 0.002 by default. */
    public Builder learningRate(double rate) {
      if (!(rate > 0 && rate < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException("learning rate is " + rate + ", expected above 0");
      }
      learningRate = rate;
      return this;
    }

    /** Constant by default. */
    public Builder schedule(Schedule factors) {
      schedule = Objects.requireNonNull(factors, "schedule");
      return this;
    }

    /** {@link Initializer#glorotOrthogonal} by default. */
    public Builder initializer(Initializer drawn) {
      initializer = Objects.requireNonNull(drawn, "initializer");
      return this;
    }

    /** Passes over the data, at most; 30 by default. */
    public Builder epochs(int passes) {
      epochs = atLeast("epochs", passes, 1);
      return this;
    }

    /** Sequences side by side; 32 by default. */
    public Builder batch(int sequences) {
      batch = atLeast("batch", sequences, 1);
      return this;
    }

    /**
     * Timesteps that errors are propagated back through: longer series are walked in windows of so
     * many rows, their state carried on. 0, the default, is whole series.
     */
    public Builder window(int rows) {
      window = atLeast("window", rows, 0);
      return this;
    }

    /**
     * Ends the run after so many epochs without a better validation loss; 0, the default: never.
     */
    public Builder patience(int without) {
      patience = atLeast("patience", without, 0);
      return this;
    }

    /** Of the initial weights, the order of the data and the dropout masks; 1 by default. */
    public Builder seed(long number) {
      seed = number;
      return this;
    }

    /** That share the work, up to 1024; the machine's by default. No bit depends on it. */
    public Builder threads(int count) {
      checkThreads(count);
      team = team.withThreads(count);
      return this;
    }

    /** The threads that share the work, and how they are made and wait; otherwise as above. */
    public Builder team(TeamOptions options) {
      checkThreads(options.threads());
      team = options;
      return this;
    }

    /**
     * The probability with which each output of a recurrent layer but the last is dropped on its
     * way to the layer above, anew at every timestep (Zaremba et al., 2014); 0, the default, for
     * none.
     */
    public Builder dropout(double probability) {
      dropout = probability("dropout", probability);
      return this;
    }

    /**
     * The probability with which a hidden unit is dropped on its way to the next timestep, the same
     * units in all timesteps of a sequence (Gal &amp; Ghahramani, 2016); 0, the default, for none.
     */
    public Builder recurrentDropout(double probability) {
      recurrentDropout = probability("recurrent dropout", probability);
      return this;
    }

    /** Makes the states before the first timestep parameters. */
    public Builder learnInitialState() {
      learnsInitialState = true;
      return this;
    }

    /** Is told of every step and epoch. */
    public Builder listener(TrainingListener told) {
      listener = Objects.requireNonNull(told, "listener");
      return this;
    }

    /** Writes a checkpoint there every 30 seconds, when the run is stopped and when it ends. */
    public Builder checkpoint(Path file) {
      checkpoint = Objects.requireNonNull(file, "file");
      return this;
    }

    /** Seconds from one checkpoint to the next; 0 is one after every step. */
    public Builder checkpointEvery(double seconds) {
      if (!(seconds >= 0)) {
        throw new IllegalArgumentException("seconds are " + seconds + ", expected 0 or more");
      }
      checkpointSeconds = seconds;
      return this;
    }

    /** Goes on from a checkpoint of a run with the same settings and data. */
    public Builder resume(Path file) {
      resume = Objects.requireNonNull(file, "file");
      return this;
    }

    /**
     * The run, with the settings as they are now.
     *
     * @throws IllegalArgumentException if the data do not fit the network or the loss
     */
    public Trainer build() {
      return new Trainer(new TrainingPlan(this));
    }

    private static void checkThreads(int count) {
      if (count < 1 || count > MOST_THREADS) {
        throw new IllegalArgumentException(
            "threads is " + count + ", expected 1 to " + MOST_THREADS);
      }
    }

    private static int atLeast(String what, int value, int least) {
      if (value < least) {
        throw new IllegalArgumentException(
            what + " is " + value + ", expected " + least + " or more");
      }
      return value;
    }

    private static double probability(String what, double value) {
      if (!(value >= 0 && value < 1)) {
        throw new IllegalArgumentException(what + " is " + value + ", expected 0 to below 1");
      }
      return value;
    }
  }
}
