// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Several threads for many streams or many sequences of one model, with the bits of one thread: no
 * row of a batch and no sequence depends on another, so it does not matter who computes it. For one
 * step of one large model there is {@link LstmCores}.
 *
 * <pre>{@code
 * try (LstmPool pool = new LstmPool(model, 8)) {
 *   pool.step(batch, streams, count, xs, ys);     // the bits of batch.step(streams, count, xs, ys)
 *   pool.run(states, xs, steps, ys);              // model.run of each state
 * }
 * }</pre>
 *
 * <p>The calling thread takes part; the others are daemon threads. They spin while they wait for
 * the next call, and sleep after a second without one. One thread at a time may call.
 */
public final class LstmPool implements AutoCloseable {
  private static final long SPIN_NANOS = Duration.ofSeconds(1).toNanos();

  private final LstmModel model;
  private final CoreThreads threads;
  private final BatchStep[] batchScratch; // [thread]
  private final SequenceRun[] sequenceScratch; // [thread]
  private final AtomicInteger next = new AtomicInteger(); // block or sequence that nobody has yet
  private int[] all = {}; // streams of stepAll

  // the present call: written before it begins, read by all threads
  private LstmBatch batch; // null: sequences
  private int[] streams;
  private int count;
  private int rows; // of a block
  private float[] xs;
  private float[] ys;
  private LstmState[] states;
  private float[][] sequences;
  private int[] steps;
  private float[][] outputs;

  /**
   * Starts the threads.
   *
   * @param threads how many compute, the calling one among them
   * @throws IllegalArgumentException if it is below 1
   */
  public LstmPool(LstmModel model, int threads) {
    this.model = Objects.requireNonNull(model, "model");
    if (threads < 1) {
      throw new IllegalArgumentException("threads is " + threads + ", expected at least 1");
    }
    batchScratch = new BatchStep[threads];
    sequenceScratch = new SequenceRun[threads];
    for (int i = 0; i < threads; i++) {
      batchScratch[i] = new BatchStep(model);
      sequenceScratch[i] = new SequenceRun(model);
    }
    this.threads = new CoreThreads(threads, SPIN_NANOS, this::work, PhaseBarrier::new);
  }

  /** How many threads compute, the calling one among them. */
  public int threads() {
    return batchScratch.length;
  }

  /** The model whose streams and sequences it takes. */
  public LstmModel model() {
    return model;
  }

  /**
   * {@link LstmBatch#step}, its streams divided among the threads. Allocates nothing.
   *
   * @throws IllegalArgumentException as there, and if the batch is of another model
   * @throws NonFiniteInputException as there
   * @throws IllegalStateException if this is closed or another thread is in a call
   */
  public void step(LstmBatch batch, int[] streams, int count, float[] xs, float[] ys) {
    checkBatch(batch);
    LstmBatch.checkCount(streams, count);
    batch.checkRows(count, xs, ys);
    threads.begin();
    stepBegun(batch, streams, count, xs, ys);
  }

  /**
   * {@link LstmBatch#stepAll}, its streams divided among the threads. Allocates nothing, but on the
   * first call after the batch has grown.
   *
   * @throws IllegalArgumentException as there, and if the batch is of another model
   * @throws NonFiniteInputException as there
   * @throws IllegalStateException as there, and if this is closed or another thread is in a call
   */
  public void stepAll(LstmBatch batch, float[] xs, float[] ys) {
    checkBatch(batch);
    if (batch.size() == 0) {
      throw new IllegalStateException("the batch has no streams");
    }
    batch.checkRows(batch.size(), xs, ys);
    threads.begin();
    // from here on no other call is reading the numbers
    if (all.length < batch.capacity()) {
      all = allocated(batch.capacity());
    }
    batch.list(all);
    stepBegun(batch, all, batch.size(), xs, ys);
  }

