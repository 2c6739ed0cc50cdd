// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.quadgate.engine.CoreStep;
import org.quadgate.engine.WarmUp;
import org.quadgate.engine.Workspace;
import org.quadgate.options.TeamOptions;
import org.quadgate.team.PhaseBarrier;
import org.quadgate.team.Team;
import org.quadgate.team.TeamKind;

/**
 * Several cores for one step of one model, so that each core's share of the weights stays in its
 * own cache. For models that are large enough to gain from it, of some hundred units or more; a
 * small one is slower this way than with {@link Model#step}.
 *
 * <pre>{@code
 * try (ModelCores cores = new ModelCores(model, 4)) {
 *   cores.step(state, x, y);              // the bits of model.step(state, x, y)
 * }
 * }</pre>
 *
 * <p>The thread that calls is one of the cores; the others are threads of this object, daemons
 * unless {@link TeamOptions} say otherwise. They spin while they wait for the next step: each takes
 * a whole processor for itself, until there has been no step for a second and they sleep. The step
 * that wakes them takes some tens of µs longer. A program that wants none of its steps to be late
 * gives options with a longer time, and pins the threads, whose names begin with {@code qg-core-},
 * with the means of its operating system.
 *
 * <p>The units of each layer are divided into contiguous blocks of panels, one per core. A core
 * computes the gate sums and the activations of its own units and then waits for the others, once a
 * layer, since the next layer needs all of h. New h and c are written beside the old and copied
 * over them when nothing can fail any more, so a step that failed leaves the state as it was.
 *
 * <p>One thread at a time may step; another one that tries gets an exception. A core that fails
 * during its share, or whose thread has ended, makes the step throw and all later ones, and never
 * yields a result. A slow core is waited for. Between calls nothing here refers to the caller's
 * arrays and states.
 */
public final class ModelCores implements AutoCloseable {
  private final Model model;
  private final int count;
  private final CoreStep core;
  private final Team team;

  /**
   * Starts the threads.
   *
   * @param cores how many threads compute, the calling one among them
   * @throws IllegalArgumentException if it is below 1
   * @throws IllegalStateException if a thread cannot be started; the others have ended
   * @throws UnsupportedOperationException if the model cannot be stepped
   */
  public ModelCores(Model model, int cores) {
    this(model, TeamOptions.of(cores));
  }

  /**
   * Starts the threads.
   *
   * @param options how many there are and how they wait; more than there are panels of 16 units in
   *     the largest layer (64 of a vanilla RNN) are not used
   * @throws IllegalStateException if a thread cannot be started; the others have ended
   * @throws UnsupportedOperationException if the model cannot be stepped
   */
  public ModelCores(Model model, TeamOptions options) {
    this(model, options, null, PhaseBarrier::new);
  }

  ModelCores(
      Model model, TeamOptions options, CoreStep.@Nullable Hook hook, Team.BarrierMaker maker) {
    this.model = Objects.requireNonNull(model, "model");
    model.checkSteps();
    count = Math.min(options.threads(), model.engine.mostPanels());
    core = new CoreStep(model.engine, count, hook);
    // last, since nobody would end the threads if something here failed
    team = new Team(TeamKind.CORES, options.withThreads(count), maker);
  }

  /** How many threads compute, the calling one among them. */
  public int cores() {
    return count;
  }

  /** How many of the threads sleep. */
  int asleep() {
    return team.asleep();
  }

  /** The model that is stepped. */
  public Model model() {
    return model;
  }

  /**
   * Advances a stream by one timestep, as {@link Model#step(StreamState, float[], float[])} does
   * and with the same bits. Allocates nothing.
   *
   * @param state the stream, moved on; it can be stepped by the model or by other cores as well
   * @param x the input; shape [input]
   * @param y receives the output; shape [output]
   * @throws IllegalArgumentException if an array has another length or the state is of another
   *     model; the state is as it was
   * @throws RefusedInputException if an input is NaN, infinite or over-large; the state is as it
   *     was
   * @throws IllegalStateException if this is closed, if another thread is at work with it, or if a
   *     core has failed; the state is as it was
   */
  public void step(StreamState state, float[] x, float[] y) {
    Arguments.checkLength("x", x.length, model.inputSize());
    Arguments.checkLength("y", y.length, model.outputSize());
    model.checkState(state);
    stepAt(state, x, 0, y, 0);
  }

  /**
   * As {@link #step(StreamState, float[], float[])}, from and to places within larger arrays.
   *
   * @param x holds the input from {@code xOffset}
   * @param y receives the output from {@code yOffset}
   * @throws IndexOutOfBoundsException if an array ends before its values do
   */
  public void step(StreamState state, float[] x, int xOffset, float[] y, int yOffset) {
    Objects.checkFromIndexSize(xOffset, model.inputSize(), x.length);
    Objects.checkFromIndexSize(yOffset, model.outputSize(), y.length);
    model.checkState(state);
    stepAt(state, x, xOffset, y, yOffset);
  }

  private void stepAt(StreamState state, float[] x, int xOffset, float[] y, int yOffset) {
    team.begin();
    try {
      Workspace workspace = model.engine.enter();
      try {
        assert state.enter() : StreamState.TWO_THREADS;
        boolean accepted;
        try {
          accepted = core.step(team, workspace, state.memory, x, xOffset, y, yOffset);
        } finally {
          assert state.leave();
        }
        if (!accepted) {
          throw model.arguments.refusal(x, xOffset, 1);
        }
      } finally {
        model.engine.leave(workspace);
      }
    } finally {
      team.end();
    }
  }

  /**
   * Computes what the next step needs of the state alone, as {@link Model#prepareNext} does.
   *
   * @throws IllegalArgumentException if the state is of another model
   * @throws IllegalStateException as {@link #step(StreamState, float[], float[])}
   */
  public void prepareNext(StreamState state) {
    model.checkState(state);
    team.begin();
    try {
      Workspace workspace = model.engine.enter();
      try {
        assert state.enter() : StreamState.TWO_THREADS;
        try {
          core.prepareNext(team, workspace, state.memory);
        } finally {
          assert state.leave();
        }
      } finally {
        model.engine.leave(workspace);
      }
    } finally {
      team.end();
    }
  }

  /**
   * Steps a scratch state until the JVM has compiled what the cores run, as {@link Model#warmUp}
   * does for one.
   */
  public void warmUp() {
    StreamState scratch = model.newState();
    float[] input = new float[model.inputSize()];
    float[] output = new float[model.outputSize()];
    WarmUp.run(
        n -> {
          for (int i = 0; i < n; i++) {
            model.engine.input().fillWarmUp(input, i);
            step(scratch, input, output);
            if (i % 2 == 0) {
              prepareNext(scratch);
            }
          }
        });
  }

  /**
   * Ends the threads and waits until they have. A step that another thread is in is finished first
   * and is valid; later ones throw {@link IllegalStateException}. May be called more than once, and
   * during an interrupt.
   */
  @Override
  public void close() {
    team.close();
  }

  /**
   * As {@link #close()}, but waits for a limited time. What is not over by then ends later by
   * itself, and another call can wait for it.
   *
   * @return whether all threads have ended
   */
  public boolean close(Duration limit) {
    return team.close(limit);
  }
}
