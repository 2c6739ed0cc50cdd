// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.quadgate.engine.BatchStep;
import org.quadgate.engine.SequenceRun;
import org.quadgate.engine.Workspace;
import org.quadgate.options.TeamOptions;
import org.quadgate.team.Team;
import org.quadgate.team.TeamKind;

/**
 * Several threads for many streams or many sequences of one model, with the bits of one thread: no
 * row of a batch and no sequence depends on another, so it does not matter who computes it. For one
 * step of one large model there is {@link ModelCores}.
 *
 * <pre>{@code
 * try (StreamPool pool = new StreamPool(model, 8)) {
 *   pool.step(batch, streams, count, xs, ys);     // the bits of batch.step(streams, count, xs, ys)
 *   pool.run(states, xs, steps, ys);              // model.run of each state
 * }
 * }</pre>
 *
 * <p>The calling thread takes part; the others are threads of this object, daemons unless {@link
 * TeamOptions} say otherwise. They spin while they wait for the next call, and sleep after a second
 * without one. One thread at a time may call. Between calls nothing here refers to the caller's
 * arrays, batches and states.
 *
 * <p>If a thread fails, the call throws, no later one is possible, and the streams of that call are
 * to be reset: some may have moved on.
 */
public final class StreamPool implements AutoCloseable {
  private final Model model;
  private final BatchStep[] batchScratch; // [thread]
  private final SequenceRun[] sequenceScratch; // [thread]
  private final Aliases aliases = new Aliases();
  private final Team.Work stepping = this::stepBlocks;
  private final Team.Work running = this::runSequences;
  private final Team team;
  private final AtomicInteger next = new AtomicInteger(); // block or sequence that nobody has yet
  private int[] all = {}; // streams of stepAll

  // the call in progress: written before the threads begin, read by all, cleared at its end
  private StreamBatch batch;
  private int[] streams;
  private int count;
  private int rows; // of a block
  private float[] xs;
  private float[] ys;
  private StreamState[] states;
  private float[][] sequences;
  private int[] steps;
  private float[][] outputs;

  /**
   * Starts the threads.
   *
   * @param threads how many compute, the calling one among them
   * @throws IllegalArgumentException if it is below 1
   * @throws IllegalStateException if a thread cannot be started; the others have ended
   * @throws UnsupportedOperationException if the model cannot be stepped
   */
  public StreamPool(Model model, int threads) {
    this(model, TeamOptions.of(threads));
  }

  /**
   * Starts the threads.
   *
   * @param options how many there are and how they wait
   * @throws IllegalStateException if a thread cannot be started; the others have ended
   * @throws UnsupportedOperationException if the model cannot be stepped
   */
  @SuppressWarnings("NullAway.Init") // what belongs to a call is there during one
  public StreamPool(Model model, TeamOptions options) {
    this.model = Objects.requireNonNull(model, "model");
    model.checkSteps();
    batchScratch = new BatchStep[options.threads()];
    sequenceScratch = new SequenceRun[options.threads()];
    for (int i = 0; i < options.threads(); i++) {
      batchScratch[i] = new BatchStep(model.engine);
      sequenceScratch[i] = new SequenceRun(model.engine);
    }
    // last, since nobody would end the threads if something here failed
    team = new Team(TeamKind.POOL, options);
  }

  /** How many threads compute, the calling one among them. */
  public int threads() {
    return batchScratch.length;
  }

  /** The model whose streams and sequences it takes. */
  public Model model() {
    return model;
  }

  /**
   * {@link StreamBatch#step}, its streams divided among the threads. Allocates nothing.
   *
   * @throws IllegalArgumentException as there, and if the batch is of another model
   * @throws RefusedInputException as there
   * @throws IllegalStateException if this is closed or another thread is in a call
   */
  public void step(StreamBatch batch, int[] streams, int count, float[] xs, float[] ys) {
    checkBatch(batch);
    StreamBatch.checkCount(streams, count);
    batch.checkRows(count, xs, ys);
    team.begin();
    try {
      stepBegun(batch, streams, count, xs, ys);
    } finally {
      endCall();
    }
  }

