// SPDX-License-Identifier: Apache-2.0
package org.quadgate;

import java.time.Duration;
import java.util.Objects;
import org.quadgate.kernel.Kernels;
import org.quadgate.kernel.PackedGates;
import org.quadgate.kernel.PanelWalk;

/**
 * Several cores for one step of one model, so that each core's share of the weights stays in its
 * own cache. For models that are large enough to gain from it, of some hundred units or more; a
 * small one is slower this way than with {@link LstmModel#step}.
 *
 * <pre>{@code
 * try (LstmCores cores = new LstmCores(model, 4)) {
 *   cores.step(state, x, y);              // the bits of model.step(state, x, y)
 * }
 * }</pre>
 *
 * <p>The thread that calls is one of the cores; the others are daemon threads of this object. They
 * spin while they wait for the next step: each takes a whole processor for itself, until there has
 * been no step for a while (a second unless another time is given) and they sleep. The step that
 * wakes them takes some tens of µs longer. A program that wants none of its steps to be late gives
 * a longer time, and pins the threads, whose names begin with {@code quadgate-core-}, with the
 * means of its operating system.
 *
 * <p>The units of each layer are divided into contiguous blocks of panels, one per core. A core
 * computes the gate sums and the activations of its own units and then waits for the others, once a
 * layer, since the next layer needs all of h. New h and c are written beside the old and take their
 * place when the step is over, so a step that failed leaves the state as it was.
 *
 * <p>One thread at a time may step; another one that tries gets an exception. A core that fails, or
 * whose thread has ended, makes the step throw and all later ones, and never yields a result. A
 * slow core is waited for.
 */
public final class LstmCores implements AutoCloseable {
  /** What one core computes of one layer. */
  private static final class Part {
    final PackedGates gates; // the panels from … to
    final PanelWalk walk; // over them
    final int from;
    final int to;
    final int fromUnit;
    final int units;
    final boolean spreads; // has the last panel

    Part(PackedLayer layer, int core, int cores) {
      int panels = layer.panels.count();
      from = share(panels, core, cores);
      to = share(panels, core + 1, cores);
      gates = layer.gates.part(from, to);
      walk = new PanelWalk(gates.piecesOfSteps());
      fromUnit = from * layer.panels.unitsPerPanel();
      units = (to - from) * layer.panels.unitsPerPanel();
      spreads = from < to && to == panels;
    }
  }

  /** Lets tests come in between. */
  interface Hook {
    /** Called by a core before its part of a layer; by {@code layer} -1 before it prepares. */
    void before(int core, int layer);
  }

  /** A head layer of this many weights and more is divided, too. */
  private static final int LARGE_HEAD = 1 << 15;

  private static final Duration ONE_SECOND = Duration.ofSeconds(1);

  private static final Duration LONGEST_SPIN = Duration.ofDays(10_000);

  private final LstmModel model;
  private final Kernels kernels;
  private final int count;
  private final Part[][] parts; // [core][layer]
  private final int largeHeads; // leading layers of the head that are divided
  private final float[][] partial; // [core][≥ 16], room for a linear row's partial sums
  private final float[][] nextH; // [layer][padded units], what the step writes
  private final float[][] nextC; // [layer][padded units]
  private final Hook hook;
  private final CoreThreads threads;

  // what the present phases are to do: written before the first begins, read after
  private LstmState state;
  private boolean preparing;
  private float[] x; // the input, accepted
  private int xOffset;
  private boolean sparse;

  /**
   * Starts the threads, which sleep after a second without a step.
   *
   * @param cores how many threads compute, the calling one among them
   * @throws IllegalArgumentException if it is below 1
   */
  public LstmCores(LstmModel model, int cores) {
    this(model, cores, ONE_SECOND);
  }

  /**
   * Starts the threads.
   *
   * @param cores how many threads compute, the calling one among them; more than there are panels
   *     of 16 units in the largest layer (64 of a vanilla RNN) are not used
   * @param spin how long they spin after a step before they sleep
   * @throws IllegalArgumentException if a number is below 1 or the time is negative
   */
  public LstmCores(LstmModel model, int cores, Duration spin) {
    this(model, cores, spin, null, PhaseBarrier::new);
  }