  /** Room for so many numbers; ends the call that began if there is no memory for it. */
  private int[] allocated(int size) {
    int[] numbers = null;
    try {
      numbers = new int[size];
    } finally {
      if (numbers == null) {
        threads.end();
      }
    }
    return numbers;
  }

  /** The rest of a step that this thread has begun. */
  private void stepBegun(LstmBatch batch, int[] streams, int count, float[] xs, float[] ys) {
    boolean checked = false;
    try {
      assert batch.enter();
      checked = batchIsChecked(batch, streams, count, xs);
    } finally {
      if (!checked) {
        threads.end();
      }
    }
    stepChecked(batch, streams, count, xs, ys);
  }

  private void checkBatch(LstmBatch batch) {
    if (batch.model() != model) {
      throw new IllegalArgumentException("the batch belongs to another model");
    }
  }

  private static boolean batchIsChecked(LstmBatch batch, int[] streams, int count, float[] xs) {
    boolean checked = false;
    try {
      batch.check(streams, count, xs);
      checked = true;
    } finally {
      assert checked || batch.leave();
    }
    return checked;
  }

  private void stepChecked(LstmBatch batch, int[] streams, int count, float[] xs, float[] ys) {
    this.batch = batch;
    this.streams = streams;
    this.count = count;
    this.xs = xs;
    this.ys = ys;
    rows = Math.min(BatchStep.ROWS, BatchStep.wholeTiles(Math.ceilDiv(count, threads())));
    try {
      runAll();
    } finally {
      assert batch.leave();
    }
  }

  /**
   * {@link LstmModel#run} of many states, each with a sequence of its own; they are divided among
   * the threads, the first ones first, so the longest should come first. Allocates nothing.
   *
   * @param states each once; moved on
   * @param xs the inputs of each; shape [states][at least steps][input]
   * @param steps timesteps of each; shape [states]
   * @param ys receives the outputs of each; shape [states][at least steps][output]
   * @throws IllegalArgumentException as {@link LstmModel#run}, and if the arrays' lengths differ;
   *     all states are as they were
   * @throws NonFiniteInputException as there; all states are as they were
   * @throws IllegalStateException if this is closed or another thread is in a call
   */
  public void run(LstmState[] states, float[][] xs, int[] steps, float[][] ys) {
    if (states.length != xs.length || states.length != steps.length || states.length != ys.length) {
      throw new IllegalArgumentException(
          "%d states, %d inputs, %d step counts and %d outputs, expected as many of each"
              .formatted(states.length, xs.length, steps.length, ys.length));
    }
    threads.begin();
    boolean checked = false;
    try {
      for (int i = 0; i < states.length; i++) {
        model.checkRun(states[i], xs[i], steps[i], ys[i]);
      }
      checked = true;
    } finally {
      if (!checked) {
        threads.end();
      }
    }
    batch = null;
    this.states = states;
    sequences = xs;
    this.steps = steps;
    outputs = ys;
    runAll();
  }

  private void runAll() {
    next.set(0);
    if (!threads.runAll()) {
      throw threads.broken();
    }
    threads.end();
  }

  private long work(int thread, long begun) {
    if (batch == null) {
      for (int i = next.getAndIncrement(); i < states.length; i = next.getAndIncrement()) {
        assert states[i].enter() : LstmState.TWO_THREADS;
        sequenceScratch[thread].run(states[i], sequences[i], steps[i], outputs[i]);
        assert states[i].leave();
      }
    } else {
      for (int row = rows * next.getAndIncrement(); row < count; ) {
        int most = Math.min(rows, count - row);
        batch.block(batchScratch[thread], streams, row, most, xs, ys);
        row = rows * next.getAndIncrement();
      }
    }
    threads.arrive(thread, begun + 1);
    return begun + 1;
  }

  /**
   * Ends the threads and waits until they have; a call that another thread is in is finished first.
   */
  @Override
  public void close() {
    threads.close();
  }
}