  /**
   * {@link StreamBatch#stepAll}, its streams divided among the threads. Allocates nothing, but on
   * the first call after the batch has grown.
   *
   * @throws IllegalArgumentException as there, and if the batch is of another model
   * @throws RefusedInputException as there
   * @throws IllegalStateException as there, and if this is closed or another thread is in a call
   */
  public void stepAll(StreamBatch batch, float[] xs, float[] ys) {
    checkBatch(batch);
    if (batch.size() == 0) {
      throw new IllegalStateException("the batch has no streams");
    }
    batch.checkRows(batch.size(), xs, ys);
    team.begin();
    try {
      // from here on no other call is reading the numbers
      if (all.length < batch.capacity()) {
        all = new int[batch.capacity()];
      }
      batch.list(all);
      stepBegun(batch, all, batch.size(), xs, ys);
    } finally {
      endCall();
    }
  }

  private void checkBatch(StreamBatch batch) {
    if (batch.model() != model) {
      throw new IllegalArgumentException("the batch belongs to another model");
    }
  }

  /** The rest of a step that this thread has begun. */
  private void stepBegun(StreamBatch batch, int[] streams, int count, float[] xs, float[] ys) {
    assert batch.enter();
    try {
      batch.check(streams, count, xs);
      this.batch = batch;
      this.streams = streams;
      this.count = count;
      this.xs = xs;
      this.ys = ys;
      rows = Math.min(BatchStep.ROWS, BatchStep.wholeTiles(Math.ceilDiv(count, threads())));
      next.set(0);
      runInside(stepping);
    } finally {
      assert batch.leave();
    }
  }

  private void runInside(Team.Work work) {
    Workspace inside = model.engine.enter();
    try {
      team.run(work);
    } finally {
      model.engine.leave(inside);
    }
  }

  @SuppressWarnings("NullAway") // nobody reads them before the next call has set them
  private void endCall() {
    batch = null;
    streams = null;
    xs = null;
    ys = null;
    states = null;
    sequences = null;
    steps = null;
    outputs = null;
    team.end();
  }

  /**
   * {@link Model#run} of many states, each with a sequence of its own; they are divided among the
   * threads, the first ones first, so the longest should come first. Allocates nothing, but on the
   * first call with more states than before.
   *
   * @param states each once; moved on
   * @param xs the inputs of each; shape [states][at least steps][input]
   * @param steps timesteps of each; shape [states]
   * @param ys receives the outputs of each; shape [states][at least steps][output]; {@code ys[i]}
   *     may be {@code xs[i]} where the sizes agree
   * @throws IllegalArgumentException as {@link Model#run}, and if the arrays' lengths differ, a
   *     state is there twice, or a sequence's outputs would overwrite another's inputs or outputs;
   *     all states are as they were
   * @throws RefusedInputException as there; all states are as they were
   * @throws IllegalStateException if this is closed or another thread is in a call
   */
  public void run(StreamState[] states, float[][] xs, int[] steps, float[][] ys) {
    if (states.length != xs.length || states.length != steps.length || states.length != ys.length) {
      throw new IllegalArgumentException(
          "%d states, %d inputs, %d step counts and %d outputs, expected as many of each"
              .formatted(states.length, xs.length, steps.length, ys.length));
    }
    team.begin();
    try {
      for (int i = 0; i < states.length; i++) {
        model.checkRun(states[i], xs[i], steps[i], ys[i]);
      }
      aliases.check(states, xs, ys);
      this.states = states;
      sequences = xs;
      this.steps = steps;
      outputs = ys;
      next.set(0);
      runInside(running);
    } finally {
      endCall();
    }
  }

  private void runSequences(int thread) {
    SequenceRun scratch = sequenceScratch[thread];
    try {
      for (int i = next.getAndIncrement(); i < states.length; i = next.getAndIncrement()) {
        runSequence(scratch, i);
      }
    } finally {
      scratch.letGo();
    }
  }

  private void runSequence(SequenceRun scratch, int i) {
    assert states[i].enter() : StreamState.TWO_THREADS;
    try {
      scratch.run(model.engine, states[i].memory, sequences[i], steps[i], outputs[i]);
    } finally {
      assert states[i].leave();
    }
  }

  private void stepBlocks(int thread) {
    BatchStep scratch = batchScratch[thread];
    try {
      for (int row = rows * next.getAndIncrement(); row < count; ) {
        int most = Math.min(rows, count - row);
        batch.block(scratch, streams, row, most, xs, ys);
        row = rows * next.getAndIncrement();
      }
    } finally {
      scratch.letGo();
    }
  }

  /**
   * Ends the threads and waits until they have; a call that another thread is in is finished first.
   * May be called more than once, and during an interrupt.
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