  LstmCores(LstmModel model, int cores, Duration spin, Hook hook, CoreThreads.BarrierMaker maker) {
    this.model = Objects.requireNonNull(model, "model");
    if (cores < 1) {
      throw new IllegalArgumentException("cores is " + cores + ", expected at least 1");
    }
    if (spin.isNegative()) {
      throw new IllegalArgumentException("spin is " + spin + ", expected no negative time");
    }
    kernels = model.kernels;
    this.hook = hook;
    PackedLayer[] layers = model.layers;
    int most = 1;
    nextH = new float[layers.length][];
    nextC = new float[layers.length][];
    for (int i = 0; i < layers.length; i++) {
      most = Math.max(most, layers[i].panels.count());
      nextH[i] = new float[layers[i].panels.paddedUnits()];
      nextC[i] = new float[layers[i].cell.hasCellState() ? nextH[i].length : 0];
    }
    count = Math.min(cores, most);
    parts = new Part[count][layers.length];
    for (int core = 0; core < count; core++) {
      for (int i = 0; i < layers.length; i++) {
        parts[core][i] = new Part(layers[i], core, count);
      }
    }
    largeHeads = count == 1 ? 0 : largeHeads(model.head);
    // three lines each, of which the first is used: none is shared
    partial = new float[count][48];
    // beyond 292 years a duration in nanoseconds overflows
    long spinNanos = spin.compareTo(LONGEST_SPIN) > 0 ? Long.MAX_VALUE : spin.toNanos();
    threads = new CoreThreads(count, spinNanos, this::work, maker);
  }

  /** Where the share of {@code core} begins; the caller's is the smallest, as it has more to do. */
  private static int share(int size, int core, int cores) {
    return (int) ((long) size * core / cores);
  }

  private static int largeHeads(PackedLinear[] head) {
    int large = 0;
    while (large < head.length && head[large].weight.length >= LARGE_HEAD) {
      large++;
    }
    return large;
  }

  /** How many threads compute, the calling one among them. */
  public int cores() {
    return count;
  }

  /** How many of the threads sleep. */
  int asleep() {
    return threads.asleep();
  }

  /** The model that is stepped. */
  public LstmModel model() {
    return model;
  }

  /**
   * Advances a stream by one timestep, as {@link LstmModel#step(LstmState, float[], float[])} does
   * and with the same bits. Allocates nothing.
   *
   * @param state the stream, moved on; it can be stepped by the model or by other cores as well
   * @param x the input; shape [input]
   * @param y receives the output; shape [output]
   * @throws IllegalArgumentException if an array has another length or the state is of another
   *     model; the state is as it was
   * @throws NonFiniteInputException if an input is NaN, infinite or over-large; the state is as it
   *     was
   * @throws IllegalStateException if this is closed, if another thread is at work with it, or if a
   *     core has failed; the state is as it was
   */
  public void step(LstmState state, float[] x, float[] y) {
    LstmModel.checkLength("x", x.length, model.config().inputSize());
    LstmModel.checkLength("y", y.length, model.config().outputSize());
    model.checkState(state);
    stepAt(state, x, 0, y, 0);
  }

  /**
   * As {@link #step(LstmState, float[], float[])}, from and to places within larger arrays.
   *
   * @param x holds the input from {@code xOffset}
   * @param y receives the output from {@code yOffset}
   * @throws IndexOutOfBoundsException if an array ends before its values do
   */
  public void step(LstmState state, float[] x, int xOffset, float[] y, int yOffset) {
    Objects.checkFromIndexSize(xOffset, model.config().inputSize(), x.length);
    Objects.checkFromIndexSize(yOffset, model.config().outputSize(), y.length);
    model.checkState(state);
    stepAt(state, x, xOffset, y, yOffset);
  }

  private void stepAt(LstmState state, float[] x, int xOffset, float[] y, int yOffset) {
    threads.begin();
    boolean accepted = false;
    try {
      this.x = model.input.accept(state, x, xOffset);
      this.xOffset = model.input.acceptedAt(xOffset);
      sparse = model.input.nonZero(this.x, this.xOffset, state);
      assert state.enter() : LstmState.TWO_THREADS;
      accepted = true;
    } finally {
      if (!accepted) {
        threads.end();
      }
    }
    this.state = state;
    preparing = false;
    runAll(state);
    for (int i = 0; i < nextH.length; i++) {
      float[] h = state.h[i];
      state.h[i] = nextH[i];
      nextH[i] = h;
      float[] c = state.c[i];
      state.c[i] = nextC[i];
      nextC[i] = c;
    }
    state.prepared = false;
    float[] in = largeHeads == 0 ? state.h[state.h.length - 1] : state.head[largeHeads - 1];
    model.finish(state, in, largeHeads, y, yOffset);
    assert state.leave();
    threads.end();
  }

  /**
   * Computes what the next step needs of the state alone, as {@link LstmModel#prepareNext} does.
   *
   * @throws IllegalArgumentException if the state is of another model
   * @throws IllegalStateException as {@link #step(LstmState, float[], float[])}
   */
  public void prepareNext(LstmState state) {
    model.checkState(state);
    threads.begin();
    boolean needed = false;
    try {
      assert state.enter() : LstmState.TWO_THREADS;
      needed = !state.prepared;
      assert needed || state.leave();
    } finally {
      if (!needed) {
        threads.end();
      }
    }
    if (needed) {
      this.state = state;
      preparing = true;
      runAll(state);
      state.prepared = true;
      assert state.leave();
      threads.end();
    }
  }

  private void runAll(LstmState state) {
    if (!threads.runAll()) {
      assert state.leave();
      throw threads.broken();
    }
  }

  /**
   * One core's part of a step or a preparation.
   *
   * @param begun the phase that began it
   * @return the last phase, {@link PhaseBarrier#GONE} if another core failed
   */
  private long work(int core, long begun) {
    return preparing ? prepare(core, begun) : advance(core, begun);
  }

  private long prepare(int core, long begun) {
    if (hook != null) {
      hook.before(core, -1);
    }
    for (int i = 0; i < nextH.length; i++) {
      float[] bias = model.layers[i].bias;
      parts[core][i].walk.recurrentSums(kernels, state.h[i], 0, bias, state.recurrent[i]);
    }
    threads.arrive(core, begun + 1);
    return begun + 1;
  }

  /** Arrives after each layer, and waits after each but the last, for which the caller waits. */
  private long advance(int core, long begun) {
    long now = begun;
    float[] in = x;
    int at = xOffset;
    for (int i = 0; i < nextH.length; i++) {
      if (i > 0 && threads.lost(core, now)) {
        return PhaseBarrier.GONE;
      }
      if (hook != null) {
        hook.before(core, i);
      }
      layer(parts[core][i], i, in, at);
      in = nextH[i];
      at = 0;
      threads.arrive(core, ++now);
    }
    for (int i = 0; i < largeHeads; i++) {
      if (threads.lost(core, now)) {
        return PhaseBarrier.GONE;
      }
      PackedLinear linear = model.head[i];
      model.linearKernels.row(
          linear.packed,
          share(linear.outputs, core, count),
          share(linear.outputs, core + 1, count),
          in,
          0,
          partial[core],
          state.head[i],
          0);
      in = state.head[i];
      threads.arrive(core, ++now);
    }
    return now;
  }

  private void layer(Part part, int i, float[] in, int at) {
    PackedLayer layer = model.layers[i];
    float[] gates = state.gates[i];
    float[] recurrent = state.recurrent[i];
    if (i == 0 && sparse) {
      if (!state.prepared) {
        part.walk.recurrentSums(kernels, state.h[0], 0, layer.bias, recurrent);
      }
      part.gates.sparseInputSums(
          kernels, state.columns, state.columnCount, in, at, recurrent, gates);
    } else if (state.prepared) {
      part.walk.inputSums(kernels, in, at, recurrent, gates);
    } else {
      part.walk.sums(kernels, in, at, state.h[i], 0, layer.bias, gates);
    }
    if (part.spreads) {
      layer.panels.spread(gates);
    }
    if (layer.cell == CellType.LSTM) {
      float[] c = nextC[i];
      System.arraycopy(state.c[i], part.fromUnit, c, part.fromUnit, part.units);
      kernels.lstmCell(gates, part.from, part.to, c, 0, nextH[i], 0);
    } else {
      kernels.tanhCell(gates, part.from, part.to, nextH[i], 0);
    }
  }

  /**
   * Steps a scratch state until the JVM has compiled what the cores run, as {@link
   * LstmModel#warmUp} does for one.
   */
  public void warmUp() {
    LstmState scratch = model.newState();
    float[] input = new float[model.config().inputSize()];
    float[] output = new float[model.config().outputSize()];
    WarmUp.run(
        n -> {
          for (int i = 0; i < n; i++) {
            model.input.fillWarmUp(input, i);
            step(scratch, input, output);
            if (i % 2 == 0) {
              prepareNext(scratch);
            }
          }
        });
  }

  /**
   * Ends the threads and waits until they have. A step that another thread is in is finished first
   * and is valid; later ones throw {@link IllegalStateException}. May be called more than once.
   */
  @Override
  public void close() {
    threads.close();
  }
}
